import type { Random } from '../../../src/env/random.ts';
import { parsePartitionName } from '../../../src/log/file-names.ts';
import type { MemoryDirectory } from '../../support/disk/memory-directory.ts';
import type { MemoryDisk } from '../../support/memory-disk.ts';
import type { PartitionPlace } from './fault-atlas.ts';

/** Further directories of a machine, each a device of its own, are `/disk2` and up. */
const FURTHER = '/disk';

/** The part of a path that is the log directory, and what follows it. */
const IN_DIRECTORY = /^(\/data|\/disk\d+)(\/.*)$/;

/** The log directory of a file, and its path in it. */
export const splitPath = (path: string): { directory: string; rest: string } => {
  const [, directory = '', rest = ''] = IN_DIRECTORY.exec(path) ?? [];
  return { directory, rest };
};

export interface LogDevicesOptions {
  readonly metadataDir: string;
  readonly logDirs: readonly string[];
}

/** The log directories of one machine: which there are, which work, and which are pulled out. */
export class LogDevices {
  readonly metadataDir: string;
  readonly #disk: MemoryDisk;
  readonly #first: readonly string[];
  readonly #failed = new Set<string>();
  readonly #takenOut = new Map<string, MemoryDirectory>();
  #logDirs: readonly string[];
  #madeCount: number;

  constructor(disk: MemoryDisk, { metadataDir, logDirs }: LogDevicesOptions) {
    this.#disk = disk;
    this.metadataDir = metadataDir;
    this.#first = logDirs;
    this.#logDirs = logDirs;
    this.#madeCount = logDirs.length + 1;
  }

  /** What `log.dirs` of the machine says now. */
  get logDirs(): readonly string[] {
    return this.#logDirs;
  }

  /** That of the metadata, and all others. */
  get all(): readonly string[] {
    return [...new Set([this.metadataDir, ...this.#logDirs])];
  }

  get hasSeveral(): boolean {
    return this.all.length > 1;
  }

  /** Those beside the metadata that could be read now. */
  get inReach(): readonly string[] {
    return this.#logDirs.filter((path) => path !== this.metadataDir && this.isInReach(path));
  }

  isInReach(path: string): boolean {
    return !this.#failed.has(path) && !this.#takenOut.has(path);
  }

  get isWhole(): boolean {
    return this.#failed.size === 0 && this.#takenOut.size === 0;
  }

  /** A node can do nothing here: the one with the metadata is out of reach, or every other. */
  get isLost(): boolean {
    const isAnyThere = this.#logDirs.some((path) => this.isInReach(path));
    return !isAnyThere || !this.isInReach(this.metadataDir);
  }

  /** Every operation there fails from now on. */
  fail(path: string): void {
    this.#failed.add(path);
    this.#disk.failDevice(path);
  }

  mend(path: string): void {
    this.#failed.delete(path);
    this.#disk.mendDevice(path);
  }

  /** With no process: the device is pulled, and perhaps the empty mount point is left. */
  takeOut(path: string, random: Random, isMountPointLeft: boolean): void {
    this.#takenOut.set(path, this.#disk.takeOut(path, random));
    if (isMountPointLeft) this.#disk.mkdir(path);
  }

  putIn(path: string): void {
    const device = this.#takenOut.get(path);
    if (device === undefined) return;
    this.#takenOut.delete(path);
    this.#disk.putIn(path, device);
  }

  healAll(): void {
    for (const path of [...this.#failed]) this.mend(path);
    for (const path of [...this.#takenOut.keys()]) this.putIn(path);
  }

  /** Out of `log.dirs`, with all that is in it; where one comes in its place, its path. */
  giveUp(path: string, isReplaced: boolean): void {
    this.mend(path);
    this.#takenOut.delete(path);
    this.#disk.remove(path);
    this.#disk.settle();
    this.#madeCount += 1;
    const others = this.#logDirs.filter((one) => one !== path);
    this.#logDirs = isReplaced ? [...others, `${FURTHER}${this.#madeCount}`] : others;
  }

  /** All that the machine had is gone, and its configuration is as it was at first. */
  removeAll(): void {
    for (const path of this.all) {
      this.mend(path);
      this.#disk.remove(path);
    }
    this.#takenOut.clear();
    this.#logDirs = this.#first;
  }

  /** Of which partitions a directory holds replicas. */
  placesIn(path: string): PartitionPlace[] {
    return this.#names(path).flatMap((name) => parsePartitionName(name) ?? []);
  }

  /** Replicas that are in two directories, pulled out or not, by name. */
  doubled(): string[] {
    const names = this.all.flatMap((path) => this.#names(path));
    return names.filter((name, at) => names.indexOf(name) !== at);
  }

  #names(path: string): string[] {
    const pulled = this.#takenOut.get(path);
    const names =
      pulled?.entries().map(([name]) => name) ?? this.#disk.entries(path).map(({ name }) => name);
    return names.filter((name) => parsePartitionName(name) !== undefined);
  }
}
