import { readInt64At, readUint32At, writeInt32At, writeInt64At } from '../base/bytes/big-endian.ts';
import type { Offset } from '../base/ids.ts';
import type { IndexKind } from './index-file.ts';
import { floorIndex } from './offset-index.ts';

/** `.timeindex`: entries of timestamp i64 and relative offset u32, both rising. */
export const TIME_INDEX: IndexKind = { magic: 0x4f_54_58_31, entryBytes: 12 };

/**
 * Sparse map from timestamps to offsets of one segment, in memory. An entry (t, o) says: no batch
 * up to and including the one that begins at o has a timestamp above t.
 */
export class TimeIndex {
  readonly #baseOffset: Offset;
  readonly #timestamps: number[] = [];
  readonly #offsets: number[] = [];

  constructor(baseOffset: Offset) {
    this.#baseOffset = baseOffset;
  }

  get entryCount(): number {
    return this.#offsets.length;
  }

  /** Adds an entry unless its timestamp is not above the last one: an equal one tells no more. */
  maybeAdd(timestampMs: number, baseOffset: Offset): void {
    const last = this.#timestamps.at(-1);
    if (timestampMs < 0 || (last !== undefined && timestampMs <= last)) return;
    this.#timestamps.push(timestampMs);
    this.#offsets.push(baseOffset - this.#baseOffset);
  }

  /** An offset before which no record has a timestamp of `timestampMs` or above. */
  lookup(timestampMs: number): Offset {
    const index = floorIndex(this.#timestamps, timestampMs - 1);
    return this.#baseOffset + (index < 0 ? 0 : (this.#offsets[index] as number));
  }

  /** Forgets entries at or after `offset`. */
  truncate(offset: Offset): void {
    while ((this.#offsets.at(-1) ?? -1) >= offset - this.#baseOffset) {
      this.#offsets.pop();
      this.#timestamps.pop();
    }
  }

  encodeEntries(): Uint8Array {
    const bytes = new Uint8Array(this.#offsets.length * TIME_INDEX.entryBytes);
    for (const [index, offset] of this.#offsets.entries()) {
      writeInt64At(bytes, index * 12, this.#timestamps[index] as number);
      writeInt32At(bytes, index * 12 + 8, offset);
    }
    return bytes;
  }

  static decodeEntries(baseOffset: Offset, entries: Uint8Array): TimeIndex {
    const index = new TimeIndex(baseOffset);
    for (let at = 0; at < entries.length; at += TIME_INDEX.entryBytes) {
      index.maybeAdd(readInt64At(entries, at), baseOffset + readUint32At(entries, at + 8));
    }
    return index;
  }
}
