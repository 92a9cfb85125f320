import { must } from '../../base/assert.ts';
import { Parking } from '../parking/parking.ts';
import { backoffMs, pause } from '../timing.ts';
import type { RecordEnd } from './batch-core.ts';
import { decideEnds } from './batch-core.ts';
import type { BatchSettings } from './batch-options.ts';
import { failedAt } from './handed.ts';
import type { HeldPartition } from './held-partition.ts';
import { Context } from './held-partition.ts';
import type { Mark } from './marked-batch.ts';
import { MarkedBatch } from './marked-batch.ts';
import type { Item, RecordWorkDeps } from './record-work.ts';
import { RecordWork } from './record-work.ts';

interface Judged<K, V> {
  readonly item: Item<K, V>;
  readonly mark: Mark;
}

/** Hands records to handlers in batches, one of each partition at a time. */
export class BatchRun<K, V> extends RecordWork<K, V> {
  readonly #settings: BatchSettings<K, V>;
  readonly #parking: Parking | undefined;

  constructor(deps: RecordWorkDeps, settings: BatchSettings<K, V>) {
    super(deps, settings);
    this.#settings = settings;
    const { context, groupId } = deps;
    const { park, retryBackoff: backoff } = settings;
    const { sender } = this;
    if (park !== undefined)
      this.#parking = new Parking({ context, groupId, sender, park, backoff });
  }

  override wake(): void {
    const { maxRecords, maxBytes, maxWaitMs } = this.#settings;
    const nowMs = this.deps.context.clock.monotonicMs();
    const isDue = ({ record, partition }: Item<K, V>): boolean =>
      record.takenAtMs + maxWaitMs <= nowMs || !this.core.hasRoom(partition);
    for (;;) {
      this.leaveOut();
      const items = this.core.startBatch({ maxRecords, maxBytes, isDue });
      const [first] = items;
      if (first === undefined) break;
      void this.#handle(this.heldOf(first), new Set(items));
    }
    for (const held of this.held.values()) this.#wakeWhenDue(held, nowMs);
  }

  /** All of a partition is in its batch or waits for it. */
  protected override laneOf(): undefined {
    return undefined;
  }

  #wakeWhenDue(held: HeldPartition<K, V>, nowMs: number): void {
    const { first, runningCount } = held.work;
    if (first === undefined || runningCount > 0 || held.dueTimer !== undefined) return;
    const delayMs = first.record.takenAtMs + this.#settings.maxWaitMs - nowMs;
    // It is due, and waits for something else, whose end wakes it.
    if (delayMs <= 0 || held.stopSignal.aborted) return;
    held.dueTimer = this.deps.context.clock.setTimer(delayMs, () => {
      held.dueTimer = undefined;
      this.wake();
    });
  }

  /** Never rejects. `open`: what of the batch is not finished. */
  async #handle(held: HeldPartition<K, V>, open: Set<Item<K, V>>): Promise<void> {
    try {
      while (open.size > 0 && !held.isDropped) {
        await this.#attempt(held, open);
        if (open.size > 0) await this.#pause(held, open);
      }
    } catch (problem) {
      // Where no more was to be begun, whoever goes on meets it again.
      if (!held.stopSignal.aborted) this.fail(problem);
    }
    for (const item of open) item.partition.hold(item);
    this.core.endBatch();
    if (held.isIdle) this.tellIdle();
    this.wake();
    this.deps.tell();
  }

  async #attempt(held: HeldPartition<K, V>, open: Set<Item<K, V>>): Promise<void> {
    for (const item of open) {
      if (!this.skips(item)) continue;
      open.delete(item);
      item.partition.finish(item);
    }
    if (open.size === 0) return;
    const items = [...open];
    for (const item of items) item.attempts += 1;
    const context = new Context(
      must(items[0], 'a batch has records').attempts,
      this.deps.generation(),
    );
    const batch = new MarkedBatch(items.map(({ record }) => record.record));
    held.contexts.add(context);
    try {
      await this.#call(batch, context);
      // Whoever has the partition now handles it again: nothing that happens here counts.
      if (held.isDropped) return;
      const judged = items.map((item) => ({ item, mark: batch.markOf(item.record.record) }));
      // It was told that it is of no use to go on: what failed then was not given its chance.
      if (context.isAborted && judged.some(({ mark }) => mark.outcome !== 'done')) return;
      await this.#settle(judged, open, context.signal);
    } finally {
      held.contexts.delete(context);
    }
  }

  async #call(batch: MarkedBatch<K, V>, context: Context): Promise<void> {
    try {
      await this.timed(batch.records.length, () => this.#settings.handler(batch, context));
      batch.end();
    } catch (error) {
      batch.end({ error });
    }
  }

  /**
   * A record leaves `open`, and counts as finished, only behind what must be durable before: its
   * dead letter or its place among the parked ones.
   */
  async #settle(
    judged: ReadonlyArray<Judged<K, V>>,
    open: Set<Item<K, V>>,
    signal: AbortSignal,
  ): Promise<void> {
    const { partial, failure } = this.#settings;
    const records = judged.map(({ item, mark }) => {
      if (mark.outcome === 'retry') item.record.failures += 1;
      const { attempts, record } = item;
      return { outcome: mark.outcome, attempts, failures: record.failures };
    });
    const ends = decideEnds(partial, records, failure.attempts);
    const ended = (end: RecordEnd): Array<Judged<K, V>> =>
      judged.filter((_, at) => ends[at] === end);
    const finish = ({ item }: Judged<K, V>): void => {
      open.delete(item);
      item.partition.finish(item);
    };
    if (partial === 'park') for (const each of ended('done')) finish(each);
    const parked = ended('parked');
    if (parked.length > 0) {
      await this.#parking?.put(
        parked.map((each) => this.#failed(each)),
        signal,
      );
      for (const each of parked) finish(each);
    }
    for (const [at, each] of judged.slice(0, ends.length).entries()) {
      if (!open.has(each.item)) continue;
      if (ends[at] === 'dead' && !(await this.#dispose(each, signal))) return;
      if (partial !== 'whole') finish(each);
    }
    if (partial === 'whole' && ends.length > 0) for (const each of judged) finish(each);
  }

  /** False: the run ends with the error. */
  async #dispose(each: Judged<K, V>, signal: AbortSignal): Promise<boolean> {
    if (await this.lastResort.dispose(this.#failed(each), signal)) return true;
    this.fail(each.mark.error);
    return false;
  }

  #failed({ item, mark }: Judged<K, V>): ReturnType<typeof failedAt> {
    const nowMs = this.deps.context.clock.wallMs();
    return failedAt(item.record, { attempts: item.attempts, error: mark.error, nowMs });
  }

  /** Rejects when the partition is to go. */
  async #pause(held: HeldPartition<K, V>, open: ReadonlySet<Item<K, V>>): Promise<void> {
    const { clock, random } = this.deps.context;
    const [first] = open;
    const attempt = must(first, 'something is open').attempts - 1;
    const delayMs = backoffMs(attempt, this.#settings.retryBackoff, random);
    await pause(clock, delayMs, held.stopSignal);
  }
}
