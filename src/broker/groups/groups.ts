import type { ErrorCode } from '../../base/errors.ts';
import type { NodeId, PartitionId } from '../../base/ids.ts';
import type {
  CommitRequest,
  CommittedOffset,
  GroupReply,
  GroupState,
  HandlerTimes,
  HeartbeatRequest,
  JoinRequest,
  LeaveRequest,
  SyncRequest,
  TopicPartitionName,
} from './types.ts';

/** A request without the number that the coordinator gives it. */
type Unnumbered<Request> = Omit<Request, 'requestId'>;
type ReplyOf<Kind extends GroupReply['kind']> = Extract<GroupReply, { kind: Kind }>;

/** A dynamic member that has no id yet gets one from the coordinator. */
export type JoinAsk = Omit<JoinRequest, 'requestId' | 'proposedMemberId'>;
export type SyncAsk = Unnumbered<SyncRequest>;
export type HeartbeatAsk = Unnumbered<HeartbeatRequest>;
export type LeaveAsk = Unnumbered<LeaveRequest>;
export type CommitAsk = Unnumbered<CommitRequest>;

export type JoinReply = ReplyOf<'join'>;
export type SyncReply = ReplyOf<'sync'>;
export type LeaveReply = ReplyOf<'leave'>;
export type OffsetsReply = ReplyOf<'commit' | 'deleteOffsets'>;

/** Where the coordinator of a group is. */
export interface CoordinatorPlace {
  /**
   * NONE, COORDINATOR_NOT_AVAILABLE (retriable), INVALID_REPLICATION_FACTOR where there are fewer
   * brokers than `__consumer_offsets` shall have replicas.
   */
  readonly code: ErrorCode;
  /** Why there is none, for a person; '' where there is one. */
  readonly message: string;
  /** NONE (-1) with an error. */
  readonly brokerId: NodeId;
  /** Of `__consumer_offsets`; NONE (-1) while that is not there. */
  readonly partition: PartitionId;
}

export interface FetchedOffset extends TopicPartitionName {
  /** Undefined: nothing was committed. */
  readonly committed: CommittedOffset | undefined;
}

export interface FetchedOffsets {
  /** Of the whole group: NONE, NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS. */
  readonly code: ErrorCode;
  readonly offsets: readonly FetchedOffset[];
}

export interface ListedGroup {
  readonly groupId: string;
  /** '' where no member ever joined. */
  readonly protocolType: string;
  readonly state: GroupState;
}

export interface ListedGroups {
  /**
   * The list is short with COORDINATOR_LOAD_IN_PROGRESS, where some are not known yet, and with
   * COORDINATOR_NOT_AVAILABLE, where some cannot be read.
   */
  readonly code: ErrorCode;
  readonly groups: readonly ListedGroup[];
}

export interface DescribedMember {
  readonly memberId: string;
  readonly instanceId: string | undefined;
  readonly clientId: string;
  readonly clientHost: string;
  /** Both are empty unless the group is stable. */
  readonly metadata: Uint8Array;
  readonly assignment: Uint8Array;
  readonly handlerTimes: HandlerTimes | undefined;
}

export interface DescribedGroup {
  /** NONE, NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS. */
  readonly code: ErrorCode;
  readonly groupId: string;
  /** `dead` where there is no such group. */
  readonly state: GroupState;
  readonly protocolType: string;
  /** 0 before the first. */
  readonly generation: number;
  /** The assignment's protocol; '' unless the group is stable. */
  readonly protocol: string;
  /** Member id of the leader; '' where there is none. */
  readonly leader: string;
  readonly members: readonly DescribedMember[];
}

/**
 * The groups that this broker coordinates, for every door that clients come by. A group's
 * coordinator is the broker that leads its partition of `__consumer_offsets`; any other answers
 * NOT_COORDINATOR, and COORDINATOR_LOAD_IN_PROGRESS while it reads that partition: look for the
 * coordinator anew, or ask it again soon. Codes are Kafka's; nothing is thrown but bugs.
 *
 * What is answered with NONE by `sync`, `commit`, `deleteGroup` and `deleteOffsets` is committed:
 * on the disks of the in-sync replicas. `join` and `sync` may wait for other members, for as long
 * as the rebalance timeout. Bytes of requests are kept and must not change; bytes of answers are
 * the group's own.
 */
export interface Groups {
  /** Of any group, here or elsewhere. At first use `__consumer_offsets` is made and waited for. */
  findCoordinator(groupId: string): Promise<CoordinatorPlace>;

  /** Answered when the members have gathered, or refused at once. */
  join(groupId: string, request: JoinAsk): Promise<JoinReply>;

  /** Answered when the leader's assignment is stored. While loading: REBALANCE_IN_PROGRESS. */
  sync(groupId: string, request: SyncAsk): Promise<SyncReply>;

  /**
   * While loading: NONE, for the session begins anew after it. `waitMs`: with nothing but NONE to
   * tell it is answered so long after, at most 10 s, or as soon as the member has to join again;
   * its session counts from the request.
   */
  heartbeat(groupId: string, request: HeartbeatAsk, waitMs?: number): Promise<ErrorCode>;

  /** One code for all, and one a member. */
  leave(groupId: string, request: LeaveAsk): Promise<LeaveReply>;

  /**
   * One code a partition. Of topics that are not known UNKNOWN_TOPIC_OR_PARTITION; a generation of
   * a group that is not known is GROUP_ID_NOT_FOUND.
   */
  commit(groupId: string, request: CommitAsk): Promise<OffsetsReply>;

  /**
   * Of the partitions, in their order; undefined: all that was committed. No older than what was
   * committed before the call. NOT_COORDINATOR also where that cannot be made sure of now.
   */
  fetchOffsets(
    groupId: string,
    partitions: readonly TopicPartitionName[] | undefined,
  ): Promise<FetchedOffsets>;

  /** Those that this broker coordinates: ask all brokers for all groups. */
  listGroups(): ListedGroups;

  describeGroup(groupId: string): DescribedGroup;

  /** NON_EMPTY_GROUP where it has members, GROUP_ID_NOT_FOUND. */
  deleteGroup(groupId: string): Promise<ErrorCode>;

  /** GROUP_SUBSCRIBED_TO_TOPIC where a member wants the topic, GROUP_ID_NOT_FOUND. */
  deleteOffsets(groupId: string, partitions: readonly TopicPartitionName[]): Promise<OffsetsReply>;
}
