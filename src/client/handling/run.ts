import { must } from '../../base/assert.ts';
import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import { onAbort } from '../../env/abort.ts';
import { murmur2 } from '../../record/murmur2.ts';
import type { DecodedRecord } from '../../record/record.ts';
import type { ClientContext } from '../context.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { Delivery } from '../reader/record-source.ts';
import { backoffMs } from '../timing.ts';
import { decodeFinished } from './finished-text.ts';
import { Context, HeldPartition } from './held-partition.ts';
import type { PartitionWork, WorkItem } from './partition-work.ts';
import type { FailureVerdict, RunSettings } from './run-options.ts';
import type { Progress, Work } from './work.ts';
import { WorkCore } from './work-core.ts';

export interface RunDeps {
  readonly context: ClientContext;
  /** Where the partition goes on, and what above it is finished already; undefined: not known. */
  readonly resumeOf: (cursor: PartitionCursor) => Progress | undefined;
  /** What is known of it is true no more: calls `drop`. */
  readonly forget: (cursor: PartitionCursor) => void;
  /** There may be room for more, or no more is wanted: the deliveries look again. */
  readonly tell: () => void;
}

type Item<K, V> = WorkItem<ReaderRecord<K, V>>;

/**
 * Hands the records of a consumer to handlers side by side: `WorkCore` with handlers and timers.
 * It tells what is finished, and what it is told of partitions that come and go is `Work`.
 */
