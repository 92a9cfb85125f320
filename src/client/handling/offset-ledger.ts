import { assert } from '../../base/assert.ts';
import type { Offset } from '../../base/ids.ts';
import type { OffsetRange } from './finished-text.ts';
import { digitsOf, encodeFinished } from './finished-text.ts';

/**
 * Which offsets of a partition are finished. Kept are those that are open, in order, and whether
 * anything was finished between two of them: what is finished in a row costs nothing, however long
 * it grows while one that is stuck holds the floor.
 *
 * Offsets without a record count with what was finished beside them.
 */
export class OffsetLedger {
  readonly #maxTextBytes: number;
  readonly #open: Offset[] = [];
  /** Where the first that is open stands: those before it are taken out together, now and then. */
  #first = 0;
  /** For each that is open: whether something is finished between the open one before and it. */
  readonly #isAfterFinished: boolean[] = [];
  /** Whether something is finished behind the last open one. */
  #endsFinished = false;
  #end: Offset;
  /** Finished before this ledger began, and not met again yet: from `#end` on. */
  readonly #known: OffsetRange[];
  /** Ranges between open offsets. */
  #betweenCount = 0;
  #text: string | undefined;

  /** From `start` on, of which `known` was finished before; `maxTextBytes`: see `text`. */
  constructor(start: Offset, known: readonly OffsetRange[], maxTextBytes: number) {
    this.#end = start;
    this.#known = [...known];
    this.#maxTextBytes = maxTextBytes;
    this.#forgetKnown();
  }

  /** All before it is finished: the lowest that is open, or the end. */
  get floor(): Offset {
    return this.#open[this.#first] ?? this.#end;
  }

  get openCount(): number {
    return this.#open.length - this.#first;
  }

  /** Takes in the next record; false: it is finished, as was known before. */
  take(offset: Offset): boolean {
    assert(offset >= this.#end, 'offsets are taken in order');
    this.takeUpTo(offset);
    const [known] = this.#known;
    const isFinished = known !== undefined && known.start <= offset;
    if (isFinished) this.#endsFinished = this.openCount > 0;
    else {
      if (this.#endsFinished) this.#betweenCount += 1;
      this.#open.push(offset);
      this.#isAfterFinished.push(this.#endsFinished);
      this.#endsFinished = false;
    }
    this.takeUpTo(offset + 1);
    return !isFinished;
  }

  /** There are no more records before `end`. */
  takeUpTo(end: Offset): void {
    if (end <= this.#end) return;
    this.#end = end;
    this.#text = undefined;
    this.#forgetKnown();
  }

  finish(offset: Offset): void {
    const at = indexOf(this.#open, offset, this.#first);
    assert(at !== undefined, 'what is finished was open');
    if (this.#isAfterFinished[at] === true) this.#betweenCount -= 1;
    this.#text = undefined;
    if (at === this.#first) {
      this.#takeOutFirst();
      return;
    }
    const isLast = at === this.#open.length - 1;
    this.#open.splice(at, 1);
    this.#isAfterFinished.splice(at, 1);
    if (isLast) this.#endsFinished = true;
    else this.#mark(at, true);
  }

  /** One by one all that follow would be moved each time. */
  #takeOutFirst(): void {
    this.#first += 1;
    if (2 * this.#first >= this.#open.length) {
      this.#open.splice(0, this.#first);
      this.#isAfterFinished.splice(0, this.#first);
      this.#first = 0;
    }
    this.#onFloorMoved();
  }

  /** What is finished above the floor, for the metadata of its commit: `maxTextBytes` at most. */
  get text(): string {
    this.#text ??= encodeFinished(this.floor, this.#ranges(), this.#maxTextBytes);
    return this.#text;
  }

  /**
   * Whether the text has room for whatever `count` more records make of it. One that is finished
   * makes two pairs of one, or joins two: at most it adds a pair.
   */
  hasRoomFor(count: number): boolean {
    const last = this.#known.at(-1)?.end ?? this.#end;
    // One digit more than now: the span may grow while they are with their handlers.
    const pairBytes = 2 * (digitsOf(last - this.floor) + 1);
    const freeBytes = this.#maxTextBytes - VERSION_BYTES - count * pairBytes;
    const rangeCount = this.#betweenCount + this.#known.length + 1;
    return rangeCount * pairBytes <= freeBytes || this.text.length <= freeBytes;
  }

  *#ranges(): Generator<OffsetRange, void, undefined> {
    for (let at = this.#first + 1; at < this.#open.length; at += 1) {
      if (this.#isAfterFinished[at] !== true) continue;
      yield { start: (this.#open[at - 1] ?? 0) + 1, end: this.#open[at] ?? 0 };
    }
    const last = this.#open.at(-1);
    if (this.#endsFinished && last !== undefined) yield { start: last + 1, end: this.#end };
    for (const { start, end } of this.#known) yield { start: Math.max(start, this.#end), end };
  }

  #onFloorMoved(): void {
    if (this.openCount === 0) this.#endsFinished = false;
    else this.#mark(this.#first, false);
  }

  #mark(at: number, isAfterFinished: boolean): void {
    if (this.#isAfterFinished[at] === isAfterFinished) return;
    this.#isAfterFinished[at] = isAfterFinished;
    this.#betweenCount += isAfterFinished ? 1 : -1;
  }

  #forgetKnown(): void {
    while ((this.#known[0]?.end ?? Number.POSITIVE_INFINITY) <= this.#end) this.#known.shift();
  }
}

const VERSION_BYTES = 'done1='.length;

const indexOf = (sorted: readonly Offset[], offset: Offset, first: number): number | undefined => {
  let low = first;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = sorted[middle] ?? 0;
    if (found === offset) return middle;
    if (found < offset) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
};
