import type { Offset } from '../../base/ids.ts';
import { IdChains } from './id-chains.ts';
import type { IdPlace, NewId } from './id-rows.ts';
import { IdRows } from './id-rows.ts';

/** How many ids windows have together; they keep it. */
export interface HeldIds {
  heldCount: number;
}

/**
 * The ids of the newest records of one partition, oldest first: rows, and chains of them by digest,
 * some 40 bytes an id. It grows and shrinks as ids come and go: no call costs more than those it
 * adds or forgets. Offsets rise. An id that comes again hides the earlier one.
 */
export class IdWindow {
  readonly #maxCount: number;
  readonly #held: HeldIds;
  readonly #rows = new IdRows();
  readonly #chains = new IdChains(this.#rows);
  /** Exclusive: what was forgotten as the oldest lay below. */
  #forgottenEnd: Offset = 0;

  /** `held` counts along. */
  constructor(maxCount: number, held: HeldIds = { heldCount: 0 }) {
    this.#maxCount = maxCount;
    this.#held = held;
  }

  get count(): number {
    return this.#rows.count;
  }

  /** Of the oldest id; undefined where there is none. */
  get firstOffset(): Offset | undefined {
    return this.count === 0 ? undefined : this.#rows.offsetOf(this.#rows.first);
  }

  /** As it will be when what was appended before `oldestMs` is forgotten. */
  since(oldestMs: number): Pick<IdWindow, 'count' | 'firstOffset'> {
    const rows = this.#rows;
    const first = this.#firstWhere((row) => rows.timeMsOf(row) >= oldestMs);
    const count = rows.count - first;
    return { count, firstOffset: count === 0 ? undefined : rows.offsetOf(rows.at(first)) };
  }

  /** How many came at these offsets: of forgotten ones it tells only that there may be some. */
  countIn(startOffset: Offset, endOffset: Offset): number {
    const rows = this.#rows;
    const first = this.#firstWhere((row) => rows.offsetOf(row) >= startOffset);
    const end = this.#firstWhere((row) => rows.offsetOf(row) >= endOffset);
    return end - first + (this.#forgottenEnd > startOffset ? 1 : 0);
  }

  /** Not what was appended before `oldestMs`, forgotten by now or not. */
  find(digests: Uint32Array, at: number, oldestMs: number): IdPlace | undefined {
    const rows = this.#rows;
    const row = this.#chains.find(digests, at);
    if (row === undefined || rows.timeMsOf(row) < oldestMs) return undefined;
    return { offset: rows.offsetOf(row), isHeld: rows.isHeld(row) };
  }

  /** Returns how many were forgotten before their time, to have room: 0 or 1. */
  add(id: NewId): number {
    const rows = this.#rows;
    const isFull = this.count === this.#maxCount;
    if (isFull) this.dropFirst();
    const lastMs = this.count === 0 ? id.timeMs : rows.timeMsOf(rows.last);
    this.#chains.link(rows.push(id, Math.max(lastMs, id.timeMs)));
    this.#held.heldCount += 1;
    return isFull ? 1 : 0;
  }

  /** Forgets what was appended before `oldestMs`, the oldest first, at most so many. */
  expire(oldestMs: number, maxCount: number): void {
    for (let left = maxCount; left > 0 && this.count > 0; left -= 1) {
      if (this.#rows.timeMsOf(this.#rows.first) >= oldestMs) return;
      this.dropFirst();
    }
  }

  /** Forgets what lies at or above `endOffset`. */
  truncate(endOffset: Offset): void {
    const rows = this.#rows;
    while (rows.count > 0 && rows.offsetOf(rows.last) >= endOffset) {
      this.#chains.unlink(rows.last);
      rows.pop();
      this.#held.heldCount -= 1;
    }
  }

  /** Forgets what lies below `startOffset`. */
  dropBelow(startOffset: Offset): void {
    while (this.count > 0 && (this.firstOffset as Offset) < startOffset) this.dropFirst();
  }

  /** Forgets the oldest; there is one. */
  dropFirst(): void {
    this.#forgottenEnd = this.#rows.offsetOf(this.#rows.first) + 1;
    this.#chains.unlink(this.#rows.first);
    this.#rows.shift();
    this.#held.heldCount -= 1;
  }

  /** The place of the first row of which that holds, as of all that are newer; or behind all. */
  #firstWhere(holds: (row: number) => boolean): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (holds(this.#rows.at(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
