import type { OttlaError } from '../../base/errors.ts';
import type { NodeId, Offset, PartitionId } from '../../base/ids.ts';
import type { BacklogLimits } from '../backlog/backlog-core.ts';
import type { Lane } from '../group/sharing/member-data.ts';
import type { HandlerTimesTold } from '../handling/handler-times.ts';

export interface GroupTopicPartition {
  readonly topic: string;
  readonly partition: PartitionId;
}

/** `Empty`: no members; what it has committed is there. The rebalances last for a moment. */
export type GroupStateName = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

export interface GroupListing {
  readonly groupId: string;
  readonly state: GroupStateName;
  /** `consumer`, ...; '' where nobody ever joined it. */
  readonly protocolType: string;
  /** Members with one of these labels are on standby; in ascending order. */
  readonly standbyLabels: readonly string[];
}

/** When members of a group's overflow lane get partitions, by its backlog in all partitions. */
export type OverflowLimits = BacklogLimits;

/** Which members of a group get partitions. */
export interface GroupSharing {
  /** Members with one of these labels are on standby; in ascending order. */
  readonly standbyLabels: readonly string[];
  /** Undefined: those of the overflow lane get none while there are others. */
  readonly overflow: OverflowLimits | undefined;
}

/** A broker that could not tell of all the groups that it coordinates. */
export interface GroupListFailure {
  readonly brokerId: NodeId;
  readonly error: OttlaError;
}

export interface GroupList {
  /** By name. */
  readonly groups: readonly GroupListing[];
  /** Empty: the list is whole. */
  readonly failures: readonly GroupListFailure[];
}

export interface GroupMemberDescription {
  readonly memberId: string;
  /** Of a static member. */
  readonly instanceId: string | undefined;
  readonly clientId: string;
  readonly host: string;
  /** Undefined where it has none, is no SDK's, or the group rebalances; then `lane` is `main`. */
  readonly label: string | undefined;
  readonly lane: Lane;
  /** By its label; it has partitions all the same where there is nobody to take them. */
  readonly isOnStandby: boolean;
  /** It is an SDK's: a leader that gives away no partition behind a fence. */
  readonly keepsFences: boolean;
  /** Of about the last minute, as it says; undefined: it is no SDK's, or handed out nothing. */
  readonly handlerTimes: HandlerTimesTold | undefined;
  /** What it has; nothing while the group rebalances, or where it is one too many. */
  readonly partitions: readonly GroupTopicPartition[];
}

export interface GroupDescription extends GroupListing, GroupSharing {
  readonly coordinatorId: NodeId;
  /** Counts the gatherings of its members; 0 before the first. */
  readonly generation: number;
  /** Name of the assignor in force; '' unless the group is stable. */
  readonly assignor: string;
  readonly members: readonly GroupMemberDescription[];
}

/** Where a group goes on in a partition, and how much is before it. */
export interface GroupOffset extends GroupTopicPartition {
  /** Offset of the next record to be handled. */
  readonly nextOffset: Offset;
  /** The consumer's own words. */
  readonly metadata: string;
  readonly committedAtMs: number;
}

export interface GroupLag extends GroupTopicPartition {
  /** Undefined: the group has committed nothing of it. */
  readonly nextOffset: Offset | undefined;
  /** Of what can be read (exclusive). */
  readonly endOffset: Offset;
  /**
   * Offsets from there to the end, all of the log where nothing was committed. Those whose records
   * compaction took count still, as in Kafka; those that `run` finished above the first open one
   * too.
   */
  readonly lagCount: number;
  /**
   * How long ago the first record that waits was written: by its timestamp, which is its
   * producer's clock or, with `message.timestamp.type=LogAppendTime`, its broker's, and by its
   * leader's clock now. 0 where none waits, and for a timestamp in the future; undefined where the
   * record has none.
   */
  readonly lagMs: number | undefined;
  /** Who has it now. */
  readonly memberId: string | undefined;
}

/** Where to. `shift`: so many records on, back where negative, within what the log has. */
export type OffsetTarget =
  | 'earliest'
  | 'latest'
  | { readonly offset: Offset }
  /** The first record at or after this moment; the end where there is none. */
  | { readonly timestampMs: number }
  | { readonly shift: number };

export interface OffsetReset {
  /** All their partitions; default: of all topics that the group has committed something of. */
  readonly topics?: readonly string[];
  /** Instead of `topics`. */
  readonly partitions?: readonly GroupTopicPartition[];
  readonly to: OffsetTarget;
  /** Only says what it would do. */
  readonly dryRun?: boolean;
}

export interface OffsetMove extends GroupTopicPartition {
  /** Undefined: nothing was committed. */
  readonly from: Offset | undefined;
  readonly to: Offset;
}
