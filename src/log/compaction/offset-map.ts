import type { Offset } from '../../base/ids.ts';
import { murmur2 } from '../../record/murmur2.ts';

/** Entry, slot and an average key together. */
const BYTES_PER_KEY = 48;
const MIN_BYTES = 4096;

/**
 * The newest offset of each key of a stretch of a log, in bounded memory that is taken at once.
 * Keys are kept whole and compared byte by byte: no two keys are ever taken for one.
 */
export class OffsetMap {
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #offsets: Float64Array;
  /** Exclusive end of each key in the arena. */
  readonly #keyEnds: Uint32Array;
  readonly #arena: Uint8Array;
  #count = 0;
  #arenaEnd = 0;

  constructor(maxBytes: number) {
    const bytes = Math.max(MIN_BYTES, maxBytes);
    const keyCount = Math.floor(bytes / BYTES_PER_KEY);
    const slotCount = 2 ** Math.ceil(Math.log2(keyCount * 1.25));
    this.#slots = new Int32Array(slotCount);
    this.#mask = slotCount - 1;
    this.#offsets = new Float64Array(keyCount);
    this.#keyEnds = new Uint32Array(keyCount);
    this.#arena = Buffer.allocUnsafeSlow(bytes - slotCount * 4 - keyCount * 12);
  }

  get count(): number {
    return this.#count;
  }

  /** 0 to 1: how much of the scarcer of places and key bytes is used. */
  get utilization(): number {
    return Math.max(this.#count / this.#offsets.length, this.#arenaEnd / this.#arena.length);
  }

  get(key: Uint8Array): Offset | undefined {
    const entry = this.#slots[this.#slotOf(key)] as number;
    return entry === 0 ? undefined : this.#offsets[entry - 1];
  }

  /** Notes that `key` is at `offset`, later than all before; false when there is no room for it. */
  put(key: Uint8Array, offset: Offset): boolean {
    const slot = this.#slotOf(key);
    const known = this.#slots[slot] as number;
    if (known !== 0) {
      this.#offsets[known - 1] = offset;
      return true;
    }
    const keyEnd = this.#arenaEnd + key.length;
    if (this.#count === this.#offsets.length || keyEnd > this.#arena.length) return false;
    this.#arena.set(key, this.#arenaEnd);
    this.#offsets[this.#count] = offset;
    this.#keyEnds[this.#count] = keyEnd;
    this.#arenaEnd = keyEnd;
    this.#count += 1;
    this.#slots[slot] = this.#count;
    return true;
  }

  /** The slot that has the key, or the free one where it belongs. */
  #slotOf(key: Uint8Array): number {
    let slot = murmur2(key) & this.#mask;
    for (;;) {
      const entry = this.#slots[slot] as number;
      if (entry === 0 || this.#isKey(entry - 1, key)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #isKey(index: number, key: Uint8Array): boolean {
    const start = index === 0 ? 0 : (this.#keyEnds[index - 1] as number);
    if ((this.#keyEnds[index] as number) - start !== key.length) return false;
    for (let at = 0; at < key.length; at += 1) {
      if (this.#arena[start + at] !== key[at]) return false;
    }
    return true;
  }
}
