import type { BrokerEpoch, LeaderEpoch, NodeId, PartitionEpoch } from '../../base/ids.ts';
import type { AckDurability } from './follower-progress.ts';

/** The partition as the metadata has it. */
export interface Registration {
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly leader: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  /** Those of `replicas` that a reassignment brought: none of the promised copies yet. */
  readonly addingReplicas: readonly NodeId[];
  /** Those of `replicas` that go when the reassignment is done. */
  readonly removingReplicas: readonly NodeId[];
}

/** What the metadata says of a broker that may join the in-sync replicas. */
export interface BrokerStanding {
  readonly brokerEpoch: BrokerEpoch;
  readonly isFenced: boolean;
  readonly inControlledShutdown: boolean;
}
export type BrokerStandings = ReadonlyMap<NodeId, BrokerStanding>;

export interface TopicRules {
  readonly minInsyncReplicas: number;
  readonly ackDurability: AckDurability;
  /**
   * Members that are away stay in the in-sync set for the minimum's sake: below metadata.version 3,
   * where they could not be eligible outside of it.
   */
  readonly keepsMinimum: boolean;
}

export const isOlder = (next: Registration, known: Registration): boolean =>
  next.leaderEpoch < known.leaderEpoch || next.partitionEpoch < known.partitionEpoch;
