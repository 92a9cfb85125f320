import * as fs from 'node:fs';
import { join } from 'node:path';

/** Names of a directory as the device holds them: a number is a file, an object a directory. */
export interface DeviceNames {
  readonly [name: string]: number | DeviceNames;
}

/** A change of a file's bytes. Without `bytes`: cut or extended to `position`. */
export interface FileChange {
  readonly position: number;
  readonly bytes: Uint8Array | undefined;
}

const NAMES_FILE = 'names.json';
const CONTENT = /^content-(\d+)$/;

/**
 * What outlives a power cut: one file of the host for the content of each file, by number, and
 * one for all names. Only `kill -9` is survived here, never a crash of the host: what the node's
 * process has handed to the host's page cache counts as being on the device.
 */
export class Device {
  readonly directory: string;
  readonly #descriptors = new Map<number, number>();

  constructor(directory: string) {
    this.directory = directory;
    fs.mkdirSync(directory, { recursive: true });
  }

  names(): DeviceNames {
    const path = join(this.directory, NAMES_FILE);
    return fs.existsSync(path) ? (JSON.parse(fs.readFileSync(path, 'utf8')) as DeviceNames) : {};
  }

  /** Replaces all names in one step, as the journal of a file system does. */
  saveNames(names: DeviceNames): void {
    const path = join(this.directory, NAMES_FILE);
    fs.writeFileSync(`${path}.tmp`, JSON.stringify(names));
    fs.renameSync(`${path}.tmp`, path);
  }

  /** Nothing of a file was ever synced: it is empty. */
  content(file: number): Uint8Array {
    const path = this.#contentPath(file);
    return fs.existsSync(path) ? fs.readFileSync(path) : new Uint8Array(0);
  }

  /** In order; a kill in the middle leaves some first changes, the last of them in part. */
  apply(file: number, changes: readonly FileChange[]): void {
    const descriptor = this.#descriptorOf(file);
    for (const { position, bytes } of changes) {
      if (bytes === undefined) fs.ftruncateSync(descriptor, position);
      else fs.writeSync(descriptor, bytes, 0, bytes.length, position);
    }
  }

  /** Removes content that no name leads to, and gives a number above all in use. */
  sweep(named: ReadonlySet<number>): number {
    let next = 1;
    for (const entry of fs.readdirSync(this.directory)) {
      const file = Number(CONTENT.exec(entry)?.[1] ?? 0);
      if (file > 0 && !named.has(file)) fs.rmSync(join(this.directory, entry));
    }
    for (const file of named) next = Math.max(next, file + 1);
    return next;
  }

  #descriptorOf(file: number): number {
    const known = this.#descriptors.get(file);
    if (known !== undefined) return known;
    const flags = fs.constants.O_RDWR | fs.constants.O_CREAT;
    const descriptor = fs.openSync(this.#contentPath(file), flags, 0o644);
    this.#descriptors.set(file, descriptor);
    return descriptor;
  }

  #contentPath(file: number): string {
    return join(this.directory, `content-${file}`);
  }
}
