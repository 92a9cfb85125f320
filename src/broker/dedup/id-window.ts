import type { Offset } from '../../base/ids.ts';

/** Words of 32 bits by which an id is known: a part of its SHA-256. */
export const DIGEST_WORDS = 4;

const CAPACITY_MIN = 16;
/** Room of which less than one part in so many is used is halved. */
const SPARE_MAX = 8;

/** Where the record with an id went. */
export interface IdPlace {
  readonly offset: Offset;
  /** It was held until it is due: no consumer finds it at this offset. */
  readonly isHeld: boolean;
}

export interface NewId extends IdPlace {
  /** Of its digest, the first word's place in the array. */
  readonly digests: Uint32Array;
  readonly at: number;
  /** By the monotonic clock; one below what is there already counts as that. */
  readonly timeMs: number;
}

/**
 * The ids of the newest records of one partition, oldest first: a ring, and a table into it, of 41
 * bytes a place. Offsets rise. An id that comes again takes the place of the earlier one.
 */
export class IdWindow {
  readonly #maxCount: number;
  /** Of the ring below; a power of two. */
  #capacity = CAPACITY_MIN;
  #digests = new Uint32Array(CAPACITY_MIN * DIGEST_WORDS);
  #offsets = new Float64Array(CAPACITY_MIN);
  #timesMs = new Float64Array(CAPACITY_MIN);
  #held = new Uint8Array(CAPACITY_MIN);
  /** By the first word of a digest: place in the ring and 1; 0 is free. Probed one by one. */
  #slots = new Int32Array(2 * CAPACITY_MIN);
  /** Both count all that ever were in the ring: the oldest, and behind the newest. */
  #head = 0;
  #tail = 0;

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  get count(): number {
    return this.#tail - this.#head;
  }

  /** Of the oldest id; undefined where there is none. */
  get firstOffset(): Offset | undefined {
    return this.count === 0 ? undefined : this.#offsets[this.#head & (this.#capacity - 1)];
  }

  /** As it will be when what was appended before `oldestMs` is forgotten. */
  since(oldestMs: number): Pick<IdWindow, 'count' | 'firstOffset'> {
    let [low, high] = [this.#head, this.#tail];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#timesMs[middle & (this.#capacity - 1)] as number) < oldestMs) low = middle + 1;
      else high = middle;
    }
    const count = this.#tail - low;
    const firstOffset = count === 0 ? undefined : this.#offsets[low & (this.#capacity - 1)];
    return { count, firstOffset };
  }

  /** Not what was appended before `oldestMs`, forgotten by now or not. */
  find(digests: Uint32Array, at: number, oldestMs: number): IdPlace | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = (digests[at] as number) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return undefined;
      if (!this.#isSame(entry - 1, digests, at)) continue;
      return (this.#timesMs[entry - 1] as number) < oldestMs ? undefined : this.#placeOf(entry - 1);
    }
  }

  /** Returns how many were forgotten before their time, to have room: 0 or 1. */
  add({ digests, at, offset, isHeld, timeMs }: NewId): number {
    const isFull = this.count === this.#maxCount;
    if (isFull) this.#dropFirst();
    else if (this.count === this.#capacity) this.#resize(2 * this.#capacity);
    const place = this.#tail & (this.#capacity - 1);
    const lastMs = this.count === 0 ? timeMs : (this.#timesMs[this.#lastPlace] as number);
    this.#digests.set(digests.subarray(at, at + DIGEST_WORDS), place * DIGEST_WORDS);
    this.#offsets[place] = offset;
    this.#timesMs[place] = Math.max(lastMs, timeMs);
    this.#held[place] = isHeld ? 1 : 0;
    this.#tail += 1;
    this.#link(place);
    return isFull ? 1 : 0;
  }

  /** Forgets what was appended before `oldestMs`, the oldest first, at most so many. */
  expire(oldestMs: number, maxCount: number): void {
    for (let left = maxCount; left > 0 && this.count > 0; left -= 1) {
      const place = this.#head & (this.#capacity - 1);
      if ((this.#timesMs[place] as number) >= oldestMs) break;
      this.#dropFirst();
    }
    let capacity = this.#capacity;
    while (capacity > CAPACITY_MIN && this.count * SPARE_MAX < capacity) capacity /= 2;
    if (capacity < this.#capacity) this.#resize(capacity);
  }

  /** Forgets what lies at or above `endOffset`. */
  truncate(endOffset: Offset): void {
    while (this.count > 0 && (this.#offsets[this.#lastPlace] as number) >= endOffset) {
      this.#unlink(this.#lastPlace);
      this.#tail -= 1;
    }
  }

  /** Forgets what lies below `startOffset`. */
  dropBelow(startOffset: Offset): void {
    while (this.count > 0 && (this.firstOffset as Offset) < startOffset) this.#dropFirst();
  }

  get #lastPlace(): number {
    return (this.#tail - 1) & (this.#capacity - 1);
  }

  #dropFirst(): void {
    this.#unlink(this.#head & (this.#capacity - 1));
    this.#head += 1;
  }

  #placeOf(place: number): IdPlace {
    return { offset: this.#offsets[place] as number, isHeld: this.#held[place] === 1 };
  }

  #isSame(place: number, digests: Uint32Array, at: number): boolean {
    const own = place * DIGEST_WORDS;
    for (let word = 0; word < DIGEST_WORDS; word += 1) {
      if (this.#digests[own + word] !== digests[at + word]) return false;
    }
    return true;
  }

  /** The later one of two with the same id is the one that is found. */
  #link(place: number): void {
    const mask = this.#slots.length - 1;
    const at = place * DIGEST_WORDS;
    let slot = (this.#digests[at] as number) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#isSame((this.#slots[slot] as number) - 1, this.#digests, at)) break;
    }
    this.#slots[slot] = place + 1;
  }

  /** Closes the hole: what was probed past it moves up. */
  #unlink(place: number): void {
    const mask = this.#slots.length - 1;
    let hole = this.#homeOf(place);
    while (this.#slots[hole] !== place + 1) {
      // A later one with the same id stands in its place.
      if (this.#slots[hole] === 0) return;
      hole = (hole + 1) & mask;
    }
    for (let slot = (hole + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      const fromHome = (slot - this.#homeOf(entry - 1)) & mask;
      if (fromHome < ((slot - hole) & mask)) continue;
      this.#slots[hole] = entry;
      hole = slot;
    }
    this.#slots[hole] = 0;
  }

  #homeOf(place: number): number {
    return (this.#digests[place * DIGEST_WORDS] as number) & (this.#slots.length - 1);
  }

  #resize(capacity: number): void {
    const before = { digests: this.#digests, offsets: this.#offsets, timesMs: this.#timesMs };
    const { count } = this;
    const [held, first, mask] = [this.#held, this.#head, this.#capacity - 1];
    this.#capacity = capacity;
    this.#digests = new Uint32Array(capacity * DIGEST_WORDS);
    this.#offsets = new Float64Array(capacity);
    this.#timesMs = new Float64Array(capacity);
    this.#held = new Uint8Array(capacity);
    this.#slots = new Int32Array(2 * capacity);
    for (let index = 0; index < count; index += 1) {
      const from = (first + index) & mask;
      const digest = before.digests.subarray(from * DIGEST_WORDS, (from + 1) * DIGEST_WORDS);
      this.#digests.set(digest, index * DIGEST_WORDS);
      this.#offsets[index] = before.offsets[from] as number;
      this.#timesMs[index] = before.timesMs[from] as number;
      this.#held[index] = held[from] as number;
      this.#link(index);
    }
    this.#head = 0;
    this.#tail = count;
  }
}
