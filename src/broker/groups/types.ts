import type { ErrorCode } from '../../base/errors.ts';
import type { LeaderEpoch, Offset, PartitionId } from '../../base/ids.ts';

/**
 * What goes into a group's core and what comes out. `GroupCore` tells what each event does; here
 * are the shapes.
 */

export type GroupState = 'empty' | 'preparingRebalance' | 'completingRebalance' | 'stable' | 'dead';

/** One way of assigning that a member can take part in; the core never looks into the metadata. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** Who a request says it is from. */
export interface MemberIdentity {
  /** '': not given yet. */
  readonly memberId: string;
  /** Of a static member (KIP-345): outlives its process. */
  readonly instanceId?: string | undefined;
}

/** A member in one generation. */
export interface GenerationIdentity extends MemberIdentity {
  readonly generation: number;
}

/** The shell's number for a request; it is answered exactly once, by a `reply` effect. */
export interface Asked {
  readonly requestId: number;
}

export interface JoinRequest extends Asked, MemberIdentity {
  /** Taken where the group gives an id: `clientId` or instance id, a dash, random. */
  readonly proposedMemberId: string;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** `consumer`, `connect`, ... */
  readonly protocolType: string;
  /** Most wanted first. */
  readonly protocols: readonly MemberProtocol[];
  /** A dynamic member is first told its id and joins with that (KIP-394; JoinGroup 4 and up). */
  readonly needsKnownMemberId: boolean;
  /** A returning static leader may be told to leave the assignment alone (KIP-814; 9 and up). */
  readonly canSkipAssignment: boolean;
}

export interface SyncRequest extends Asked, GenerationIdentity {
  readonly protocolType?: string | undefined;
  readonly protocol?: string | undefined;
  /** From the leader: by member id. Others send none. */
  readonly assignments: ReadonlyMap<string, Uint8Array>;
}

/** How long a member's handlers took of late, as it says itself. */
export interface HandlerTimes {
  readonly callCount: number;
  readonly recordCount: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface HeartbeatRequest extends Asked, GenerationIdentity {
  readonly handlerTimes?: HandlerTimes | undefined;
}

export interface LeaveRequest extends Asked {
  /** One without a member id names a static member by its instance id (an administrator's way). */
  readonly members: readonly MemberIdentity[];
}

/** What a group has committed of one partition. */
export interface CommittedOffset {
  readonly offset: Offset;
  /** NONE: the consumer did not tell. */
  readonly leaderEpoch: LeaderEpoch;
  /** The consumer's own words. */
  readonly metadata: string;
  /** Since 1970, UTC. */
  readonly committedAtMs: number;
  /** The consumer's own moment of expiry (OffsetCommit 2 to 4); else the cluster's rule holds. */
  readonly expiresAtMs?: number | undefined;
}

export interface TopicPartitionName {
  readonly topic: string;
  readonly partition: PartitionId;
}

export interface OffsetCommit extends TopicPartitionName {
  readonly offset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly metadata: string;
  readonly expiresAtMs?: number | undefined;
}

export interface CommitRequest extends Asked, GenerationIdentity {
  readonly offsets: readonly OffsetCommit[];
}

export interface DeleteOffsetsRequest extends Asked {
  readonly partitions: readonly TopicPartitionName[];
}

export interface JoinedMember {
  readonly memberId: string;
  readonly instanceId: string | undefined;
  /** For the chosen protocol. */
  readonly metadata: Uint8Array;
}

export interface MemberOutcome {
  readonly memberId: string;
  readonly instanceId: string | undefined;
  readonly code: ErrorCode;
}

export interface PartitionOutcome extends TopicPartitionName {
  readonly code: ErrorCode;
}

export type GroupReply =
  | {
      readonly kind: 'join';
      readonly code: ErrorCode;
      readonly memberId: string;
      /** NONE with an error. */
      readonly generation: number;
      readonly protocolType: string | undefined;
      readonly protocol: string | undefined;
      /** Member id. */
      readonly leader: string;
      /** For the leader alone. */
      readonly members: readonly JoinedMember[];
      readonly skipAssignment: boolean;
    }
  | {
      readonly kind: 'sync';
      readonly code: ErrorCode;
      readonly protocolType: string | undefined;
      readonly protocol: string | undefined;
      /** Empty where the leader gave none: nothing is invented. */
      readonly assignment: Uint8Array;
    }
  | { readonly kind: 'heartbeat' | 'deleteGroup'; readonly code: ErrorCode }
  | {
      readonly kind: 'leave';
      readonly code: ErrorCode;
      readonly members: readonly MemberOutcome[];
    }
  | {
      readonly kind: 'commit' | 'deleteOffsets';
      readonly code: ErrorCode;
      readonly partitions: readonly PartitionOutcome[];
    };

/** `join`: of the join phase. `sync`: of those who got a generation. `member:id`: of a session. */
export type TimerKey = 'join' | 'sync' | `member:${string}`;

/** A group as it is stored: enough for another broker to go on in the same generation. */
export interface GroupSnapshot {
  /** '' where no member ever joined. */
  readonly protocolType: string;
  readonly generation: number;
  readonly protocol: string | undefined;
  readonly leader: string | undefined;
  /** Since 1970, UTC: when the group came into its state. */
  readonly stateSinceMs: number;
  readonly members: readonly MemberSnapshot[];
}

export interface MemberSnapshot {
  readonly memberId: string;
  readonly instanceId: string | undefined;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  /** Metadata for the protocol in force. */
  readonly subscription: Uint8Array;
  readonly assignment: Uint8Array;
}

/** What is stored of a group; an undefined value deletes what was stored under the key. */
export type GroupRecord =
  | { readonly kind: 'group'; readonly value: GroupSnapshot | undefined }
  | ({ readonly kind: 'offset'; readonly value: CommittedOffset | undefined } & TopicPartitionName);

export type GroupEffect =
  | { readonly kind: 'reply'; readonly requestId: number; readonly reply: GroupReply }
  /** Replaces a timer of the same key; when it is over `onTimer` is called with the key. */
  | { readonly kind: 'setTimer'; readonly key: TimerKey; readonly delayMs: number }
  | { readonly kind: 'cancelTimer'; readonly key: TimerKey }
  /**
   * One batch for the group's partition of `__consumer_offsets`, with acks=all. `onWritten` is
   * called with its outcome; outcomes come in the order of these effects.
   */
  | { readonly kind: 'write'; readonly writeId: number; readonly records: readonly GroupRecord[] };

export interface GroupConfig {
  /** `group.initial.rebalance.delay.ms`: an empty group waits that long for company. */
  readonly initialRebalanceDelayMs: number;
  /** `group.min.session.timeout.ms`, inclusive. */
  readonly minSessionTimeoutMs: number;
  /** `group.max.session.timeout.ms`, inclusive. */
  readonly maxSessionTimeoutMs: number;
  /** `group.max.size`, members. */
  readonly maxMemberCount: number;
  /** `offset.metadata.max.bytes`, of one partition. */
  readonly maxOffsetMetadataBytes: number;
}
