import type { NodeId, PartitionId, TopicId } from '../../base/ids.ts';

/**
 * What a broker may be asked for. `takes`: gets replicas and gives some away. `keeps`: has what it
 * has, as one that is only away for a while. `leaves`: gets nothing and loses everything.
 */
export type Standing = 'takes' | 'keeps' | 'leaves';

export interface BalanceBroker {
  readonly brokerId: NodeId;
  /** Failure domain; '' is one of its own. */
  readonly rack: string;
  readonly standing: Standing;
}

export interface BalancePartition {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  /** The preferred leader first; of a partition that moves already, those of its target. */
  readonly replicas: readonly NodeId[];
  /** Of one replica; undefined: not known, and then it weighs nothing. */
  readonly sizeBytes: number | undefined;
  /** False: it counts as it is, and stays so; it moves already, or has no leader to copy from. */
  readonly isMovable: boolean;
}

export interface BalanceRequest {
  readonly brokers: readonly BalanceBroker[];
  readonly partitions: readonly BalancePartition[];
  /** `leaving`: only what brokers that leave still have. */
  readonly scope: 'all' | 'leaving';
  readonly tolerance?: Tolerance;
  /** The plan ends once so many partitions are to move, and says so; left out: it is whole. */
  readonly movesMax?: number;
}

/**
 * How uneven brokers may be before anything moves. Once a measure is beyond that, it is brought to
 * as even as it gets: what is on the edge would move again soon.
 */
export interface Tolerance {
  /** Of the mean: how far the fullest and the emptiest broker may be apart. */
  readonly share: number;
  /** Bytes that far apart never matter. */
  readonly bytes: number;
}

export const defaultTolerance: Tolerance = { share: 0.1, bytes: 256 * 1024 * 1024 };

/** A partition that shall have other replicas, or another one of them first. */
export interface BalanceMove {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly from: readonly NodeId[];
  readonly to: readonly NodeId[];
  /** Replicas that have to be made, each of `sizeBytes`. */
  readonly newReplicaCount: number;
  readonly sizeBytes: number | undefined;
}

export interface BalancePlan {
  readonly moves: readonly BalanceMove[];
  /** Replicas of leaving brokers that can go nowhere: the brokers left are too few. */
  readonly stuckReplicaCount: number;
  /** False: there may be more to move, of which a plan tells that is made later. */
  readonly isWhole: boolean;
}
