import type { Offset } from '../../base/ids.ts';
import type { EncodableRecord } from '../../record/record.ts';

/** A record that waits, by the name that others know it by. */
export interface WaitingRecord {
  readonly firstOffset: Offset;
  /** Milliseconds since 1970. */
  readonly dueMs: number;
  /** As its producer sent it. */
  readonly record: EncodableRecord;
}

/** A place in the order of delivery: by when they are due, then by where they are held now. */
export interface WaitingPlace {
  readonly dueMs: number;
  readonly offset: Offset;
}

export interface WaitingPageRequest {
  readonly from: WaitingPlace;
  readonly maxCount: number;
  /** Of what is read for it; the first record is given whatever its size. */
  readonly maxBytes: number;
}

export interface WaitingPage {
  readonly records: readonly WaitingRecord[];
  /** Where the next page begins; undefined: nothing waits behind this one. */
  readonly next: WaitingPlace | undefined;
}

/** What is to become of a record that waits. */
export interface DelayChange {
  readonly firstOffset: Offset;
  /** Milliseconds since 1970; undefined: it is never delivered. */
  readonly dueMs: number | undefined;
}

/** What the records that wait mean to those who take records out of the log, or ask for them. */
export interface PartitionDelays {
  /** Exclusive: below, no record waits, by what is known and committed. */
  readonly settledOffset: Offset;
  /** Exclusive: who waits and who does not is known up to here. */
  readonly knownOffset: Offset;
  /** Exclusive: behind it lie deliveries that alone tell when records are due next. */
  readonly toldOffset: Offset;
  /** Those that wait from one offset (inclusive) to another (exclusive). */
  waitingBetween(start: Offset, end: Offset): Promise<ReadonlySet<Offset>>;
  /** Asks the leader to hold anew, at the end of the log, what waits below. */
  carryForward(endOffset: Offset): void;
  /** Resolves true once nothing waits below, false when the leadership or the time is over. */
  untilSettled(endOffset: Offset, timeoutMs: number): Promise<boolean>;
  /** These were just appended as delivered by this leader. */
  noteDelivered(offsets: readonly Offset[]): void;
  /**
   * Leader: what waits, by all that is committed when it is asked. Errors: NOT_LEADER_OR_FOLLOWER,
   * OFFSET_NOT_AVAILABLE (not known yet), those of reading.
   */
  list(request: WaitingPageRequest): Promise<WaitingPage>;
  /** As `list`, of one; undefined: it does not wait. */
  find(firstOffset: Offset): Promise<WaitingRecord | undefined>;
  /**
   * Leader: resolves once the change is committed, or was before. Errors: RESOURCE_NOT_FOUND (it
   * does not wait, and this was not what ended that), NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS,
   * REQUEST_TIMED_OUT or NOT_ENOUGH_REPLICAS_AFTER_APPEND (it may come true yet).
   */
  change(change: DelayChange, timeoutMs: number): Promise<void>;
}
