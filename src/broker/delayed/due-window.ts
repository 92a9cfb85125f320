import type { Offset } from '../../base/ids.ts';
import type { Hold } from './held-batch.ts';

/** The order in which records are delivered: by when they are due, then as they were sent. */
export const compareHolds = (a: Hold, b: Hold): number => a.dueMs - b.dueMs || a.offset - b.offset;

/**
 * The nearest of all records that wait, as many as its bound lets it keep, and what was appended as
 * delivered and is not committed yet. Beyond its last entry it may know of nothing: `isWhole` says
 * whether there is nothing beyond. Pure.
 */
export class DueWindow {
  readonly #limit: number;
  #entries: Hold[] = [];
  #isWhole = false;
  readonly #inFlight = new Set<Offset>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Nothing is known any more: another leadership, which learns all from the log. */
  reset(): void {
    this.unfill();
    this.#inFlight.clear();
  }

  /** What waits is read anew; what this leadership has appended is in flight all the same. */
  unfill(): void {
    this.#entries = [];
    this.#isWhole = false;
  }

  /** It is empty, and more may wait: `fill` it with the nearest `wantedCount` of the index. */
  get needsFill(): boolean {
    return this.#entries.length === 0 && !this.#isWhole;
  }

  /** Those in flight may be among the nearest, and are of no use. */
  get wantedCount(): number {
    return this.#limit + this.#inFlight.size;
  }

  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  isInFlight(offset: Offset): boolean {
    return this.#inFlight.has(offset);
  }

  /** The nearest of all, in order; fewer than the `wantedCount` asked for are all there are. */
  fill(nearest: readonly Hold[], askedCount: number): void {
    this.#isWhole = nearest.length < askedCount;
    this.#entries = nearest.filter(({ offset }) => !this.#inFlight.has(offset));
  }

  /** A record waits from now on, by what is committed. */
  add(hold: Hold): void {
    if (this.#inFlight.has(hold.offset)) return;
    const last = this.#entries.at(-1);
    const isBeyond = last === undefined || compareHolds(hold, last) > 0;
    if (isBeyond && !this.#isWhole) return;
    const at = this.#entries.findLastIndex((entry) => compareHolds(entry, hold) < 0) + 1;
    this.#entries.splice(at, 0, hold);
    if (this.#entries.length <= this.#limit) return;
    this.#entries.pop();
    this.#isWhole = false;
  }

  /** It waits no longer, by what is committed. */
  remove(offset: Offset): void {
    this.#inFlight.delete(offset);
    this.#forget(new Set([offset]));
  }

  /** What takes them out of the log's waiting records is appended, and not committed. */
  noteInFlight(offsets: readonly Offset[]): void {
    for (const offset of offsets) this.#inFlight.add(offset);
    this.#forget(new Set(offsets));
  }

  /** Those due at `nowMs`, nearest first. */
  due(nowMs: number, maxCount: number): readonly Hold[] {
    const end = this.#entries.findIndex(({ dueMs }) => dueMs > nowMs);
    return this.#entries.slice(0, Math.min(end < 0 ? this.#entries.length : end, maxCount));
  }

  /** When the next one is due; undefined where none is known. */
  get nextDueMs(): number | undefined {
    return this.#entries[0]?.dueMs;
  }

  #forget(offsets: ReadonlySet<Offset>): void {
    if (!this.#entries.some(({ offset }) => offsets.has(offset))) return;
    this.#entries = this.#entries.filter(({ offset }) => !offsets.has(offset));
  }
}
