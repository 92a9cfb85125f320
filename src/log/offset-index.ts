import { readUint32At, writeInt32At } from '../base/bytes/big-endian.ts';
import type { Offset } from '../base/ids.ts';
import type { IndexKind } from './index-file.ts';

/** `.index`: entries of relative offset u32 and file position u32, both rising. */
export const OFFSET_INDEX: IndexKind = { magic: 0x4f_49_58_31, entryBytes: 8 };

/** Index of the last element at or below `target` in rising `values`, or -1. */
export const floorIndex = (values: readonly number[], target: number): number => {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= target) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

/** Sparse map from offsets to file positions of one segment, in memory. */
export class OffsetIndex {
  readonly #baseOffset: Offset;
  readonly #offsets: number[] = [];
  readonly #positions: number[] = [];

  constructor(baseOffset: Offset) {
    this.#baseOffset = baseOffset;
  }

  get entryCount(): number {
    return this.#offsets.length;
  }

  /** Position of the last entry, where a check of the tail may begin; 0 without entries. */
  get lastPosition(): number {
    return this.#positions.at(-1) ?? 0;
  }

  /** Adds the batch that begins with `baseOffset` at `position`; both must rise. */
  add(baseOffset: Offset, position: number): void {
    this.#offsets.push(baseOffset - this.#baseOffset);
    this.#positions.push(position);
  }

  /** Where some batch at or below `offset` begins: the segment's start where no entry is. */
  floor(offset: Offset): { readonly position: number; readonly baseOffset: Offset } {
    const index = floorIndex(this.#offsets, offset - this.#baseOffset);
    if (index < 0) return { position: 0, baseOffset: this.#baseOffset };
    const baseOffset = this.#baseOffset + (this.#offsets[index] as number);
    return { position: this.#positions[index] as number, baseOffset };
  }

  /** Forgets entries at or after `position`. */
  truncate(position: number): void {
    while (this.#positions.length > 0 && this.lastPosition >= position) {
      this.#positions.pop();
      this.#offsets.pop();
    }
  }

  encodeEntries(): Uint8Array {
    const bytes = new Uint8Array(this.#offsets.length * OFFSET_INDEX.entryBytes);
    for (const [index, offset] of this.#offsets.entries()) {
      writeInt32At(bytes, index * 8, offset);
      writeInt32At(bytes, index * 8 + 4, this.#positions[index] as number);
    }
    return bytes;
  }

  static decodeEntries(baseOffset: Offset, entries: Uint8Array): OffsetIndex {
    const index = new OffsetIndex(baseOffset);
    for (let at = 0; at < entries.length; at += OFFSET_INDEX.entryBytes) {
      index.add(baseOffset + readUint32At(entries, at), readUint32At(entries, at + 4));
    }
    return index;
  }
}
