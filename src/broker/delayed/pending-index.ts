import type { LeaderEpoch, Offset, TopicPartition } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { KeyValueStore, StoreOperation } from '../../env/key-value-store.ts';
import type { Change, Hold } from './held-batch.ts';
import type { KeyBounds, Mark } from './index-keys.ts';
import { decodeMark, encodeMark, heldValue, IndexKeys, numberIn, numbersOf } from './index-keys.ts';
import type { AppliedStep, Cancelled } from './index-step.ts';
import { stepOf } from './index-step.ts';
import { Tally } from './index-tally.ts';

const PAGE_COUNT = 1024;
/** Cancelled records that are remembered, so that one who asks again is told that it is done. */
const CANCELLED_MAX = 100_000;

const EMPTY: Mark = {
  appliedOffset: 0,
  leaderEpoch: NONE,
  waiting: new Tally(),
  cancelled: new Tally(),
};

/** What a step of the log did to the records that wait. */
export interface Applied {
  readonly added: readonly Hold[];
  /** Where they were held last. */
  readonly removed: readonly Offset[];
}

type Entry = readonly [Uint8Array, Uint8Array];

/**
 * Which records of one partition wait, and for when: a deterministic function of its log up to an
 * offset. The log has the truth. Writes are not synced: after a power cut the index is older than
 * it was, and goes on from the offset that the same write told; one that lost a write in the middle
 * is told by its counts and sums, and built again. One call at a time.
 */
export class PendingIndex {
  readonly #store: KeyValueStore;
  readonly #keys: IndexKeys;
  readonly #cancelledMax: number;
  #mark: Mark = EMPTY;
  /** Few: a leader holds them anew at once. */
  readonly #told = new Map<Offset, Hold>();

  constructor(store: KeyValueStore, of: TopicPartition, cancelledMax = CANCELLED_MAX) {
    this.#store = store;
    this.#keys = new IndexKeys(of.topicId, of.partition);
    this.#cancelledMax = cancelledMax;
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
    return this.#mark.waiting.count;
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
      byOffset.add(hold.offset, hold.dueMs);
      if (hold.isTold === true) this.#told.set(hold.offset, hold);
      if (hold.offset !== hold.firstOffset) moved.add(hold.offset);
    });
    await this.#each(keys.allDue, ([key, value]) => {
      const { offset, dueMs } = keys.holdOfDue(key, value);
      byDue.add(offset, dueMs);
    });
    await this.#each(keys.allMoved, ([, value]) => byFirst.add(numberIn(value)));
    // Rot takes one block of the store and leaves another.
    const { waiting } = this.#mark;
    const areAllThere = byOffset.is(waiting) && byDue.is(waiting) && byFirst.is(moved);
    const isWhole = areAllThere && (await this.#remembersAllCancelled());
    if (!isWhole) await this.clear();
    return isWhole;
  }

  /** One who cancels again what was cancelled is else told that it was never there. */
  async #remembersAllCancelled(): Promise<boolean> {
    const keys = this.#keys;
    const [byFirst, byOffset] = [new Tally(), new Tally()];
    await this.#each(keys.allCancelled, ([key, value]) => {
      const { firstOffset, atOffset } = keys.cancelledOfFirst(key, value);
      byFirst.add(atOffset, firstOffset);
    });
    await this.#each(keys.allCancelledBy, ([key, value]) => {
      const { firstOffset, atOffset } = keys.cancelledOfOffset(key, value);
      byOffset.add(atOffset, firstOffset);
    });
    const { cancelled } = this.#mark;
    return byFirst.is(cancelled) && byOffset.is(cancelled);
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
    const newlyCancelled = await this.#newOf(step.cancelled);
    const [waiting, cancelled] = [new Tally(this.#mark.waiting), new Tally(this.#mark.cancelled)];
    for (const { offset, dueMs } of step.removed) waiting.remove(offset, dueMs);
    for (const { offset, dueMs } of step.added) waiting.add(offset, dueMs);
    for (const { firstOffset, atOffset } of newlyCancelled) cancelled.add(atOffset, firstOffset);
    const operations = this.#operationsOf({ ...step, cancelled: newlyCancelled });
    await this.#write(operations, { ...at, waiting, cancelled });
    for (const { offset } of step.removed) this.#told.delete(offset);
    for (const hold of step.added) if (hold.isTold === true) this.#told.set(hold.offset, hold);
    if (newlyCancelled.length > 0) await this.#forgetCancelled();
    return { added: step.added, removed: step.gone };
  }

  /** With the mark that counts them: a crash leaves both, or neither. */
  async #write(operations: readonly StoreOperation[], mark: Mark): Promise<void> {
    const put = { type: 'put', key: this.#keys.mark, value: encodeMark(mark) } as const;
    await this.#store.batch([...operations, put], { sync: false });
    this.#mark = mark;
  }

  /** Of each record the first that cancels it: it has an entry by either name, and no other one. */
  async #newOf(cancelled: readonly Cancelled[]): Promise<readonly Cancelled[]> {
    const found = new Map<Offset, Cancelled>();
    for (const one of cancelled) {
      const { firstOffset } = one;
      if (found.has(firstOffset) || (await this.isCancelled(firstOffset))) continue;
      found.set(firstOffset, one);
    }
    return [...found.values()];
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
  async #forgetCancelled(): Promise<void> {
    const keys = this.#keys;
    const cancelled = new Tally(this.#mark.cancelled);
    const limit = cancelled.count - this.#cancelledMax;
    if (limit <= 0) return;
    const oldest = await this.#store.entries({ ...keys.allCancelledBy, limit });
    const operations = oldest.flatMap(([key, value]) => {
      const { firstOffset, atOffset } = keys.cancelledOfOffset(key, value);
      cancelled.remove(atOffset, firstOffset);
      return [
        { type: 'del', key } as const,
        { type: 'del', key: keys.cancelled(firstOffset) } as const,
      ];
    });
    await this.#write(operations, { ...this.#mark, cancelled });
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
