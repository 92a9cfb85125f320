import type { Offset } from '../../base/ids.ts';

/** What the records that wait in a log mean to those who take records out of it. */
export interface PartitionDelays {
  /** Exclusive: below, no record waits, by what is known and committed. */
  readonly settledOffset: Offset;
  /** Exclusive: who waits and who does not is known up to here. */
  readonly knownOffset: Offset;
  /** Those that wait from one offset (inclusive) to another (exclusive). */
  waitingBetween(start: Offset, end: Offset): Promise<ReadonlySet<Offset>>;
  /** Asks the leader to hold anew, at the end of the log, what waits below. */
  carryForward(endOffset: Offset): void;
  /** Resolves true once nothing waits below, false when the leadership or the time is over. */
  untilSettled(endOffset: Offset, timeoutMs: number): Promise<boolean>;
  /** These were just appended as delivered by this leader. */
  noteDelivered(offsets: readonly Offset[]): void;
}
