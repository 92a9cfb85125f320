import * as fs from 'node:fs';
import { assert } from '../base/assert.ts';
import type { DiskFile } from '../env/disk.ts';
import { closedFileError, diskError, errnoOf } from './disk-error.ts';

/** Parts that one `writev` takes; the kernel's IOV_MAX. */
const MAX_PARTS = 1024;

/** One open file of the operating system. */
export class FileHandle implements DiskFile {
  readonly path: string;
  readonly #fd: number;
  #isOpen = true;
  /** Operations in the pool: the descriptor must not be reused under them. */
  #pooledCount = 0;

  constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  sizeBytes(): number {
    return this.#attempt('stat', () => fs.fstatSync(this.#fd).size);
  }

  write(parts: readonly Uint8Array[], position: number): void {
    assert(position >= 0, 'a write starts at or after the start of the file');
    // Nearly always, and for every append: without a list of what is left.
    const only = parts.length === 1 ? parts[0] : undefined;
    if (only === undefined) this.#writeParts(parts, position);
    else this.#writeOne(only, position);
  }

  #writeOne(part: Uint8Array, position: number): void {
    let done = 0;
    while (done < part.length) {
      const writtenBytes = this.#attempt('write', () =>
        fs.writeSync(this.#fd, part, done, part.length - done, position + done),
      );
      if (writtenBytes === 0) throw diskError('EIO', 'write', this.path);
      done += writtenBytes;
    }
  }

  #writeParts(parts: readonly Uint8Array[], position: number): void {
    let rest = parts.filter((part) => part.length > 0);
    let at = position;
    while (rest.length > 0) {
      const writtenBytes = this.#attempt('write', () =>
        fs.writevSync(this.#fd, rest.slice(0, MAX_PARTS), at),
      );
      if (writtenBytes === 0) throw diskError('EIO', 'write', this.path);
      at += writtenBytes;
      rest = withoutFirst(rest, writtenBytes);
    }
  }

  read(target: Uint8Array, position: number): number {
    let done = 0;
    while (done < target.length) {
      const offset = done;
      const count = this.#attempt('read', () =>
        fs.readSync(this.#fd, target, offset, target.length - offset, position + offset),
      );
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  async readCold(target: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const offset = done;
      const count = await this.#pooled<number>('readCold', (settle) => {
        fs.read(this.#fd, target, offset, target.length - offset, position + offset, settle);
      });
      if (count === undefined || count === 0) break;
      done += count;
    }
    return done;
  }

  async sync(): Promise<void> {
    await this.#pooled<void>('sync', (settle) => fs.fdatasync(this.#fd, settle));
  }

  truncate(lengthBytes: number): void {
    assert(lengthBytes >= 0, 'a file has a length of 0 or more');
    this.#attempt('truncate', () => fs.ftruncateSync(this.#fd, lengthBytes));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    if (this.#isOpen || this.#pooledCount > 0) return;
    try {
      fs.closeSync(this.#fd);
    } catch {
      // Nothing is promised of bytes that no sync covered, and the descriptor is gone either way.
    }
  }

  /** Runs a system call here, again when a signal interrupted it. */
  #attempt<T>(operation: string, call: () => T): T {
    if (!this.#isOpen) throw closedFileError(operation, this.path);
    for (;;) {
      try {
        return call();
      } catch (error) {
        const errno = errnoOf(error) ?? 'EIO';
        if (errno !== 'EINTR') throw diskError(errno, operation, this.path);
      }
    }
  }

  /** Runs a system call in the pool; the descriptor stays open until it has ended. */
  #pooled<T>(operation: string, start: (settle: Settle<T>) => void): Promise<T | undefined> {
    if (!this.#isOpen) return Promise.reject(closedFileError(operation, this.path));
    this.#pooledCount += 1;
    return new Promise((resolve, reject) => {
      start((error, value) => {
        this.#pooledCount -= 1;
        this.#closeIfIdle();
        if (error === null) resolve(value);
        else reject(diskError(errnoOf(error) ?? 'EIO', operation, this.path));
      });
    });
  }
}

type Settle<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

const withoutFirst = (parts: readonly Uint8Array[], byteCount: number): Uint8Array[] => {
  let left = byteCount;
  let index = 0;
  for (const part of parts) {
    if (left < part.length) break;
    left -= part.length;
    index += 1;
  }
  const rest = parts.slice(index);
  const first = rest[0];
  if (first !== undefined && left > 0) rest[0] = first.subarray(left);
  return rest;
};
