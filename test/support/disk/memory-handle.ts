import { assert } from '../../../src/base/assert.ts';
import type { DiskFile } from '../../../src/env/disk.ts';
import { closedFileError, diskError } from '../../../src/platform/disk-error.ts';
import type { MemoryFile } from './memory-file.ts';

export type DiskOperation =
  | 'open'
  | 'read'
  | 'readCold'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'mkdir'
  | 'rename'
  | 'remove'
  | 'syncDir'
  | 'lock';

export interface DiskFault {
  readonly op: DiskOperation;
  /** Only for paths that contain this text. */
  readonly pathIncludes?: string;
  /** The system's name of the error: EIO, ENOSPC, EROFS. */
  readonly code: string;
  /** Let this many matching operations pass first; 0 by default. */
  readonly after?: number;
  /** How many operations fail; 1 by default, Infinity for a device that stays broken. */
  readonly times?: number;
  /** A failing write still stores this many of its first bytes. */
  readonly keepBytes?: number;
}

/** What a planned fault does besides its error. */
export type OnFault = (fault: DiskFault) => void;

/** What an open file may ask of its disk. */
export interface DiskAccess {
  begin(op: DiskOperation, path: string, onFault?: OnFault): void;
  grow(file: MemoryFile, bytes: number): void;
  freeBytes(): number;
  syncFile(file: MemoryFile, path: string): Promise<void>;
  coldRead(path: string, read: () => number): Promise<number>;
}

/** An open file of a disk in memory. */
export class MemoryHandle implements DiskFile {
  readonly path: string;
  readonly #file: MemoryFile;
  readonly #access: DiskAccess;
  #isOpen = true;

  constructor(path: string, file: MemoryFile, access: DiskAccess) {
    this.path = path;
    this.#file = file;
    this.#access = access;
  }

  sizeBytes(): number {
    this.#require('read');
    return this.#file.size;
  }

  write(parts: readonly Uint8Array[], position: number): void {
    assert(position >= 0, 'a write starts at or after the start of the file');
    const whole = joined(parts);
    this.#require('write');
    this.#access.begin('write', this.path, (fault) =>
      this.#store(whole.subarray(0, fault.keepBytes ?? 0), position),
    );
    this.#store(whole, position);
  }

  read(target: Uint8Array, position: number): number {
    this.#require('read');
    this.#access.begin('read', this.path);
    return this.#file.read(target, position);
  }

  readCold(target: Uint8Array, position: number): Promise<number> {
    try {
      this.#require('readCold');
      this.#access.begin('readCold', this.path);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#access.coldRead(this.path, () => this.#file.read(target, position));
  }

  sync(): Promise<void> {
    const sequence = this.#file.sequence;
    try {
      this.#require('sync');
      this.#access.begin('sync', this.path, () => this.#file.lose(sequence));
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#access.syncFile(this.#file, this.path);
  }

  truncate(lengthBytes: number): void {
    assert(lengthBytes >= 0, 'a file has a length of 0 or more');
    this.#require('truncate');
    this.#access.begin('truncate', this.path);
    this.#access.grow(this.#file, lengthBytes - this.#file.size);
    this.#file.truncate(lengthBytes);
  }

  close(): void {
    this.#isOpen = false;
  }

  #require(operation: string): void {
    if (!this.#isOpen) throw closedFileError(operation, this.path);
  }

  #store(bytes: Uint8Array, position: number): void {
    const grownBytes = Math.max(0, position + bytes.length - this.#file.size);
    const missingBytes = Math.max(0, grownBytes - this.#access.freeBytes());
    const fitting = bytes.subarray(0, Math.max(0, bytes.length - missingBytes));
    const sizeBefore = this.#file.size;
    this.#file.write(fitting, position);
    this.#access.grow(this.#file, this.#file.size - sizeBefore);
    if (missingBytes > 0) throw diskError('ENOSPC', 'write', this.path);
  }
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
