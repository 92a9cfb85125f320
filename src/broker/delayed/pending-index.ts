import type { LeaderEpoch, Offset, PartitionId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { KeyValueStore, StoreOperation } from '../../env/key-value-store.ts';
import type { Change, Hold } from './held-batch.ts';
import type { KeyBounds, Mark } from './index-keys.ts';
import {
  decodeMark,
  encodeMark,
  heldValue,
  IndexKeys,
  numberIn,
  numbersOf,
  sumOf,
} from './index-keys.ts';
import type { AppliedStep } from './index-step.ts';
import { stepOf } from './index-step.ts';

const PAGE_COUNT = 1024;
const SUM_LIMIT = 2 ** 32;
/** Cancelled records that are remembered, so that one who asks again is told that it is done. */
const CANCELLED_MAX = 100_000;

const EMPTY: Mark = { appliedOffset: 0, leaderEpoch: NONE, count: 0, sum: 0 };

/** What a step of the log did to the records that wait. */
export interface Applied {
  readonly added: readonly Hold[];
  /** Where they were held last. */
  readonly removed: readonly Offset[];
}

type Entry = readonly [Uint8Array, Uint8Array];

/** Of the entries of a range, which are to be those that another one has, or the mark counted. */
class Tally {
  count = 0;
  sum = 0;

  add(hold: Pick<Hold, 'offset' | 'dueMs'>): void {
    this.count += 1;
    this.sum = (this.sum + sumOf(hold)) % SUM_LIMIT;
  }

  is({ count, sum }: Pick<Mark, 'count' | 'sum'>): boolean {
    return this.count === count && this.sum === sum;
  }
}

/**
 * Which records of one partition wait, and for when: a deterministic function of its log up to an
 * offset. The log has the truth. Writes are not synced: after a power cut the index is older than
 * it was, and goes on from the offset that the same write told; one that lost a write in the middle
 * is told by its count and sum, and built again. One call at a time.
 */
export class PendingIndex {
  readonly #store: KeyValueStore;
  readonly #keys: IndexKeys;
  #mark: Mark = EMPTY;
  #cancelledCount = 0;
  /** Few: a leader holds them anew at once. */
  readonly #told = new Map<Offset, Hold>();

  constructor(store: KeyValueStore, topicId: TopicId, partition: PartitionId) {
    this.#store = store;
    this.#keys = new IndexKeys(topicId, partition);
  }

  /** Exclusive. */
  get appliedOffset(): Offset {
    return this.#mark.appliedOffset;
  }
  /** In which the last applied offset was written. */
  get leaderEpoch(): LeaderEpoch {
    return this.#mark.leaderEpoch;
  }
  /** Records that wait. */
  get count(): number {
    return this.#mark.count;
  }

  /** Those whose due time is that of their last delivery. */
  get told(): readonly Hold[] {
    return [...this.#told.values()];
  }

  /** Reads where it stands; false: it is not whole and was emptied. */
  async load(): Promise<boolean> {
    this.#mark = decodeMark(await this.#store.get(this.#keys.mark)) ?? EMPTY;
    const keys = this.#keys;
    const [byOffset, byDue, moved, byFirst] = [new Tally(), new Tally(), new Tally(), new Tally()];
    this.#told.clear();
    await this.#each(keys.between(0), ([key, value]) => {
      const hold = keys.holdOfOffset(key, value);
      byOffset.add(hold);
      if (hold.isTold === true) this.#told.set(hold.offset, hold);
      if (hold.offset !== hold.firstOffset) moved.add({ offset: hold.offset, dueMs: 0 });
    });
    await this.#each(keys.allDue, ([key, value]) => byDue.add(keys.holdOfDue(key, value)));
    await this.#each(keys.allMoved, ([, value]) => {
      byFirst.add({ offset: numberIn(value), dueMs: 0 });
    });
    // Rot takes one block of the store and leaves another.
    const isWhole = byOffset.is(this.#mark) && byDue.is(this.#mark) && byFirst.is(moved);
    if (!isWhole) await this.clear();
    this.#cancelledCount = 0;
    await this.#each(keys.allCancelledBy, () => {
      this.#cancelledCount += 1;
    });
    return isWhole;
  }

  /**
   * Takes over what the log says up to `appliedOffset` (exclusive), which `leaderEpoch` wrote last:
   * all or nothing, visible when it resolves, not durable.
   */
  async apply(
    changes: readonly Change[],
    at: { readonly appliedOffset: Offset; readonly leaderEpoch: LeaderEpoch },
  ): Promise<Applied> {
    const step = await stepOf(changes, (offset) => this.find(offset));
    let { count, sum } = this.#mark;
    for (const hold of step.removed) [count, sum] = [count - 1, sum - sumOf(hold)];
    for (const hold of step.added) [count, sum] = [count + 1, sum + sumOf(hold)];
    sum = ((sum % SUM_LIMIT) + SUM_LIMIT) % SUM_LIMIT;
    const mark = { ...at, count, sum };
    const operations = [
      ...this.#operationsOf(step),
      { type: 'put', key: this.#keys.mark, value: encodeMark(mark) } as const,
    ];
    await this.#store.batch(operations, { sync: false });
    this.#mark = mark;
    for (const { offset } of step.removed) this.#told.delete(offset);
    for (const hold of step.added) if (hold.isTold === true) this.#told.set(hold.offset, hold);
    if (step.cancelled.length > 0) await this.#forgetCancelled(step.cancelled.length);
    return { added: step.added, removed: step.gone };
  }

  #operationsOf({ removed, added, cancelled }: AppliedStep): StoreOperation[] {
    const keys = this.#keys;
    const operations: StoreOperation[] = [];
    const del = (key: Uint8Array): number => operations.push({ type: 'del', key });
    const put = (key: Uint8Array, ...numbers: readonly number[]): number =>
      operations.push({ type: 'put', key, value: numbersOf(...numbers) });
    for (const hold of removed) {
      del(keys.due(hold));
      del(keys.offset(hold.offset));
      if (hold.firstOffset !== hold.offset) del(keys.moved(hold.firstOffset));
    }
    for (const hold of added) {
      const { offset, firstOffset } = hold;
      put(keys.due(hold), firstOffset);
      operations.push({ type: 'put', key: keys.offset(offset), value: heldValue(hold) });
      if (firstOffset !== offset) put(keys.moved(firstOffset), offset);
    }
    for (const { firstOffset, atOffset } of cancelled) {
      put(keys.cancelled(firstOffset), atOffset);
      put(keys.cancelledBy(atOffset), firstOffset);
    }
    return operations;
  }

  /** The oldest ones, where there are more than are remembered now. */
  async #forgetCancelled(addedCount: number): Promise<void> {
    this.#cancelledCount += addedCount;
    const limit = this.#cancelledCount - CANCELLED_MAX;
    if (limit <= 0) return;
    const oldest = await this.#store.entries({ ...this.#keys.allCancelledBy, limit });
    const operations = oldest.flatMap(([key, value]) => [
      { type: 'del', key } as const,
      { type: 'del', key: this.#keys.cancelled(numberIn(value)) } as const,
    ]);
    await this.#store.batch(operations, { sync: false });
    this.#cancelledCount -= oldest.length;
  }

  /** The one that is held there, or was first. */
  async find(offset: Offset): Promise<Hold | undefined> {
    const there = await this.#get(offset);
    if (there !== undefined) return there;
    const moved = await this.#store.get(this.#keys.moved(offset));
    return moved === undefined ? undefined : await this.#get(numberIn(moved));
  }

  /** Whether the one that was held there first is remembered as cancelled. */
  async isCancelled(firstOffset: Offset): Promise<boolean> {
    return (await this.#store.get(this.#keys.cancelled(firstOffset))) !== undefined;
  }

  /** Those that are due first, in order; from one place in that order on, where it is given. */
  async nearest(maxCount: number, from?: Pick<Hold, 'dueMs' | 'offset'>): Promise<readonly Hold[]> {
    const range = from === undefined ? this.#keys.allDue : this.#keys.dueFrom(from);
    const found = await this.#store.entries({ ...range, limit: maxCount });
    return found.map(([key, value]) => this.#keys.holdOfDue(key, value));
  }

  /** Those held from one offset (inclusive) to another (exclusive), in order of offset. */
  async between(start: Offset, end: Offset, maxCount?: number): Promise<readonly Hold[]> {
    const limit = maxCount === undefined ? {} : { limit: maxCount };
    const found = await this.#store.entries({ ...this.#keys.between(start, end), ...limit });
    return found.map(([key, value]) => this.#keys.holdOfOffset(key, value));
  }

  /** The first of all in the log; undefined where none waits. */
  async first(): Promise<Hold | undefined> {
    const [first] = await this.between(0, Number.MAX_SAFE_INTEGER, 1);
    return first;
  }

  /** Empties it: it begins anew at the start of the log, or is of no use any more. */
  async clear(): Promise<void> {
    await this.#store.batch([{ type: 'del', key: this.#keys.mark }], { sync: false });
    this.#mark = EMPTY;
    this.#cancelledCount = 0;
    this.#told.clear();
    const { allDue, allMoved, allCancelled, allCancelledBy } = this.#keys;
    for (const range of [allDue, this.#keys.between(0), allMoved, allCancelled, allCancelledBy]) {
      for await (const page of this.#pages(range)) {
        const operations = page.map(([key]) => ({ type: 'del', key }) as const);
        await this.#store.batch(operations, { sync: false });
      }
    }
  }

  async #get(offset: Offset): Promise<Hold | undefined> {
    const key = this.#keys.offset(offset);
    const value = await this.#store.get(key);
    return value === undefined ? undefined : this.#keys.holdOfOffset(key, value);
  }

  /** Without a wait between those of a page: there may be millions. */
  async #each(range: KeyBounds, visit: (entry: Entry) => void): Promise<void> {
    for await (const page of this.#pages(range)) for (const entry of page) visit(entry);
  }

  async *#pages(range: KeyBounds): AsyncGenerator<readonly Entry[], void> {
    let { start } = range;
    for (;;) {
      const page = await this.#store.entries({ start, end: range.end, limit: PAGE_COUNT });
      if (page.length > 0) yield page;
      const [last] = page.at(-1) ?? [];
      if (last === undefined || page.length < PAGE_COUNT) return;
      start = Buffer.concat([last, Buffer.of(0)]);
    }
  }
}
