import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fillWith } from './fill.ts';

const RELEASE_MS = 10_000;
const POLL_MS = 20;

export interface LoopDiskOptions {
  /** The file that holds it; it is made, and taken back by `remove`. */
  readonly image: string;
  /** Where it is mounted; made where it is missing. */
  readonly directory: string;
  readonly megabytes: number;
}

/**
 * A file system in a file, mounted: it fails by the kernel's own hand, keeps what it had, and can be
 * taken out of its place and put back. For root, on Linux with ext4 and loop devices.
 */
export class LoopDisk {
  readonly directory: string;
  readonly #image: string;

  constructor({ image, directory, megabytes }: LoopDiskOptions) {
    this.directory = directory;
    this.#image = image;
    mkdirSync(directory, { recursive: true });
    writeFileSync(image, '');
    truncateSync(image, megabytes * 2 ** 20);
    run('mkfs.ext4', ['-q', '-m', '0', image]);
    this.#mount();
  }

  /** Mounts it, once nobody has a file of it open. One that has failed is checked first. */
  async putIn(): Promise<void> {
    const deadline = performance.now() + RELEASE_MS;
    while (execFileSync('losetup', ['-j', this.#image]).length > 0) {
      if (performance.now() > deadline) throw new Error(`${this.#image} is still in use`);
      await sleep(POLL_MS);
    }
    // 1: errors were corrected, and nothing else is wrong.
    const { status, stdout } = spawnSync('e2fsck', ['-p', this.#image], { encoding: 'utf8' });
    if (status !== 0 && status !== 1) throw new Error(`e2fsck: ${stdout}`);
    this.#mount();
  }

  #mount(): void {
    run('mount', ['-o', 'loop,errors=remount-ro', this.#image, this.directory]);
  }

  /**
   * The file system has met an error of its device: the kernel takes no write to it any more, through
   * files that are open neither (EROFS). What it has can still be read.
   */
  fail(): void {
    writeFileSync(`/sys/fs/ext4/${this.#device}/trigger_fs_error`, 'a test\n');
  }

  /** Not a byte is free afterwards. */
  fill(): void {
    const file = openSync(this.#ballast, 'w');
    try {
      for (const size of [65_536, 1]) fillWith(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#ballast);
  }

  get #ballast(): string {
    return join(this.directory, 'ballast');
  }

  /** Its place is empty at once; files that are open on it work on until they are closed. */
  pullOut(): void {
    run('umount', ['-l', this.directory]);
  }

  /** For good. Never throws. */
  remove(): void {
    while (this.isIn) this.pullOut();
    rmSync(this.#image, { force: true });
  }

  get isIn(): boolean {
    return deviceOf(this.directory) !== undefined;
  }

  get #device(): string {
    const device = deviceOf(this.directory);
    if (device === undefined) throw new Error(`${this.directory} is not mounted`);
    return basename(device);
  }
}

/** What is mounted at a place; undefined for nothing. */
const deviceOf = (directory: string): string | undefined =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, place]) => place === directory)?.[0];

const run = (program: string, words: readonly string[]): void => {
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Undefined where such disks can be made; else what is missing, for a person. */
export const whyNoLoopDisk = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'this user is not root';
  const root = mkdtempSync(join(tmpdir(), 'ottla-disk-'));
  let disk: LoopDisk | undefined;
  try {
    disk = new LoopDisk({ image: join(root, 'image'), directory: join(root, 'at'), megabytes: 8 });
    disk.fail();
    return undefined;
  } catch (error) {
    const [reason = ''] = String((error as Error).message).split('\n');
    return `an ext4 file system on a loop device cannot be used: ${reason}`;
  } finally {
    disk?.remove();
    rmSync(root, { recursive: true, force: true });
  }
};
