import { crc32c } from '../base/bytes/crc32c.ts';
import { OttlaError } from '../base/errors.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile, replaceFile } from '../env/disk.ts';
import type { SnapshotId } from './core/entry.ts';

const SUFFIX = '.snapshot';
const SUM_BYTES = 4;

/** What a file holds; whose voters it is of stands in the base of the log, which names it. */
export interface StoredSnapshot extends SnapshotId {
  readonly data: Uint8Array;
}

const nameOf = (id: SnapshotId): string => `${id.index}-${id.term}${SUFFIX}`;

/**
 * Snapshots of the metadata, a file each: the bytes and their CRC-32C. A file is complete once it
 * has its name (it is written beside, synced and renamed); what a crash leaves is a `.tmp`.
 */
export class SnapshotFiles {
  readonly #disk: Disk;
  readonly #directory: string;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** Durable when it resolves. */
  async write(snapshot: StoredSnapshot): Promise<void> {
    const sum = Buffer.alloc(SUM_BYTES);
    sum.writeUInt32BE(crc32c(snapshot.data));
    const bytes = Buffer.concat([snapshot.data, sum]);
    await replaceFile(this.#disk, this.#pathOf(snapshot), bytes);
  }

  /** Fails with CORRUPT_STORE when the file is missing or damaged. */
  read(id: SnapshotId): StoredSnapshot {
    const path = this.#pathOf(id);
    const bytes = readWholeFile(this.#disk, path);
    if (bytes !== undefined && bytes.length >= SUM_BYTES) {
      const data = bytes.subarray(0, bytes.length - SUM_BYTES);
      const sum = Buffer.from(bytes.subarray(data.length)).readUInt32BE(0);
      if (sum === crc32c(data)) return { ...id, data };
    }
    const problem = bytes === undefined ? 'is missing' : 'is damaged';
    throw new OttlaError(
      'CORRUPT_STORE',
      `the metadata snapshot ${path} ${problem}; remove its directory, and the node takes part as an observer`,
    );
  }

  /** Removes every snapshot but the one named, and what crashes left; a crash may bring it back. */
  removeOthers(keep: SnapshotId | undefined): void {
    const kept = keep === undefined ? undefined : nameOf(keep);
    for (const { name } of this.#disk.list(this.#directory)) {
      const isOurs = name.endsWith(SUFFIX) || name.endsWith(`${SUFFIX}.tmp`);
      if (isOurs && name !== kept) this.#disk.remove(`${this.#directory}/${name}`);
    }
  }

  #pathOf(id: SnapshotId): string {
    return `${this.#directory}/${nameOf(id)}`;
  }
}
