import { must } from '../../base/assert.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import { onAbort } from '../../env/abort.ts';
import type { DecodedRecord } from '../../record/record.ts';
import type { ClientContext } from '../context.ts';
import type { DegradeSwitch } from '../degrade/degrade-switch.ts';
import { LastResort } from '../failure/last-resort.ts';
import { SureSender } from '../failure/sure-sender.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { Delivery } from '../reader/record-source.ts';
import { decodeFinished } from './finished-text.ts';
import type { Handed } from './handed.ts';
import { handedAt, unparked } from './handed.ts';
import type { HandlerTimes } from './handler-times.ts';
import { HeldPartition } from './held-partition.ts';
import type { NewPart, PartitionWork, WorkItem } from './partition-work.ts';
import { splitAggregate } from './split-aggregate.ts';
import type { Progress, Work } from './work.ts';
import { WorkCore } from './work-core.ts';
import type { RecordWorkSettings } from './work-options.ts';

export interface RecordWorkDeps {
  readonly context: ClientContext;
  readonly groupId: string;
  /** The one that the member is in. */
  readonly generation: () => number;
  readonly degrade: Pick<DegradeSwitch, 'isPaused' | 'isSkipping' | 'skips'>;
  readonly times: HandlerTimes;
  /** Where the partition goes on, and what above it is finished already; undefined: not known. */
  readonly resumeOf: (cursor: PartitionCursor) => Progress | undefined;
  /** Where the partition is taken in up to; undefined: not known, or not this member's. */
  readonly positionOf: (topic: string, partition: PartitionId) => Offset | undefined;
  /** What is known of it is true no more: calls `drop`. */
  readonly forget: (cursor: PartitionCursor) => void;
  /** There may be room for more, or no more is wanted: the deliveries look again. */
  readonly tell: () => void;
}

export type Item<K, V> = WorkItem<Handed<K, V>>;

/**
 * Takes in the records of a consumer, and tells what of them is finished; how they are handed to
 * handlers is up to who extends it. What it is told of partitions that come and go is `Work`.
 */
