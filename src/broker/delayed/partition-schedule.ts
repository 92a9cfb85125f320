import { OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import type { Logger } from '../../env/logger.ts';
import type { Histogram } from '../../env/meter.ts';
import type { Deadlines } from '../deadlines.ts';
import type { OnFatal } from '../guard.ts';
import type { Partition, PartitionWatcher } from '../replication/partition.ts';
import type {
  DelayChange,
  PartitionDelays,
  WaitingPage,
  WaitingPageRequest,
  WaitingRecord,
} from '../replication/partition-delays.ts';
import { notEnoughReplicas } from '../replication/produce-outcome.ts';
import type { Gathered } from './due-records.ts';
import { codecFor, gatherRecords } from './due-records.ts';
import { DueWindow } from './due-window.ts';
import type { Hold } from './held-batch.ts';
import { deliveryBatch, heldBatch } from './held-batch.ts';
import { nextChanges } from './log-changes.ts';
import type { PendingIndex } from './pending-index.ts';
import { withRepeats } from './repeats.ts';
import type { DueHold, HeldAnew } from './schedule-changes.ts';
import { ScheduleChanges } from './schedule-changes.ts';
import type { WaitingSource } from './waiting-records.ts';
import { readOne, readPage } from './waiting-records.ts';

/** The nearest that are kept in memory, for each partition that is led. */
const WINDOW_COUNT = 1024;
/** Of one delivery: what holds the event loop, and what one fetch may have to take as a whole. */
const DELIVERY_COUNT_MAX = 1000;
const DELIVERY_BYTES_MAX = 256 * 1024;
/** Delivered and not committed: beyond, the in-sync replicas are waited for. */
const IN_FLIGHT_MAX = 10_000;
/** The wall clock may be set while it is waited for: it is looked at this often. */
const SLEEP_MS_MAX = 1000;
const RETRY_MS = 500;
/** So much of the log without a record that waits, and the index is told of its progress. */
const MARK_AFTER_OFFSETS = 100_000;
/** How long a question waits for what is committed to be known. */
const KNOWN_WAIT_MS = 1000;

export interface ScheduleOptions {
  readonly partition: Partition;
  readonly index: PendingIndex;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  /** Milliseconds by which deliveries come after they were due. */
  readonly lateness: Histogram;
  readonly onFatal: OnFatal;
}

/**
 * The records of one replica that wait: keeps its index up to what is committed and, while it
 * leads, appends what is due. Taking a record out of those that wait and delivering it are one
 * batch, so whoever leads finds by the log alone which were; it begins to deliver when its index
 * has all that lay in the log before its epoch. All work is done in turns, one at a time, apart
 * from `noteDelivered`.
 */
export class PartitionSchedule implements PartitionWatcher, PartitionDelays {
  readonly #options: ScheduleOptions;
  readonly #window = new DueWindow(WINDOW_COUNT);
  readonly #waits = new Set<() => void>();
  readonly #changes: ScheduleChanges;
  /** Exclusive; what is committed below is known. -1 before the index is read. */
  #knownOffset: Offset = NONE;
  #truncationCount = 0;
  /** Exclusive: what others appended as delivered may lie below. */
  readonly #startOffset: Offset;
  #first: Hold | undefined;
  #leaderEpoch: LeaderEpoch = NONE;
  /** What waits below is held anew, exclusive. */
  #carryOffset: Offset = NONE;
  #timer: Timer | undefined;
  #isRunning = false;
  #isWoken = false;
  #isClosed = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ScheduleOptions) {
    this.#options = options;
    const { partition, index, clock } = options;
    this.#changes = new ScheduleChanges({
      partition,
      index,
      clock,
      window: this.#window,
      knownOffset: () => this.#knownOffset,
      until: (isMet, timeoutMs) => this.#until(isMet, timeoutMs),
      wake: () => this.#wake(),
      onDecided: () => this.#look(),
      holdAnew: (anew, leaderEpoch) => this.#holdAnew(anew, leaderEpoch),
    });
    partition.watch(this);
    partition.delays = this;
    this.#startOffset = partition.log.logEndOffset;
    this.#leaderEpoch = partition.isLeader ? partition.core.leaderEpoch : NONE;
    this.#wake();
  }

  /** Records that wait, by what is known. */
  get count(): number {
    return this.#options.index.count;
  }
  get knownOffset(): Offset {
    return Math.max(0, this.#knownOffset);
  }
  get toldOffset(): Offset {
    const offsets = this.#options.index.told.map(({ offset }) => offset);
    return Math.min(Number.MAX_SAFE_INTEGER, ...offsets);
  }
  get settledOffset(): Offset {
    return Math.min(this.knownOffset, this.#first?.offset ?? Number.MAX_SAFE_INTEGER);
  }

  onHighWatermark(): void {
    this.#wake();
  }

  onLeadership(partition: Partition): void {
    const leaderEpoch = partition.isLeader ? partition.core.leaderEpoch : NONE;
    if (leaderEpoch === this.#leaderEpoch) return;
    this.#leaderEpoch = leaderEpoch;
    this.#carryOffset = NONE;
    this.#window.reset();
    this.#look();
    this.#wake();
  }

  noteDelivered(offsets: readonly Offset[]): void {
    this.#window.noteInFlight(offsets);
  }

  async waitingBetween(start: Offset, end: Offset): Promise<ReadonlySet<Offset>> {
    const holds = await this.#options.index.between(start, end);
    return new Set(holds.map(({ offset }) => offset));
  }

  carryForward(endOffset: Offset): void {
    if (endOffset <= this.#carryOffset) return;
    this.#carryOffset = endOffset;
    this.#wake();
  }

  untilSettled(endOffset: Offset, timeoutMs: number): Promise<boolean> {
    this.carryForward(endOffset);
    return this.#until(() => this.settledOffset >= endOffset, timeoutMs);
  }

  async list(request: WaitingPageRequest): Promise<WaitingPage> {
    await this.#untilKnown();
    return await readPage(this.#waitingSource(), request);
  }

  async find(firstOffset: Offset): Promise<WaitingRecord | undefined> {
    await this.#untilKnown();
    return await readOne(this.#waitingSource(), firstOffset);
  }

  change(change: DelayChange, timeoutMs: number): Promise<void> {
    return this.#changes.ask(change, timeoutMs);
  }

  #waitingSource(): WaitingSource {
    const { index, partition } = this.#options;
    const knownOffset = (): Offset => this.knownOffset;
    return { index, log: partition.log, knownOffset };
  }

  /** True once it is met; false when the leadership or the time is over before. */
  #until(isMet: () => boolean, timeoutMs: number): Promise<boolean> {
    const leaderEpoch = this.#leaderEpoch;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#isOver(leaderEpoch) || isMet()) end();
      };
      const end = (): void => {
        deadline.cancel();
        this.#waits.delete(look);
        resolve(leaderEpoch === this.#leaderEpoch && isMet());
      };
      const deadline = this.#options.deadlines.add(timeoutMs, end);
      this.#waits.add(look);
      look();
    });
  }

  /** What is committed by now is known, of earlier leaders too: an answer hides nothing. */
  async #untilKnown(): Promise<void> {
    const { partition } = this.#options;
    partition.requireLeader();
    const { highWatermark } = partition;
    const isKnown = (): boolean => this.#isReady && this.#knownOffset >= highWatermark;
    if (await this.#until(isKnown, KNOWN_WAIT_MS)) return;
    partition.requireLeader();
    throw new OttlaError(
      'OFFSET_NOT_AVAILABLE',
      `${partition.describe()} does not know yet what waits in it: ask again`,
    );
  }

  /** All that lay in the log before this leadership is committed, and known. */
  get #isReady(): boolean {
    const { partition } = this.#options;
    const needed = Math.max(partition.core.epochStartOffset, this.#startOffset);
    return this.#leaderEpoch !== NONE && this.#knownOffset >= needed;
  }

  /** Resolves when it touches nothing any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    const { partition } = this.#options;
    partition.unwatch(this);
    if (partition.delays === this) partition.delays = undefined;
    this.#look();
    await this.#running;
  }

  /** As `close`; the index keeps nothing of the partition. */
  async forget(): Promise<void> {
    await this.close();
    await this.#options.index.clear();
  }

  #look(): void {
    for (const look of [...this.#waits]) look();
  }

  /** Of this leadership. */
  #isOver(leaderEpoch: LeaderEpoch): boolean {
    return this.#isClosed || leaderEpoch !== this.#leaderEpoch;
  }

  #wake(): void {
    if (this.#isClosed) return;
    this.#isWoken = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#timer?.cancel();
    this.#options.clock.defer(() => {
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    let sleepMs: number | undefined;
    try {
      while (this.#isWoken && !this.#isClosed) {
        this.#isWoken = false;
        sleepMs = await this.#turn();
      }
    } catch (error) {
      sleepMs = this.#onFailed(error);
    }
    this.#isRunning = false;
    if (this.#isClosed) return;
    if (this.#isWoken) this.#wake();
    else if (sleepMs !== undefined) {
      const { clock } = this.#options;
      this.#timer = clock.setTimer(Math.min(sleepMs, SLEEP_MS_MAX), () => this.#wake());
    }
  }

  /** How long there is nothing to do but for news; undefined: for ever. */
  async #turn(): Promise<number | undefined> {
    const { partition, clock } = this.#options;
    const isCut = partition.log.truncationCount !== this.#truncationCount;
    if (this.#knownOffset === NONE || isCut) await this.#load();
    await this.#apply();
    const leaderEpoch = this.#leaderEpoch;
    if (!this.#isReady) return undefined;
    if (partition.core.isMinIsrAbsent) {
      this.#changes.refuse(notEnoughReplicas(partition.describe(), partition.core));
      return RETRY_MS;
    }
    if (this.#window.inFlightCount < IN_FLIGHT_MAX) {
      await this.#changes.perform(leaderEpoch, () => this.#isOver(leaderEpoch));
      await this.#carry(leaderEpoch);
      await this.#holdTold(leaderEpoch);
    }
    if (this.#window.needsFill) {
      const { wantedCount } = this.#window;
      const nearest = await this.#options.index.nearest(wantedCount);
      if (leaderEpoch !== this.#leaderEpoch) return undefined;
      this.#window.fill(nearest, wantedCount);
    }
    // Its commit is the news that is waited for.
    if (this.#window.inFlightCount >= IN_FLIGHT_MAX) return undefined;
    const due = this.#window.due(clock.wallMs(), DELIVERY_COUNT_MAX);
    if (due.length > 0) {
      await this.#deliver(due, leaderEpoch);
      this.#isWoken = true;
      return undefined;
    }
    const { nextDueMs } = this.#window;
    return nextDueMs === undefined ? undefined : Math.max(0, nextDueMs - clock.wallMs());
  }

  /** An index of another history than the log's is built again. */
  async #load(): Promise<void> {
    const { index, partition, logger } = this.#options;
    const { log } = partition;
    this.#truncationCount = log.truncationCount;
    this.#window.unfill();
    const isWhole = await index.load();
    const { appliedOffset, leaderEpoch } = index;
    const isOfLog =
      appliedOffset <= log.logEndOffset &&
      (appliedOffset <= log.logStartOffset || log.epochAt(appliedOffset - 1) === leaderEpoch);
    if (!isWhole || !isOfLog) {
      logger.warn('the index of delayed records is built again from the log', {
        partition: partition.describe(),
      });
      await index.clear();
    }
    this.#knownOffset = index.appliedOffset;
    this.#first = await index.first();
  }

  /** Brings the index up to what is committed. */
  async #apply(): Promise<void> {
    const { index, partition } = this.#options;
    const { log } = partition;
    while (!this.#isClosed && this.#knownOffset < partition.highWatermark) {
      const start = Math.max(this.#knownOffset, log.logStartOffset);
      if (start > this.#knownOffset) await this.#passOver(start);
      const step = await nextChanges(log, start, partition.highWatermark);
      const { changes, endOffset, leaderEpoch } = step;
      if (leaderEpoch === undefined) break;
      const isMarkDue = endOffset - index.appliedOffset >= MARK_AFTER_OFFSETS;
      if (changes.length > 0 || isMarkDue) {
        const applied = await index.apply(changes, { appliedOffset: endOffset, leaderEpoch });
        // In this order: what repeats is in both.
        for (const offset of applied.removed) this.#window.remove(offset);
        for (const hold of applied.added) this.#window.add(hold);
        // Before the offset that says so: what is below neither may go.
        this.#first = await index.first();
      }
      this.#knownOffset = endOffset;
      this.#look();
    }
  }

  /**
   * The log begins later than what is known of it: nothing that waits lies before that, because a
   * leader holds anew what does before it lets go of it.
   */
  async #passOver(startOffset: Offset): Promise<void> {
    const { index } = this.#options;
    const { leaderEpoch } = index;
    for (;;) {
      const passed = await index.between(0, startOffset, WINDOW_COUNT);
      if (passed.length === 0) break;
      const changes = passed.map(({ offset }) => ({ kind: 'gone', offset }) as const);
      await index.apply(changes, { appliedOffset: index.appliedOffset, leaderEpoch });
      for (const { offset } of passed) this.#window.remove(offset);
    }
    this.#first = await index.first();
    this.#knownOffset = startOffset;
  }

  /**
   * One ordinary batch of what is due, which takes it out of what waits by the same append, or
   * tells when it is due next: no tick is delivered without the next one being known. A crash
   * before it is committed leaves it to the next leader: who cuts the batch off has the records
   * still waiting, who has it has them delivered.
   */
  async #deliver(holds: readonly Hold[], leaderEpoch: LeaderEpoch): Promise<void> {
    const { partition, clock, lateness } = this.#options;
    const gathered = await this.#gather(holds);
    const codec = await codecFor(partition.log.config.compressionType, gathered.codec);
    if (this.#isOver(leaderEpoch) || gathered.due.length === 0) return;
    const nowMs = clock.wallMs();
    const due = withRepeats(gathered.due, nowMs);
    partition.appendOwn(deliveryBatch(due, nowMs, { codec }));
    this.#window.noteInFlight(due.map(({ hold }) => hold.offset));
    // The clock may have been set back since they were looked up.
    for (const { hold } of due) lateness.observe(Math.max(0, nowMs - hold.dueMs));
    for (const { firstOffset, unreadable } of due) {
      if (unreadable !== undefined) this.#warnOfEnd(firstOffset, unreadable);
    }
  }

  #warnOfEnd(offset: Offset, reason: string): void {
    const { logger, partition } = this.#options;
    logger.warn('a schedule cannot be read here and has ended: send its record again', {
      partition: partition.describe(),
      offset,
      reason,
    });
  }

  /**
   * Holds anew, at the end of the log, what waits in the part of it that is to go: one batch takes
   * the old ones out of what waits and the new ones in. That part may go once it is committed.
   */
  async #carry(leaderEpoch: LeaderEpoch): Promise<void> {
    const { index } = this.#options;
    if (this.#carryOffset === NONE || this.settledOffset >= this.#carryOffset) return;
    const found = await index.between(0, this.#carryOffset, this.#window.wantedCount);
    const holds = found.filter(({ offset }) => !this.#window.isInFlight(offset));
    if (holds.length === 0) return;
    const anew = holds.slice(0, DELIVERY_COUNT_MAX).map((hold) => ({ hold, dueMs: hold.dueMs }));
    if ((await this.#holdAnew(anew, leaderEpoch)) !== undefined) this.#isWoken = true;
  }

  /**
   * Holds anew what repeats, with its new due time: until then its last delivery alone tells that,
   * which compaction has to spare. A crash before it is committed leaves it as it was.
   */
  async #holdTold(leaderEpoch: LeaderEpoch): Promise<void> {
    const holds = this.#options.index.told.filter(({ offset }) => !this.#window.isInFlight(offset));
    if (holds.length === 0) return;
    const anew = holds.slice(0, DELIVERY_COUNT_MAX).map((hold) => ({ hold, dueMs: hold.dueMs }));
    if ((await this.#holdAnew(anew, leaderEpoch)) !== undefined) this.#isWoken = true;
  }

  /**
   * One held batch at the end of the log, of as many as it takes, in the place of those held until
   * then; undefined where nothing was appended.
   */
  async #holdAnew(
    anew: readonly DueHold[],
    leaderEpoch: LeaderEpoch,
  ): Promise<HeldAnew | undefined> {
    const { partition } = this.#options;
    const dues = new Map(anew.map(({ hold, dueMs }) => [hold, dueMs]));
    const gathered = await this.#gather([...dues.keys()]);
    const codec = await codecFor(partition.log.config.compressionType, gathered.codec);
    if (this.#isOver(leaderEpoch) || gathered.due.length === 0) return undefined;
    const records = gathered.due.map(({ record, firstOffset, hold }) => ({
      record,
      dueMs: dues.get(hold) ?? hold.dueMs,
      replaces: hold.offset,
      firstOffset,
    }));
    const { endOffset } = partition.appendOwn(heldBatch(records, { codec }));
    const holds = gathered.due.map(({ hold }) => hold);
    this.#window.noteInFlight(holds.map(({ offset }) => offset));
    return { holds: new Set(holds), endOffset };
  }

  async #gather(holds: readonly Hold[]): Promise<Gathered> {
    const { index, logger, partition } = this.#options;
    const { log } = partition;
    const { maxMessageBytes, segmentBytes } = log.config;
    const maxBytes = Math.min(DELIVERY_BYTES_MAX, maxMessageBytes, segmentBytes);
    const gathered = await gatherRecords(log, holds, { endOffset: this.#knownOffset, maxBytes });
    const { lost } = gathered;
    if (lost.length === 0) return gathered;
    // After an unclean election, or where a log began anew without them: nobody has them.
    logger.error('delayed records are no longer in the log, and are not delivered', {
      partition: partition.describe(),
      offsets: lost.slice(0, 10).join(' '),
      count: lost.length,
    });
    const changes = lost.map((offset) => ({ kind: 'gone', offset }) as const);
    const { appliedOffset, leaderEpoch } = index;
    await index.apply(changes, { appliedOffset, leaderEpoch });
    for (const offset of lost) this.#window.remove(offset);
    this.#first = await index.first();
    return gathered;
  }

  /** A full disk, a cut, a lost leadership pass; what does not is told. Never lost: it waits. */
  #onFailed(error: unknown): number | undefined {
    const { logger, partition, onFatal } = this.#options;
    if (this.#isClosed) return undefined;
    if (!(error instanceof OttlaError)) {
      onFatal(error as Error);
      return undefined;
    }
    if (error.code === 'CORRUPT_STORE') partition.onReadFailed(error);
    // For good: what cannot be read is not looked at again.
    if (partition.isOffline) return undefined;
    if (!PASSING.has(error.code)) {
      const reason = error.message;
      logger.warn('delayed records could not be looked at', {
        partition: partition.describe(),
        reason,
      });
    }
    return RETRY_MS;
  }
}

const PASSING: ReadonlySet<string> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'OFFSET_OUT_OF_RANGE',
  'CLOSED',
]);
