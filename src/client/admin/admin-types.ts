import type { DirectoryId, NodeId, Offset, PartitionId, TopicId } from '../../base/ids.ts';
import type { OfflineDirectory } from './broker-admin.ts';
import type { QuorumVoter } from './quorum-admin.ts';

export interface TopicSpec {
  readonly name: string;
  /** Left out: the cluster's default. */
  readonly partitions?: number;
  /** Left out: the cluster's default. */
  readonly replicationFactor?: number;
  /** Replicas by partition, the preferred leader first; instead of the two counts. */
  readonly assignments?: ReadonlyArray<readonly NodeId[]>;
  readonly configs?: Readonly<Record<string, string | number | boolean>>;
}

export interface TopicChange {
  readonly name: string;
  readonly topicId: TopicId;
  readonly partitions: number;
  readonly replicationFactor: number;
}

export interface TopicGrowthSpec {
  readonly name: string;
  /** Partitions the topic shall have in all. */
  readonly totalPartitions: number;
  /** Replicas of the new partitions, in order. */
  readonly assignments?: ReadonlyArray<readonly NodeId[]>;
  /** Keeps the order per key in these groups; the topic then grows to a multiple. */
  readonly fence?: FenceSpec;
}

export interface FenceSpec {
  /**
   * They are given the new partitions only when they have consumed what was written to the old
   * ones before all producers had gone over. They exist, with members of this SDK alone.
   */
  readonly groups: readonly string[];
  /**
   * How long a producer may write by the old number of partitions: the age of its metadata and
   * what it has buffered. Default 420000: Kafka's metadata.max.age.ms and delivery.timeout.ms.
   */
  readonly settleMs?: number;
}

/** Partitions that were added and that groups are not given yet. */
export interface FenceDescription {
  /** Of those that were added. */
  readonly firstPartition: PartitionId;
  /** For which it was made; those that have passed it are told by their members' partitions. */
  readonly groups: readonly string[];
  /** For how long producers may write by the old number of partitions; 0: they do not any more. */
  readonly settledInMs: number;
}

export interface TopicDescription {
  readonly name: string;
  readonly topicId: TopicId;
  readonly maxMessageBytes: number;
  /** Index = partition number. */
  readonly partitions: readonly PartitionDescription[];
  /** Undefined: there is none. */
  readonly fence: FenceDescription | undefined;
}

export interface PartitionDescription {
  readonly partition: PartitionId;
  /** -1: none at the moment. */
  readonly leader: NodeId;
  readonly leaderEpoch: number;
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  /** Out of sync, with all that was ever committed: they may lead where nobody in sync can. */
  readonly eligibleLeaderReplicas: readonly NodeId[];
  /** Were so, and may have lost what was acknowledged from memory. */
  readonly lastKnownElr: readonly NodeId[];
  /** Who led last, while nobody does; undefined: there is a leader, or it is not known. */
  readonly lastKnownLeader?: NodeId | undefined;
  /** Replicas whose broker is down or is starting, or whose log directory is offline. */
  readonly offline: readonly NodeId[];
}

export type ConfigResourceType = 'topic' | 'broker' | 'group' | 'cluster';

export interface ConfigResource {
  readonly type: ConfigResourceType;
  /** Name of a topic or group, number of a broker; empty for the cluster. */
  readonly name: string;
}

export interface ConfigAlteration extends ConfigResource {
  readonly key: string;
  /** Null: back to the default. */
  readonly value: string | number | boolean | null;
}

export interface ConfigValue {
  readonly key: string;
  readonly value: string;
  /** True when no one has set it. */
  readonly isDefault: boolean;
  readonly description: string;
  /** Set for it alone, at run time for all, in the file of the broker asked, or built in. */
  readonly source: 'topic' | 'group' | 'broker' | 'cluster' | 'file' | 'default';
}

export interface ElectionSpec {
  /** Left out: all partitions. */
  readonly partitions?: ReadonlyArray<{
    readonly topic: string;
    readonly partition: PartitionId;
  }>;
  /**
   * Lets a replica lead that may lack acknowledged records. Default false: the preferred one only.
   */
  readonly unclean?: boolean;
}

export interface ElectionResult {
  readonly topic: string;
  readonly partition: PartitionId;
  /** False: the partition had the right leader already. */
  readonly isElected: boolean;
}

export interface ClusterDescription {
  readonly clusterId: string;
  /** The broker that answered. */
  readonly brokerId: NodeId;
  /** -1: none is known. */
  readonly controllerId: NodeId;
  /** What the cluster writes; see `Admin.versions`. 0: no controller was active yet. */
  readonly metadataVersion: number;
  /** The highest that the broker which answered knows. */
  readonly knownMetadataVersion: number;
  readonly brokers: ReadonlyArray<{
    readonly brokerId: NodeId;
    readonly address: string;
    readonly kafkaAddress: string;
    readonly rack: string;
    readonly isFenced: boolean;
    /** Its log directories that failed, or were missing at its start. */
    readonly offlineDirectories: readonly OfflineDirectory[];
  }>;
  /** As the active controller sees it; undefined where none answered within a second. */
  readonly quorum: QuorumDescription | undefined;
  /** Partitions by state, over the whole cluster. */
  readonly partitionCount: number;
  readonly underReplicatedCount: number;
  readonly underMinIsrCount: number;
  readonly offlineCount: number;
}

export interface QuorumDescription {
  readonly leaderId: NodeId;
  readonly term: number;
  readonly commitIndex: number;
  readonly lastIndex: number;
  /** Known to the leader only. */
  readonly peers: ReadonlyArray<{
    readonly nodeId: NodeId;
    readonly isVoter: boolean;
    readonly matchIndex: Offset;
    /** Identity of the directory that answers; empty: not known. */
    readonly directoryId: DirectoryId;
    /** An observer that may become a voter, or a voter that may lead. */
    readonly canVote: boolean;
    /** A voter whose acknowledgements count: it answers with the directory that the set names. */
    readonly counts: boolean;
    /** What it needs next is nothing that its release could keep: it waits until it is updated. */
    readonly needsUpdate: boolean;
  }>;
  /** The set in force, committed or not; the leader may have been taken out of it. */
  readonly voters: readonly QuorumVoter[];
}
