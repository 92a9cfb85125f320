import type { Offset } from '../../base/ids.ts';
import { OffsetHeap } from './offset-heap.ts';
import type { OffsetLedger } from './offset-ledger.ts';

/** A record that is to be handled. */
export interface WorkItem<R> {
  readonly record: R;
  readonly offset: Offset;
  readonly sizeBytes: number;
  readonly partition: PartitionWork<R>;
  /** Those of one lane are handled one after the other; undefined: in none. */
  readonly lane: number | undefined;
  /** The next of its lane. */
  next: WorkItem<R> | undefined;
  /** How often its handler was called. */
  attempts: number;
  /** The others of its record, which is finished when all are; undefined: it is the record. */
  readonly whole: { openCount: number } | undefined;
}

export interface NewWork<R> {
  readonly record: R;
  readonly offset: Offset;
  readonly sizeBytes: number;
  readonly lane: number | undefined;
}

/** A part of a record: handled by itself, and no more by itself than the record is finished. */
export type NewPart<R> = Omit<NewWork<R>, 'offset'>;

/** What is handled together. */
export interface BatchBounds<R> {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** It waits for no more company. */
  readonly isDue: (first: WorkItem<R>) => boolean;
}

/**
 * The records of one partition that are not finished. At most one of a lane is ready or with a
 * handler at any time, so that a slow one holds its own lane only; of those that are ready the
 * lowest goes first, which keeps what is finished close to the floor.
 */
export class PartitionWork<R> {
  readonly #ledger: OffsetLedger;
  readonly #gate: { readonly isPaused: boolean };
  readonly #ready = new OffsetHeap<WorkItem<R>>();
  /** The last of each lane that has any. */
  readonly #lanes = new Map<number, WorkItem<R>>();
  #runningCount = 0;
  #openBytes = 0;
  #isStopped = false;

  constructor(ledger: OffsetLedger, gate: { readonly isPaused: boolean }) {
    this.#ledger = ledger;
    this.#gate = gate;
  }

  /** With their handlers now. */
  get runningCount(): number {
    return this.#runningCount;
  }

  /** Of the records that are taken in and not finished. */
  get openBytes(): number {
    return this.#openBytes;
  }

  get openCount(): number {
    return this.#ledger.openCount;
  }

  /** What can be committed: all before `nextOffset` is finished, and what `finished` tells. */
  get progress(): { readonly nextOffset: Offset; readonly finished: string } {
    return { nextOffset: this.#ledger.floor, finished: this.#ledger.text };
  }

  /** Takes in the next record; false: it is finished, as was known before, and is left out. */
  take(work: NewWork<R>): boolean {
    const isNew = this.#ledger.take(work.offset);
    if (isNew) this.#add(work, undefined);
    return isNew;
  }

  /** As `take`, of a record that is finished when all its parts are. */
  takeParts(offset: Offset, parts: ReadonlyArray<NewPart<R>>): void {
    if (parts.length === 0 || !this.#ledger.take(offset)) return;
    const whole = { openCount: parts.length };
    for (const part of parts) this.#add({ ...part, offset }, whole);
  }

  #add({ record, offset, sizeBytes, lane }: NewWork<R>, whole: WorkItem<R>['whole']): void {
    this.#openBytes += sizeBytes;
    const item: WorkItem<R> = {
      record,
      offset,
      sizeBytes,
      partition: this,
      lane,
      next: undefined,
      attempts: 0,
      whole,
    };
    const last = lane === undefined ? undefined : this.#lanes.get(lane);
    if (lane !== undefined) this.#lanes.set(lane, item);
    if (last === undefined) this.#ready.push(item);
    else last.next = item;
  }

  /** There are no more records before `end`. */
  takeUpTo(end: Offset): void {
    this.#ledger.takeUpTo(end);
  }

  /** Nothing of it is begun any more; what is with a handler goes on. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * The next to be handled. None while the text of what is finished might outgrow its bounds: but
   * the one at the floor makes it shorter, and may always go.
   */
  start(): WorkItem<R> | undefined {
    const item = this.#begin();
    if (item !== undefined) item.attempts += 1;
    return item;
  }

  /**
   * Finishes what is ready to be handled for as long as `isOver` says of the next that it is to be
   * left out. Returns what that was.
   */
  finishWhile(isOver: (item: WorkItem<R>) => boolean): Array<WorkItem<R>> {
    const finished: Array<WorkItem<R>> = [];
    for (let next = this.#next; next !== undefined && isOver(next); next = this.#next) {
      this.#begin();
      this.finish(next);
      finished.push(next);
    }
    return finished;
  }

  get #next(): WorkItem<R> | undefined {
    const { first } = this.#ready;
    if (first === undefined || this.#isStopped || this.#gate.isPaused) return undefined;
    const isAtFloor = first.offset === this.#ledger.floor;
    return isAtFloor || this.#ledger.hasRoomFor(this.#runningCount + 1) ? first : undefined;
  }

  #begin(): WorkItem<R> | undefined {
    const next = this.#next;
    if (next === undefined) return undefined;
    this.#ready.shift();
    this.#runningCount += 1;
    return next;
  }

  /** The lowest that is ready to be handled. */
  get first(): WorkItem<R> | undefined {
    return this.#ready.first;
  }

  /**
   * The next to be handled together, the lowest first, where nothing else is with a handler: empty
   * until they are as many as there may be, or the first is due. They are at the floor: what is
   * finished of them makes the text of it no longer.
   */
  startBatch({ maxRecords, maxBytes, isDue }: BatchBounds<R>): Array<WorkItem<R>> {
    const { first } = this.#ready;
    if (first === undefined || this.#isStopped || this.#gate.isPaused) return [];
    if (this.#runningCount > 0) return [];
    const isFull = this.openCount >= maxRecords || this.#openBytes >= maxBytes;
    if (!isFull && !isDue(first)) return [];
    const items: Array<WorkItem<R>> = [];
    let sizeBytes = 0;
    for (let next = this.first; next !== undefined; next = this.first) {
      sizeBytes += next.sizeBytes;
      if (items.length === maxRecords || (items.length > 0 && sizeBytes > maxBytes)) break;
      this.#ready.shift();
      items.push(next);
    }
    this.#runningCount += items.length;
    return items;
  }

  finish(item: WorkItem<R>): void {
    this.#runningCount -= 1;
    this.#openBytes -= item.sizeBytes;
    const { lane, next, whole } = item;
    if (whole !== undefined) whole.openCount -= 1;
    if (whole === undefined || whole.openCount === 0) this.#ledger.finish(item.offset);
    if (next !== undefined) this.#ready.push(next);
    else if (lane !== undefined) this.#lanes.delete(lane);
  }

  /** It is not finished, nor to be handled again before `release`; its lane waits. */
  hold(_item: WorkItem<R>): void {
    this.#runningCount -= 1;
  }

  release(item: WorkItem<R>): void {
    this.#ready.push(item);
  }
}
