import { OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { Partition } from '../replication/partition.ts';
import type { DelayChange } from '../replication/partition-delays.ts';
import type { JudgedChange } from './asked-changes.ts';
import { AskedChange, judgeChanges } from './asked-changes.ts';
import type { DueWindow } from './due-window.ts';
import type { Hold } from './held-batch.ts';
import { cancelBatch } from './held-batch.ts';
import type { PendingIndex } from './pending-index.ts';

/** Of one turn: what holds the event loop. */
const CHANGES_MAX = 1000;

/** A record that waits, and when it is to be due from now on. */
export interface DueHold {
  readonly hold: Hold;
  readonly dueMs: number;
}

/** What was appended in the place of what was held until then. */
export interface HeldAnew {
  readonly holds: ReadonlySet<Hold>;
  /** Exclusive. */
  readonly endOffset: Offset;
}

/** What changes need of the schedule. */
export interface ChangesHost {
  readonly partition: Partition;
  readonly index: PendingIndex;
  readonly clock: Clock;
  readonly window: DueWindow;
  /** Exclusive: who waits and who does not is known up to here, by what is committed. */
  readonly knownOffset: () => Offset;
  /** True once it is met; false when the leadership or the time is over before. */
  until(isMet: () => boolean, timeoutMs: number): Promise<boolean>;
  /** Asks for a turn. */
  wake(): void;
  /** Waits are to be looked at. */
  onDecided(): void;
  /** As many as one batch takes; undefined where nothing was appended. */
  holdAnew(anew: readonly DueHold[], leaderEpoch: LeaderEpoch): Promise<HeldAnew | undefined>;
}

/** Cancels and reschedules records that wait in a partition, as its leader. */
export class ScheduleChanges {
  readonly #host: ChangesHost;
  readonly #asked = new Set<AskedChange>();

  constructor(host: ChangesHost) {
    this.#host = host;
  }

  /** See `PartitionDelays.change`. */
  async ask(change: DelayChange, timeoutMs: number): Promise<void> {
    const { partition, knownOffset, until, wake } = this.#host;
    partition.requireLeader();
    const asked = new AskedChange(change);
    this.#asked.add(asked);
    wake();
    const isOver = (): boolean => asked.error !== undefined || knownOffset() >= asked.endOffset;
    const isMet = await until(isOver, timeoutMs);
    this.#asked.delete(asked);
    if (asked.error !== undefined) throw asked.error;
    if (isMet) return;
    partition.requireLeader();
    throw new OttlaError(
      partition.core.isMinIsrAbsent ? 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' : 'REQUEST_TIMED_OUT',
      `a delayed record of ${partition.describe()} is not changed after ${timeoutMs} ms, and may be yet: ask again`,
    );
  }

  /**
   * In a turn of the schedule: appends what was asked for. A cancellation is a record of its own, a
   * new moment a held form in the place of the old one. From the append on this leader does not
   * deliver the old form. A crash before it is committed leaves the record waiting, as it did or as
   * was asked: nobody was answered.
   */
  async perform(leaderEpoch: LeaderEpoch, isOver: () => boolean): Promise<void> {
    const open = [...this.#asked].filter(({ isOpen }) => isOpen).slice(0, CHANGES_MAX);
    if (open.length === 0) return;
    const { index, partition, window, onDecided } = this.#host;
    const isInFlight = (offset: Offset): boolean => window.isInFlight(offset);
    try {
      const judge = { index, isInFlight, name: partition.describe() };
      const { cancelled, rescheduled } = await judgeChanges(open, judge);
      if (isOver()) return;
      this.#cancel(cancelled);
      await this.#reschedule(rescheduled, leaderEpoch);
      onDecided();
    } catch (error) {
      // It was held anew as it was read, and is found there in the next turn.
      const isPassing = error instanceof OttlaError && error.code === 'OFFSET_OUT_OF_RANGE';
      if (error instanceof OttlaError && !isPassing) this.refuse(error);
      throw error;
    }
  }

  /** All that are not in the log yet. */
  refuse(error: OttlaError): void {
    for (const asked of this.#asked) if (asked.isOpen) asked.error = error;
    this.#host.onDecided();
  }

  #cancel(cancelled: readonly JudgedChange[]): void {
    if (cancelled.length === 0) return;
    const { partition, clock, window } = this.#host;
    const firstOffsets = cancelled.map(({ hold }) => hold.firstOffset);
    const { endOffset } = partition.appendOwn(cancelBatch(firstOffsets, clock.wallMs()));
    window.noteInFlight(cancelled.map(({ hold }) => hold.offset));
    for (const { asked } of cancelled) asked.endOffset = endOffset;
  }

  async #reschedule(rescheduled: readonly JudgedChange[], leaderEpoch: LeaderEpoch): Promise<void> {
    if (rescheduled.length === 0) return;
    const { holdAnew, wake } = this.#host;
    const anew = rescheduled.map(({ hold, asked }) => ({
      hold,
      dueMs: asked.change.dueMs ?? hold.dueMs,
    }));
    const held = await holdAnew(anew, leaderEpoch);
    for (const { asked, hold } of rescheduled) {
      if (held?.holds.has(hold) === true) asked.endOffset = held.endOffset;
    }
    // Those that did not fit, and those that the log no longer has.
    if (rescheduled.some(({ asked }) => asked.isOpen)) wake();
  }
}
