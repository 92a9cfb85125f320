import type { Disk, DiskFile } from '../../src/env/disk.ts';

/** What was asked of a disk, of all its files. */
export interface DiskWork {
  readonly writeCount: number;
  readonly writtenBytes: number;
  readonly readCount: number;
  readonly readBytes: number;
}

/** Passes everything on to a disk and counts it: the measure of work that needs no clock. */
export class CountingDisk {
  readonly disk: Disk;
  /** Memory that reads went to. */
  readonly targets = new Set<ArrayBufferLike>();
  #work: DiskWork = { writeCount: 0, writtenBytes: 0, readCount: 0, readBytes: 0 };

  constructor(counted: Disk) {
    this.disk = new Proxy(counted, {
      get: (disk, name) => {
        if (name === 'open') return (...words: Parameters<Disk['open']>) => this.#open(disk, words);
        const member = Reflect.get(disk, name, disk);
        return typeof member === 'function' ? member.bind(disk) : member;
      },
    });
  }

  /** All so far. */
  get work(): DiskWork {
    return this.#work;
  }

  /** What is done while `act` runs. */
  async during(act: () => unknown): Promise<DiskWork> {
    const before = this.#work;
    await act();
    const after = this.#work;
    return {
      writeCount: after.writeCount - before.writeCount,
      writtenBytes: after.writtenBytes - before.writtenBytes,
      readCount: after.readCount - before.readCount,
      readBytes: after.readBytes - before.readBytes,
    };
  }

  #open(disk: Disk, words: Parameters<Disk['open']>): DiskFile {
    const file = disk.open(...words);
    return {
      path: file.path,
      sizeBytes: () => file.sizeBytes(),
      write: (parts, position) => {
        this.#onWrite(parts);
        file.write(parts, position);
      },
      read: (target, position) => this.#onRead(target, file.read(target, position)),
      readCold: async (target, position) =>
        this.#onRead(target, await file.readCold(target, position)),
      sync: () => file.sync(),
      truncate: (lengthBytes) => file.truncate(lengthBytes),
      close: () => file.close(),
    };
  }

  #onWrite(parts: readonly Uint8Array[]): void {
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    const { writeCount, writtenBytes } = this.#work;
    this.#work = {
      ...this.#work,
      writeCount: writeCount + 1,
      writtenBytes: writtenBytes + bytes,
    };
  }

  #onRead(target: Uint8Array, bytes: number): number {
    const { readCount, readBytes } = this.#work;
    this.targets.add(target.buffer);
    this.#work = { ...this.#work, readCount: readCount + 1, readBytes: readBytes + bytes };
    return bytes;
  }
}
