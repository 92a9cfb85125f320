import { OttlaError } from '../base/errors.ts';
import type { Offset } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { replaceFile } from '../env/disk.ts';
import { offsetPath, PRODUCERS_SUFFIX } from './file-names.ts';
import { snapshotOffsets } from './producer-recovery.ts';
import { encodeProducers } from './producer-snapshot.ts';
import type { ProducerStates } from './producer-state.ts';

/** One behind the newest, for the case that the newest is damaged. */
const KEPT_SNAPSHOTS = 2;

/** Takes a snapshot of producer states when a segment is closed, and writes it later. */
export class SnapshotWriter {
  readonly #disk: Disk;
  readonly #directory: string;
  #pending: { readonly offset: Offset; readonly bytes: Uint8Array } | undefined;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** Encodes the states as they are after all batches below `offset`. */
  take(states: ProducerStates, offset: Offset, nowMs: number): void {
    this.#pending = { offset, bytes: encodeProducers(states, offset, nowMs) };
  }

  /** Forgets what was not written yet. */
  drop(): void {
    this.#pending = undefined;
  }

  /** Writes what was taken, durably. A full disk is no error: a snapshot only saves replay. */
  async write(): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const path = offsetPath(this.#directory, pending.offset, PRODUCERS_SUFFIX);
    try {
      await replaceFile(this.#disk, path, pending.bytes);
    } catch (error) {
      if (error instanceof OttlaError && error.code === 'DISK_FULL') return;
      throw error;
    }
    for (const offset of snapshotOffsets(this.#disk, this.#directory).slice(0, -KEPT_SNAPSHOTS)) {
      this.#disk.remove(offsetPath(this.#directory, offset, PRODUCERS_SUFFIX));
    }
  }
}
