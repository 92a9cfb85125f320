import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../../../src/base/assert.ts';
import type { DirEntry, DirLock, Disk, DiskFile, OpenOptions } from '../../../src/env/disk.ts';
import { closedFileError, diskError } from '../../../src/platform/disk-error.ts';
import { FileDisk } from '../../../src/platform/file-disk.ts';
import type { DeviceNames } from './device.ts';
import { Device } from './device.ts';
import type { PowerNode } from './power-directory.ts';
import { PowerDirectory } from './power-directory.ts';
import { PowerFile } from './power-file.ts';

export interface PowerDiskOptions {
  /** Where the device keeps what outlives the process. */
  readonly device: string;
  /** Directories that exist, durably, from the start; `/` always does. */
  readonly directories?: readonly string[];
  /** How long a sync takes; default 1. */
  readonly syncMs?: number;
}

const FREE_BYTES = 2 ** 40;

/**
 * A disk whose unsynced bytes and names live in this process alone, so that `kill -9` is a power
 * cut that loses every one of them. A path means nothing outside of it.
 */
export class PowerDisk implements Disk {
  readonly #device: Device;
  readonly #root: PowerDirectory;
  readonly #syncMs: number;
  readonly #host = new FileDisk();
  #nextFile: number;

  constructor({ device, directories = [], syncMs = 1 }: PowerDiskOptions) {
    this.#device = new Device(device);
    this.#syncMs = syncMs;
    const names = this.#device.names();
    this.#nextFile = this.#device.sweep(filesIn(names));
    this.#root = PowerDirectory.restore(names, (file) => this.#file(file));
    for (const path of directories) this.#makeDurably(path);
  }

  open(path: string, options: OpenOptions = {}): DiskFile {
    const existing = this.#find(path);
    if (existing?.kind === 'directory') throw diskError('EISDIR', 'open', path);
    if (existing !== undefined) return this.#handle(path, existing);
    if (options.create !== true) throw diskError('ENOENT', 'open', path);
    const { directory, name } = this.#place(path, 'open');
    const file = new PowerFile(this.#device, this.#nextFile, new Uint8Array(0));
    this.#nextFile += 1;
    directory.link(name, file);
    return this.#handle(path, file);
  }

  exists(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  list(path: string): DirEntry[] {
    const node = this.#find(path);
    if (node?.kind === 'file') throw diskError('ENOTDIR', 'list', path);
    return (node?.entries() ?? [])
      .map(([name, entry]) => ({ name, isDirectory: entry.kind === 'directory' }))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  }

  mkdir(path: string): void {
    let directory = this.#root;
    for (const part of partsOf(path)) {
      const next = directory.get(part) ?? new PowerDirectory();
      if (next.kind === 'file') throw diskError('ENOTDIR', 'mkdir', path);
      if (directory.get(part) === undefined) directory.link(part, next);
      directory = next;
    }
  }

  rename(from: string, to: string): void {
    const source = this.#place(from, 'rename');
    const target = this.#place(to, 'rename');
    const node = source.directory.get(source.name);
    const replaced = target.directory.get(target.name);
    if (node === undefined) throw diskError('ENOENT', 'rename', from);
    if (node === replaced) return;
    if (replaced !== undefined && replaced.kind !== node.kind) {
      throw diskError(replaced.kind === 'file' ? 'ENOTDIR' : 'EISDIR', 'rename', to);
    }
    if (replaced?.kind === 'directory' && replaced.entries().length > 0) {
      throw diskError('ENOTEMPTY', 'rename', to);
    }
    target.directory.move(source.directory, source.name, target.name);
  }

  async renameCold(from: string, to: string): Promise<void> {
    this.rename(from, to);
  }

  remove(path: string): void {
    if (this.#find(path) === undefined) return;
    const { directory, name } = this.#place(path, 'remove');
    directory.unlink(name);
  }

  async syncDir(path: string): Promise<void> {
    const node = this.#find(path);
    if (node === undefined) throw diskError('ENOENT', 'syncDir', path);
    if (node.kind === 'file') throw diskError('ENOTDIR', 'syncDir', path);
    const { changeCount } = node;
    await sleep(this.#syncMs);
    node.commit(changeCount);
    this.#device.saveNames(this.#root.durableNames());
  }

  freeBytes(_path: string): number {
    return FREE_BYTES;
  }

  /** Of the whole device: it has one node. */
  lock(path: string): DirLock {
    if (this.#find(path)?.kind !== 'directory') throw diskError('ENOENT', 'lock', path);
    return this.#host.lock(this.#device.directory);
  }

  #file(id: number): PowerFile {
    return new PowerFile(this.#device, id, this.#device.content(id));
  }

  #handle(path: string, file: PowerFile): DiskFile {
    return new PowerHandle(path, file, this.#syncMs);
  }

  #makeDurably(path: string): void {
    this.mkdir(path);
    let directory = this.#root;
    for (const part of partsOf(path)) {
      directory.commit(directory.changeCount);
      const next = directory.get(part);
      if (next?.kind === 'directory') directory = next;
    }
    this.#device.saveNames(this.#root.durableNames());
  }

  #find(path: string): PowerNode | undefined {
    let node: PowerNode | undefined = this.#root;
    for (const part of partsOf(path)) {
      node = node?.kind === 'directory' ? node.get(part) : undefined;
    }
    return node;
  }

  #place(path: string, operation: string): { directory: PowerDirectory; name: string } {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) throw diskError('EISDIR', operation, path);
    const directory = this.#find(parts.join('/'));
    if (directory === undefined) throw diskError('ENOENT', operation, path);
    if (directory.kind === 'file') throw diskError('ENOTDIR', operation, path);
    return { directory, name };
  }
}

class PowerHandle implements DiskFile {
  readonly path: string;
  readonly #file: PowerFile;
  readonly #syncMs: number;
  #isOpen = true;

  constructor(path: string, file: PowerFile, syncMs: number) {
    this.path = path;
    this.#file = file;
    this.#syncMs = syncMs;
  }

  sizeBytes(): number {
    return this.#opened('stat').size;
  }

  write(parts: readonly Uint8Array[], position: number): void {
    assert(position >= 0, 'a write starts at or after the start of the file');
    this.#opened('write').write(parts, position);
  }

  read(target: Uint8Array, position: number): number {
    return this.#opened('read').read(target, position);
  }

  async readCold(target: Uint8Array, position: number): Promise<number> {
    const file = this.#opened('readCold');
    await sleep(0);
    return file.read(target, position);
  }

  async sync(): Promise<void> {
    const file = this.#opened('sync');
    const { changeCount } = file;
    await sleep(this.#syncMs);
    file.commit(changeCount);
  }

  truncate(lengthBytes: number): void {
    assert(lengthBytes >= 0, 'a file has a length of 0 or more');
    this.#opened('truncate').truncate(lengthBytes);
  }

  close(): void {
    this.#isOpen = false;
  }

  #opened(operation: string): PowerFile {
    if (!this.#isOpen) throw closedFileError(operation, this.path);
    return this.#file;
  }
}

const partsOf = (path: string): string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');

const filesIn = (names: DeviceNames): ReadonlySet<number> => {
  const found = new Set<number>();
  for (const entry of Object.values(names)) {
    if (typeof entry === 'number') found.add(entry);
    else for (const file of filesIn(entry)) found.add(file);
  }
  return found;
};
