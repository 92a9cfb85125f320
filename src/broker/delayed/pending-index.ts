import type { LeaderEpoch, Offset, PartitionId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { KeyRange, KeyValueStore, StoreOperation } from '../../env/key-value-store.ts';
import type { Change, Hold } from './held-batch.ts';
import type { Mark } from './index-keys.ts';
import { decodeMark, encodeMark, IndexKeys, numbersOf, sumOf } from './index-keys.ts';

const PAGE_COUNT = 1024;
const SUM_LIMIT = 2 ** 32;

const EMPTY: Mark = { appliedOffset: 0, leaderEpoch: NONE, count: 0, sum: 0 };

/** What a step of the log did to the records that wait. */
export interface Applied {
  readonly added: readonly Hold[];
  readonly removed: readonly Offset[];
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

  /** Reads where it stands; false: it is not whole and was emptied. */
  async load(): Promise<boolean> {
    this.#mark = decodeMark(await this.#store.get(this.#keys.mark)) ?? EMPTY;
    const keys = this.#keys;
    const byOffset = (key: Uint8Array, value: Uint8Array): Hold => keys.holdOfOffset(key, value);
    const byDue = (key: Uint8Array, value: Uint8Array): Hold => keys.holdOfDue(key, value);
    // Rot takes one block of the store and leaves another.
    const isWhole =
      (await this.#isAsMarked(keys.between(0), byOffset)) &&
      (await this.#isAsMarked(keys.allDue, byDue));
    if (!isWhole) await this.clear();
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
    const added = new Map<Offset, Hold>();
    const removed = new Map<Offset, Hold>();
    const gone: Offset[] = [];
    for (const change of changes) {
      if (change.kind === 'hold') added.set(change.hold.offset, change.hold);
      const offset = change.kind === 'hold' ? change.replaces : change.offset;
      if (offset === NONE) continue;
      gone.push(offset);
      if (added.delete(offset)) continue;
      const hold = await this.#get(offset);
      if (hold !== undefined) removed.set(offset, hold);
    }
    let { count, sum } = this.#mark;
    const operations: StoreOperation[] = [];
    for (const hold of removed.values()) {
      operations.push({ type: 'del', key: this.#keys.due(hold) });
      operations.push({ type: 'del', key: this.#keys.offset(hold.offset) });
      count -= 1;
      sum -= sumOf(hold);
    }
    for (const hold of added.values()) {
      const { offset, dueMs, firstOffset } = hold;
      const value = numbersOf(firstOffset);
      operations.push({ type: 'put', key: this.#keys.due(hold), value });
      const whole = numbersOf(dueMs, firstOffset);
      operations.push({ type: 'put', key: this.#keys.offset(offset), value: whole });
      count += 1;
      sum += sumOf(hold);
    }
    sum = ((sum % SUM_LIMIT) + SUM_LIMIT) % SUM_LIMIT;
    const mark = { ...at, count, sum };
    operations.push({ type: 'put', key: this.#keys.mark, value: encodeMark(mark) });
    await this.#store.batch(operations, { sync: false });
    this.#mark = mark;
    return { added: [...added.values()], removed: gone };
  }

  /** Those that are due first, in order. */
  async nearest(maxCount: number): Promise<readonly Hold[]> {
    const found = await this.#store.entries({ ...this.#keys.allDue, limit: maxCount });
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
    for (const range of [this.#keys.allDue, this.#keys.between(0)]) {
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

  /** The entries of this range, one for each that waits, are those that the mark counted. */
  async #isAsMarked(
    range: Required<Pick<KeyRange, 'start' | 'end'>>,
    holdOf: (key: Uint8Array, value: Uint8Array) => Hold,
  ): Promise<boolean> {
    let [count, sum] = [0, 0];
    for await (const page of this.#pages(range)) {
      count += page.length;
      for (const [key, value] of page) sum = (sum + sumOf(holdOf(key, value))) % SUM_LIMIT;
    }
    return count === this.#mark.count && sum === this.#mark.sum;
  }

  async *#pages(
    range: Required<Pick<KeyRange, 'start' | 'end'>>,
  ): AsyncGenerator<Awaited<ReturnType<KeyValueStore['entries']>>, void> {
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
