import type { PartitionId } from '../../base/ids.ts';
import type { HandlerTimesTold } from '../handling/handler-times.ts';

/** One partition that a group reads, as two looks found it. */
export interface PartitionPace {
  readonly topic: string;
  readonly partition: PartitionId;
  /** Appended, and committed, between the looks. */
  readonly arrivedCount: number;
  readonly consumedCount: number;
  /** At the second look; the first one's is told by what came and went. */
  readonly lagCount: number;
  readonly lagMs: number | undefined;
  readonly memberId: string | undefined;
}

export interface HotKey {
  readonly topic: string;
  readonly key: Uint8Array;
  /** Of the sampled records, from 0 to 1. */
  readonly share: number;
}

/** What was measured of a group. */
export interface GroupMeasurement {
  readonly windowMs: number;
  readonly partitions: readonly PartitionPace[];
  readonly memberCount: number;
  /** In force; '' unless the group is stable. */
  readonly assignor: string;
  /** Of those without partitions: on standby, and of the overflow lane. */
  readonly standbyMemberCount: number;
  readonly overflowMemberCount: number;
  /** As its members report them; those without are no SDK's, or handed out nothing of late. */
  readonly handlerTimes: readonly HandlerTimesTold[];
  /** The most frequent key in a sample of the newest records. */
  readonly hottest: HotKey | undefined;
}

export interface DiagnosisOptions {
  /** In what time the backlog shall be gone. */
  readonly drainWithinMs: number;
  /**
   * All records are to be handled one after the other, in the order of the log; so they are where
   * the assignor is `single-active`, said or not.
   */
  readonly isTotalOrder: boolean;
}

export type RemedyName =
  | 'consumers'
  | 'partitions'
  | 'handler'
  | 'degrade'
  | 'dedicate'
  | 'batch'
  | 'concurrency'
  | 'aggregateBatch'
  | 'aggregateConcurrency';

/** One of the nine ways out of a backlog. */
export interface Remedy {
  readonly name: RemedyName;
  readonly applies: boolean;
  /** What to set it to, and why; or why it is of no use here. One line. */
  readonly advice: string;
  /** Estimated, once it is done; undefined: not by it alone, or it does not apply. */
  readonly drainMs: number | undefined;
}

/**
 * `noBacklog`: nothing waits for long. `noMembers`: nobody reads. `stalled`: there are members, and
 * nothing was committed in the window. `drains`: the backlog is gone in time as it is.
 * `tooSlow`: it is not.
 */
export type Verdict = 'noBacklog' | 'noMembers' | 'stalled' | 'drains' | 'tooSlow';

export interface Skew {
  readonly topic: string;
  readonly partition: PartitionId;
  /** Of all that arrived, from 0 to 1, and what it would be were all alike. */
  readonly share: number;
  readonly evenShare: number;
}

export interface Diagnosis {
  readonly verdict: Verdict;
  readonly isTotalOrder: boolean;
  readonly lagCount: number;
  readonly maxLagMs: number | undefined;
  readonly arrivalPerSecond: number;
  readonly consumptionPerSecond: number;
  /** What would have to be consumed for the backlog to be gone in time. */
  readonly neededPerSecond: number;
  /** As it is; undefined: never. */
  readonly drainMs: number | undefined;
  /** Members that have a partition. */
  readonly busyMemberCount: number;
  /** Members without: for want of partitions, and those on standby and in the overflow lane. */
  readonly idleMemberCount: number;
  readonly standbyMemberCount: number;
  readonly overflowMemberCount: number;
  readonly partitionCount: number;
  /** Of the partition that most came to, where that is far more than its part. */
  readonly skew: Skew | undefined;
  /** Half of the calls, by the members' own halves, and the slowest member's p99. */
  readonly handler: HandlerTimesTold | undefined;
  /** Where it is so frequent that it bounds what more hands can do. */
  readonly hotKey: HotKey | undefined;
  readonly remedies: readonly Remedy[];
}
