import { OttlaError } from '../../base/errors.ts';
import { murmur2 } from '../../record/murmur2.ts';
import type { DecodedRecord } from '../../record/record.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { Delivery } from '../reader/record-source.ts';
import { Retries } from '../retry/retries.ts';
import { backoffMs } from '../timing.ts';
import type { Handed } from './handed.ts';
import { failedAt } from './handed.ts';
import type { HeldPartition } from './held-partition.ts';
import { Context } from './held-partition.ts';
import type { Item, RecordWorkDeps } from './record-work.ts';
import { RecordWork } from './record-work.ts';
import type { FailureVerdict, RunSettings } from './run-options.ts';

/** `retry`: after a pause, in its place; `later`: the same, for it was not called. */
type Verdict = 'finished' | 'retry' | 'later' | 'stop';

/** How long one that may not be handled yet waits before it is asked again. */
const LATER_MS = 200;

/** Hands records to handlers side by side, one each: `WorkCore` with handlers and timers. */
export class Run<K, V> extends RecordWork<K, V> {
  readonly #settings: RunSettings<K, V>;
  readonly #retries: Retries<K, V> | undefined;

  constructor(deps: RecordWorkDeps, settings: RunSettings<K, V>, topic = '') {
    super(deps, settings);
    this.#settings = settings;
    const { context, groupId, positionOf, tell } = deps;
    const { sender } = this;
    const laneOf = (stored: Pick<DecodedRecord, 'key'>) => this.laneOf(stored);
    if (settings.retry === undefined) return;
    const shared = { context, groupId, positionOf, tell, sender, laneOf };
    this.#retries = new Retries({ ...shared, topic, settings: settings.retry });
  }

  override wake(): void {
    for (let item = this.#next(); item !== undefined; item = this.#next()) {
      void this.#handle(this.heldOf(item), item);
    }
  }

  #next(): Item<K, V> | undefined {
    this.leaveOut();
    return this.core.start();
  }

  protected override onLeftOut(handed: Handed<K, V>): void {
    this.#retries?.onEnded(handed);
  }

  /** Keys that hash alike share a lane: they wait for each other, and keep their order. */
  protected override laneOf({ key }: Pick<DecodedRecord, 'key'>): number | undefined {
    const { order } = this.#settings;
    if (order === 'partition') return 0;
    return order === 'none' || key === null ? undefined : murmur2(key);
  }

  protected override mayTake(cursor: PartitionCursor): boolean {
    return this.#retries?.mayTake(cursor) !== false;
  }

  protected override received(cursor: PartitionCursor, handed: Handed<K, V>): Handed<K, V> {
    return this.#retries?.received(cursor, handed) ?? super.received(cursor, handed);
  }

  protected override onTaken(cursor: PartitionCursor, handed: Handed<K, V>): void {
    this.#retries?.onTaken(cursor, handed);
  }

  override drop(cursor: PartitionCursor): void {
    super.drop(cursor);
    this.#retries?.drop(cursor);
  }

  override async through(deliveries: AsyncIterable<Delivery<K, V>>): Promise<void> {
    await super.through(deliveries);
    this.#retries?.close();
  }

  /** Never rejects. */
  async #handle(held: HeldPartition<K, V>, item: Item<K, V>): Promise<void> {
    const context = new Context(item.record.attemptsBefore + item.attempts, this.deps.generation());
    held.contexts.add(context);
    const verdict = await this.#verdictOn(held, item, context);
    held.contexts.delete(context);
    if (verdict === 'finished') {
      this.core.finish(item);
      this.#retries?.onEnded(item.record);
    } else {
      this.core.hold(item);
      if (verdict === 'later') item.attempts -= 1;
      if (verdict !== 'stop') this.#retryLater(held, item, verdict);
    }
    if (held.isIdle) this.tellIdle();
    this.wake();
    this.deps.tell();
  }

  async #verdictOn(
    held: HeldPartition<K, V>,
    item: Item<K, V>,
    context: Context,
  ): Promise<Verdict> {
    try {
      const turn = this.#retries === undefined ? 'handle' : await this.#turnOf(item, context);
      return turn === 'handle' ? await this.#call(held, item, context) : turn;
    } catch (problem) {
      return held.isDropped || context.isAborted ? 'stop' : this.fail(problem);
    }
  }

  async #turnOf(item: Item<K, V>, { signal }: Context): Promise<'handle' | Verdict> {
    const call = { attempts: item.attempts - 1, signal };
    const { cursor } = this.heldOf(item);
    return (await this.#retries?.decide(item.record, cursor, call)) ?? 'handle';
  }

  async #call(held: HeldPartition<K, V>, item: Item<K, V>, context: Context): Promise<Verdict> {
    try {
      await this.timed(1, () => this.#settings.handler(item.record.record, context));
      return 'finished';
    } catch (error) {
      // Whoever has the partition next handles it again: that it failed here does not count, least
      // of all where it did as its signal told it to.
      if (held.isDropped || context.isAborted) return 'stop';
      return await this.#onFailed(item, error, context);
    }
  }

  async #onFailed(item: Item<K, V>, error: unknown, context: Context): Promise<Verdict> {
    const { decide, failure, retry } = this.#settings;
    const { attempt, signal } = context;
    const { record: handed, attempts } = item;
    const { record } = handed;
    const nowMs = this.deps.context.clock.wallMs();
    const failed = failedAt(handed, { attempts, error, nowMs });
    if (decide !== undefined) return this.#act(await decide({ record, error, attempt }), error);
    if (attempt < failure.attempts) {
      if (this.#retries === undefined || attempt < (retry?.after ?? 1)) return 'retry';
      const to = { partition: this.heldOf(item).cursor.partition, signal };
      const isSent = await this.#retries.retryLater(handed, failed, to);
      return isSent ? 'finished' : 'retry';
    }
    const isFinished = await this.lastResort.dispose(failed, signal);
    return isFinished ? 'finished' : this.fail(error);
  }

  #act(verdict: FailureVerdict, error: unknown): Verdict {
    switch (verdict) {
      case 'skip':
        return 'finished';
      case 'retry':
        return 'retry';
      case 'stop':
        return this.fail(error);
      default: {
        const text = `onFailure returned ${String(verdict)}: it is to return retry, skip or stop`;
        throw new OttlaError('CONFIG', text, { cause: error });
      }
    }
  }

  #retryLater(held: HeldPartition<K, V>, item: Item<K, V>, why: 'retry' | 'later'): void {
    if (held.isDropped || this.signal.aborted) return;
    const { clock, random } = this.deps.context;
    const { retryBackoff } = this.#settings;
    const delayMs = why === 'later' ? LATER_MS : backoffMs(item.attempts - 1, retryBackoff, random);
    const retry = clock.setTimer(delayMs, () => {
      held.retries.delete(retry);
      held.work.release(item);
      this.wake();
    });
    held.retries.add(retry);
  }
}
