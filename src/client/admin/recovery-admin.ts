import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, NodeId, Offset, PartitionId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type {
  ElectLeadersResponse,
  PartitionRecovery as PartitionAnswer,
  RecoveryReplica as ReplicaAnswer,
} from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { namedCall } from './named-call.ts';

export interface RecoveryReplica {
  readonly brokerId: NodeId;
  /** Its broker is in service and its data not damaged: it may be made leader. */
  readonly isInService: boolean;
  /** Undefined: its broker did not answer. */
  readonly log: RecoveryLog | undefined;
}

export interface RecoveryLog {
  /** Leader epoch of the newest record; -1: none. */
  readonly lastEpoch: LeaderEpoch;
  /** Inclusive. */
  readonly startOffset: Offset;
  /** Exclusive. */
  readonly endOffset: Offset;
  /** Exclusive: all below is on its disk. */
  readonly flushedOffset: Offset;
  /** Exclusive: what it knows to be committed; more may be. */
  readonly highWatermark: Offset;
  /** Offsets up to the highest high watermark that any replica knows, which it has not. */
  readonly lostCount: number;
}

/** Who could lead a partition, and what would be lost. */
export interface PartitionRecovery {
  readonly partition: PartitionId;
  /** -1: none. */
  readonly leader: NodeId;
  readonly isr: readonly NodeId[];
  readonly eligibleLeaderReplicas: readonly NodeId[];
  readonly lastKnownElr: readonly NodeId[];
  /** In the order of the assignment. */
  readonly replicas: readonly RecoveryReplica[];
  /** Of those in service the one with most, by leader epoch and end; undefined: none is. */
  readonly choice: NodeId | undefined;
  /** Exclusive: the highest that any replica knows; undefined: none has answered. */
  readonly knownHighWatermark: Offset | undefined;
}

export interface RecoverySpec {
  readonly topic: string;
  readonly partition: PartitionId;
  /** The replica that shall lead, and no other. */
  readonly leader: NodeId;
}

/** What `ottla topic recover` asks and does. Made by `Admin.recovery`. */
export class RecoveryAdmin {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * What every live replica of these partitions has; without partitions, of those that nobody
   * leads. Changes nothing. Throws UNKNOWN_TOPIC_OR_PARTITION (not retriable here, since the
   * controller knows all topics).
   */
  async describe(
    topic: string,
    {
      partitions = [],
      ...options
    }: TimedCallOptions & { readonly partitions?: PartitionId[] } = {},
  ): Promise<PartitionRecovery[]> {
    const answer = await this.#ask(topic, partitions, options);
    return answer.partitions.map(recoveryOf);
  }

  /**
   * Makes this replica the leader of a partition that has none. What it has is the truth from then
   * on: records that only others have are deleted there, acknowledged ones too. Durable on return.
   * Throws UNKNOWN_TOPIC_OR_PARTITION, ELECTION_NOT_NEEDED where somebody leads (another than this
   * one), and ELIGIBLE_LEADERS_NOT_AVAILABLE where this one is no replica in service; none of them
   * is retriable.
   */
  async elect(spec: RecoverySpec, options: TimedCallOptions = {}): Promise<void> {
    const { topic, partition, leader } = spec;
    const { topicId } = await this.#ask(topic, [partition], options);
    await namedCall(this.#context, ClientService.electLeaders, {
      what: 'recoverPartition',
      ...options,
      request: { partitions: [{ topicId: topicId as TopicId, partition }], unclean: true, leader },
      failureOf: (answer, isRepeat) => electionFailure(spec, answer, isRepeat),
    });
  }

  #ask(topic: string, partitions: readonly PartitionId[], options: TimedCallOptions) {
    return namedCall(this.#context, ClientService.describeRecovery, {
      what: 'describeRecovery',
      ...options,
      request: { topic, partitions },
    });
  }
}

const electionFailure = (
  { topic, partition, leader }: RecoverySpec,
  { errorCode, results }: ElectLeadersResponse,
  isRepeat: boolean,
): OttlaError | undefined => {
  const code = errorCodeOf(errorCode === 0 ? (results[0]?.errorCode ?? 0) : errorCode);
  if (code === 'NONE' || (isRepeat && code === 'ELECTION_NOT_NEEDED')) return undefined;
  const reason = REASONS[code]?.(leader) ?? code;
  const isFinal = REASONS[code] !== undefined;
  const message = `recovering partition ${partition} of topic ${topic}: ${reason}`;
  return new OttlaError(code, message, isFinal ? { retriable: false } : {});
};

const REASONS: Partial<Record<ErrorCode, (leader: NodeId) => string>> = {
  ELECTION_NOT_NEEDED: () => 'it has a leader; nothing is to be recovered',
  ELIGIBLE_LEADERS_NOT_AVAILABLE: (leader) =>
    `broker ${leader} has no replica of it, or is not in service; start it, or name another`,
};

const recoveryOf = (answer: PartitionAnswer): PartitionRecovery => {
  const { partition, leader, isr, eligibleLeaderReplicas, lastKnownElr } = answer;
  return {
    partition,
    leader,
    isr,
    eligibleLeaderReplicas,
    lastKnownElr,
    replicas: answer.replicas.map((replica) => replicaOf(replica, answer.knownHighWatermark)),
    choice: answer.choice === NONE ? undefined : answer.choice,
    knownHighWatermark: answer.knownHighWatermark < 0 ? undefined : answer.knownHighWatermark,
  };
};

const replicaOf = (
  { brokerId, inService: isInService, log: end }: ReplicaAnswer,
  known: Offset,
): RecoveryReplica => {
  if (end === undefined) return { brokerId, isInService, log: undefined };
  const { lastEpoch, logStartOffset, logEndOffset, flushedOffset, highWatermark } = end;
  const log = {
    lastEpoch,
    startOffset: logStartOffset,
    endOffset: logEndOffset,
    flushedOffset,
    highWatermark,
    lostCount: Math.max(0, known - logEndOffset),
  };
  return { brokerId, isInService, log };
};