export class Run<K, V> implements Work {
  readonly #deps: RunDeps;
  readonly #settings: RunSettings<K, V>;
  readonly #core: WorkCore<ReaderRecord<K, V>>;
  readonly #held = new Map<PartitionCursor, HeldPartition<K, V>>();
  readonly #heldBy = new Map<PartitionWork<ReaderRecord<K, V>>, HeldPartition<K, V>>();
  readonly #abort = new AbortController();
  readonly #forgetSignal: () => void;
  #idleWaiters: Array<() => void> = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(deps: RunDeps, settings: RunSettings<K, V>) {
    this.#deps = deps;
    this.#settings = settings;
    this.#core = new WorkCore(settings);
    const { signal } = settings;
    if (signal?.aborted === true) this.#abort.abort();
    this.#forgetSignal = onAbort(signal, () => this.#end());
  }

  /** Fires when no more is to be delivered. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly hasRoom = (cursor: PartitionCursor): boolean => {
    const held = this.#held.get(cursor);
    return held === undefined || this.#core.hasRoom(held.work);
  };

  /** Resolves when no more is delivered and what was begun is finished, or had time enough. */
  async through(deliveries: AsyncIterable<Delivery<K, V>>): Promise<void> {
    try {
      for await (const delivery of deliveries) {
        this.#take(delivery);
        // It ends with the next step: what comes before is handled first.
        if (delivery.stop !== undefined) await this.#untilFinished(delivery.cursor);
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#forgetSignal();
    await this.release([...this.#held.keys()]);
  }

  /** What ended it, unless that was its caller. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  progressOf(cursor: PartitionCursor): Progress | undefined {
    return this.#held.get(cursor)?.work.progress;
  }

  async release(cursors: readonly PartitionCursor[]): Promise<void> {
    const ending = cursors.flatMap((cursor) => this.#held.get(cursor) ?? []);
    for (const held of ending) held.stop();
    await this.#untilIdle(ending);
    for (const held of ending) held.abortHandlers();
  }

  drop(cursor: PartitionCursor): void {
    const held = this.#held.get(cursor);
    if (held === undefined) return;
    this.#held.delete(cursor);
    this.#heldBy.delete(held.work);
    this.#core.close(held.work);
    held.isDropped = true;
    held.stop();
    held.abortHandlers();
    this.#tellIdle();
  }

  wake(): void {
    for (let item = this.#core.start(); item !== undefined; item = this.#core.start()) {
      const held = must(this.#heldBy.get(item.partition), 'what is begun is held');
      void this.#handle(held, item);
    }
  }

  #take({ cursor, generation, batch, stop, stored }: Delivery<K, V>): void {
    const { position } = cursor;
    if (cursor.generation !== generation || position === undefined) return;
    // It was on its way when the run was ended: whoever goes on is given it again.
    if (this.signal.aborted) {
      cursor.refetch();
      return;
    }
    const nextOffset = stop?.offset ?? batch.nextOffset;
    cursor.advance(nextOffset);
    this.#forgetIfBehind(cursor, position);
    const held = this.#held.get(cursor) ?? this.#open(cursor, position);
    let at = 0;
    for (const record of batch.records) {
      while ((stored[at]?.offset ?? record.offset) < record.offset) at += 1;
      const raw = stored[at];
      const sizeBytes = (raw?.key?.length ?? 0) + (raw?.value?.length ?? 0);
      held.work.take({ record, offset: record.offset, sizeBytes, lane: this.#laneOf(raw) });
    }
    held.work.takeUpTo(nextOffset);
    held.nextOffset = nextOffset;
    this.wake();
  }

  /**
   * The log ends below of where it was read already, where a leader without its newest records was
   * elected: what is known of these offsets is true no more.
   */
  #forgetIfBehind(cursor: PartitionCursor, position: Offset): void {
    const held = this.#held.get(cursor);
    const reached = held?.nextOffset ?? this.#deps.resumeOf(cursor)?.nextOffset ?? 0;
    if (position < reached) this.#deps.forget(cursor);
  }

  #open(cursor: PartitionCursor, position: Offset): HeldPartition<K, V> {
    const { nextOffset: floor, finished } = this.#deps.resumeOf(cursor) ?? NOTHING;
    const known = decodeFinished(floor, finished);
    if (known === undefined) {
      const { topic, partition } = cursor;
      const text = 'what is finished above the committed offset is not told in a known form';
      this.#deps.context.logger.warn(text, { topic, partition, finished });
    }
    const work = this.#core.open({ start: position, known: known ?? [], gate: cursor });
    const held = new HeldPartition<K, V>(cursor, work, position);
    this.#held.set(cursor, held);
    this.#heldBy.set(work, held);
    return held;
  }

  /** Keys that hash alike share a lane: they wait for each other, and keep their order. */
  #laneOf(raw: DecodedRecord | undefined): number | undefined {
    const { order } = this.#settings;
    if (order === 'partition') return 0;
    const key = raw?.key ?? null;
    return order === 'none' || key === null ? undefined : murmur2(key);
  }

  /** Never rejects. */
  async #handle(held: HeldPartition<K, V>, item: Item<K, V>): Promise<void> {
    const context = new Context(item.attempts);
    held.contexts.add(context);
    const verdict = await this.#verdictOn(held, item, context);
    held.contexts.delete(context);
    if (verdict === 'finished') this.#core.finish(item);
    else {
      this.#core.hold(item);
      if (verdict === 'retry') this.#retryLater(held, item);
    }
    if (held.isIdle) this.#tellIdle();
    this.wake();
    this.#deps.tell();
  }

  async #verdictOn(
    held: HeldPartition<K, V>,
    { record, attempts: attempt }: Item<K, V>,
    context: Context,
  ): Promise<'finished' | 'retry' | 'stop'> {
    const { handler, onFailure } = this.#settings;
    try {
      await handler(record, context);
      return 'finished';
    } catch (error) {
      // Whoever has the partition now handles it again: nothing that happens here counts.
      if (held.isDropped) return 'stop';
      try {
        return this.#act(await onFailure({ record, error, attempt }), error);
      } catch (problem) {
        return this.#fail(problem);
      }
    }
  }

  #act(verdict: FailureVerdict, error: unknown): 'finished' | 'retry' | 'stop' {
    switch (verdict) {
      case 'skip':
        return 'finished';
      case 'retry':
        return 'retry';
      case 'stop':
        return this.#fail(error);
      default: {
        const text = `onFailure returned ${String(verdict)}: it is to return retry, skip or stop`;
        throw new OttlaError('CONFIG', text, { cause: error });
      }
    }
  }

  /** Ends the run; what else is under way may finish. */
  #fail(error: unknown): 'stop' {
    this.#failure ??= { error };
    for (const held of this.#held.values()) held.stop();
    this.#end();
    return 'stop';
  }

  /** No more is taken in. */
  #end(): void {
    this.#abort.abort();
    this.#tellIdle();
    this.#deps.tell();
  }

  #retryLater(held: HeldPartition<K, V>, item: Item<K, V>): void {
    if (held.isDropped || this.signal.aborted) return;
    const { clock, random } = this.#deps.context;
    const delayMs = backoffMs(item.attempts - 1, this.#settings.retryBackoff, random);
    const retry = clock.setTimer(delayMs, () => {
      held.retries.delete(retry);
      held.work.release(item);
      this.wake();
    });
    held.retries.add(retry);
  }

  async #untilFinished(cursor: PartitionCursor): Promise<void> {
    const isOpen = (): boolean => (this.#held.get(cursor)?.work.openCount ?? 0) > 0;
    while (isOpen() && !this.signal.aborted) await this.#untilTold();
  }

  async #untilIdle(ending: ReadonlyArray<HeldPartition<K, V>>): Promise<void> {
    const isIdle = (): boolean => ending.every((held) => held.isIdle);
    if (isIdle()) return;
    let isLate = false;
    const timer = this.#deps.context.clock.setTimer(this.#settings.drainTimeoutMs, () => {
      isLate = true;
      this.#tellIdle();
    });
    while (!isIdle() && !isLate) await this.#untilTold();
    timer.cancel();
  }

  #untilTold(): Promise<void> {
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #tellIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const tell of waiters) tell();
  }
}

const NOTHING: Progress = { nextOffset: 0, finished: '' };