export abstract class RecordWork<K, V> implements Work {
  protected readonly deps: RecordWorkDeps;
  protected readonly core: WorkCore<Handed<K, V>>;
  protected readonly held = new Map<PartitionCursor, HeldPartition<K, V>>();
  protected readonly sender: SureSender;
  protected readonly lastResort: LastResort;
  readonly #settings: RecordWorkSettings;
  readonly #heldBy = new Map<PartitionWork<Handed<K, V>>, HeldPartition<K, V>>();
  readonly #abort = new AbortController();
  readonly #forgetSignal: () => void;
  #idleWaiters: Array<() => void> = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(deps: RecordWorkDeps, settings: RecordWorkSettings) {
    this.deps = deps;
    this.#settings = settings;
    this.core = new WorkCore(settings);
    const { context, groupId } = deps;
    const { signal, failure } = settings;
    this.sender = new SureSender(context);
    this.lastResort = new LastResort({ context, sender: this.sender, groupId, settings: failure });
    if (signal?.aborted === true) this.#abort.abort();
    this.#forgetSignal = onAbort(signal, () => this.#end());
  }

  /** Begins what may begin now. */
  abstract wake(): void;

  /** Records of one lane are handed out one after the other; undefined: it is in none. */
  protected abstract laneOf(stored: Pick<DecodedRecord, 'key'>): number | undefined;

  /** Whether records of it may be taken in, where there is room; `tell` has it asked again. */
  protected mayTake(_cursor: PartitionCursor): boolean {
    return true;
  }

  /** A record as the handler is to see it. */
  protected received(_cursor: PartitionCursor, handed: Handed<K, V>): Handed<K, V> {
    return this.#settings.isUnparking ? unparked(handed) : handed;
  }

  /** It was `received`, and is not finished: it is to be handled. */
  protected onTaken(_cursor: PartitionCursor, _handed: Handed<K, V>): void {}

  /** It is finished, and no handler has had it. */
  protected onLeftOut(_handed: Handed<K, V>): void {}

  /**
   * Finishes what is to be left out, as soon as its turn comes among those of its partition: of
   * what is far behind there is too much for it to take turns with what is handled.
   */
  protected leaveOut(): void {
    if (!this.deps.degrade.isSkipping) return;
    for (const { work } of this.held.values()) {
      const leftOut = work.finishWhile((item) => this.skips(item));
      if (leftOut.length === 0) continue;
      for (const { record } of leftOut) this.onLeftOut(record);
      this.tellIdle();
      this.deps.tell();
    }
  }

  /** Fires when no more is to be delivered. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly hasRoom = (cursor: PartitionCursor): boolean => {
    const held = this.held.get(cursor);
    return this.mayTake(cursor) && (held === undefined || this.core.hasRoom(held.work));
  };

  /** A call of the handler; how long it takes is told to the group, whichever way it ends. */
  protected async timed(recordCount: number, call: () => Promise<void> | void): Promise<void> {
    const { context, times } = this.deps;
    const startMs = context.clock.monotonicMs();
    try {
      await call();
    } finally {
      const nowMs = context.clock.monotonicMs();
      times.note(nowMs - startMs, recordCount, nowMs);
    }
  }

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
    await this.release([...this.held.keys()]);
    await this.sender.close();
  }

  /** What ended it, unless that was its caller. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  progressOf(cursor: PartitionCursor): Progress | undefined {
    return this.held.get(cursor)?.work.progress;
  }

  async release(cursors: readonly PartitionCursor[]): Promise<void> {
    const ending = cursors.flatMap((cursor) => this.held.get(cursor) ?? []);
    for (const held of ending) held.stop();
    await this.#untilIdle(ending);
    for (const held of ending) held.abortHandlers();
  }

  drop(cursor: PartitionCursor): void {
    const held = this.held.get(cursor);
    if (held === undefined) return;
    this.held.delete(cursor);
    this.#heldBy.delete(held.work);
    this.core.close(held.work);
    held.isDropped = true;
    held.stop();
    held.abortHandlers();
    this.tellIdle();
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
    const held = this.held.get(cursor) ?? this.#open(cursor, position);
    const takenAtMs = this.deps.context.clock.monotonicMs();
    let at = 0;
    for (const record of batch.records) {
      while ((stored[at]?.offset ?? record.offset) < record.offset) at += 1;
      const raw = must(stored[at], 'what is handed out was stored');
      const handed = handedAt(record, raw, takenAtMs);
      if (this.#settings.isSplitting) {
        const parts = splitAggregate(handed).map((part) => this.#newPart(part, part.stored));
        held.work.takeParts(record.offset, parts);
      } else {
        const part = this.#newPart(this.received(cursor, handed), raw);
        const isNew = held.work.take({ ...part, offset: record.offset });
        // What was finished before is handed to nobody: nothing would tell its end.
        if (isNew) this.onTaken(cursor, part.record);
      }
    }
    held.work.takeUpTo(nextOffset);
    held.nextOffset = nextOffset;
    this.wake();
  }

  #newPart(record: Handed<K, V>, raw: DecodedRecord): NewPart<Handed<K, V>> {
    const sizeBytes = (raw.key?.length ?? 0) + (raw.value?.length ?? 0);
    return { record, sizeBytes, lane: this.laneOf(raw) };
  }

  /**
   * The log ends below of where it was read already, where a leader without its newest records was
   * elected: what is known of these offsets is true no more.
   */
  #forgetIfBehind(cursor: PartitionCursor, position: Offset): void {
    const held = this.held.get(cursor);
    const reached = held?.nextOffset ?? this.deps.resumeOf(cursor)?.nextOffset ?? 0;
    if (position < reached) this.deps.forget(cursor);
  }

  #open(cursor: PartitionCursor, position: Offset): HeldPartition<K, V> {
    const { nextOffset: floor, finished } = this.deps.resumeOf(cursor) ?? NOTHING;
    const known = decodeFinished(floor, finished);
    if (known === undefined) {
      const { topic, partition } = cursor;
      const text = 'what is finished above the committed offset is not told in a known form';
      this.deps.context.logger.warn(text, { topic, partition, finished });
    }
    const { degrade } = this.deps;
    const gate = {
      get isPaused() {
        return cursor.isPaused || degrade.isPaused;
      },
    };
    const work = this.core.open({ start: position, known: known ?? [], gate });
    const held = new HeldPartition<K, V>(cursor, work, position);
    this.held.set(cursor, held);
    this.#heldBy.set(work, held);
    return held;
  }

  /** Whether it counts as finished without a handler; what was put aside is old by nature. */
  protected skips({ record: { record, trail } }: Item<K, V>): boolean {
    if (this.#settings.isUnparking || trail !== undefined) return false;
    return this.deps.degrade.skips(record);
  }

  protected heldOf({ partition }: Item<K, V>): HeldPartition<K, V> {
    return must(this.#heldBy.get(partition), 'what is begun is held');
  }

  /** Ends the run; what else is under way may finish. */
  protected fail(error: unknown): 'stop' {
    this.#failure ??= { error };
    for (const held of this.held.values()) held.stop();
    this.#end();
    return 'stop';
  }

  /** No more is taken in. */
  #end(): void {
    this.#abort.abort();
    this.tellIdle();
    this.deps.tell();
  }

  async #untilFinished(cursor: PartitionCursor): Promise<void> {
    const isOpen = (): boolean => (this.held.get(cursor)?.work.openCount ?? 0) > 0;
    while (isOpen() && !this.signal.aborted) await this.#untilTold();
  }

  async #untilIdle(ending: ReadonlyArray<HeldPartition<K, V>>): Promise<void> {
    const isIdle = (): boolean => ending.every((held) => held.isIdle);
    if (isIdle()) return;
    let isLate = false;
    const timer = this.deps.context.clock.setTimer(this.#settings.drainTimeoutMs, () => {
      isLate = true;
      this.tellIdle();
    });
    while (!isIdle() && !isLate) await this.#untilTold();
    timer.cancel();
  }

  #untilTold(): Promise<void> {
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  protected tellIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const tell of waiters) tell();
  }
}

const NOTHING: Progress = { nextOffset: 0, finished: '' };
