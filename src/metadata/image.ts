import type {
  BrokerEpoch,
  DirectoryId,
  IncarnationId,
  LeaderEpoch,
  LogIndex,
  NodeId,
  PartitionEpoch,
  PartitionId,
  ProducerId,
  Term,
  TopicId,
} from '../base/ids.ts';
import { NONE } from '../base/ids.ts';

/** Where in the metadata log a batch stands. */
export interface LogPosition {
  readonly index: LogIndex;
  readonly term: Term;
}

/** One registration of a broker's process, as the cluster knows it. */
export interface BrokerRegistration {
  readonly brokerId: NodeId;
  /** Index of the entry that holds the registration: a later one has a greater epoch. */
  readonly brokerEpoch: BrokerEpoch;
  readonly incarnationId: IncarnationId;
  readonly directoryId: DirectoryId;
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly kafkaAddress: string;
  readonly rack: string;
  /** A fenced broker leads nothing and joins no in-sync set. */
  readonly isFenced: boolean;
  readonly inControlledShutdown: boolean;
  readonly minMetadataVersion: number;
  readonly maxMetadataVersion: number;
  /** By its server.properties, where the metadata says nothing of it; undefined: not told. */
  readonly minInsyncReplicas?: number | undefined;
  readonly ackDurability?: string | undefined;
}

/** One partition, as the cluster knows it. */
export interface PartitionRegistration {
  /** Assigned replicas, the preferred leader first. */
  readonly replicas: readonly NodeId[];
  /** The committed in-sync replicas, a subset of `replicas`; empty when all are away or lost. */
  readonly isr: readonly NodeId[];
  /** A member of `isr`, or NONE. */
  readonly leader: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  /** Directory of each replica, in the order of `replicas`; '' where it is not known yet. */
  readonly directories: readonly DirectoryId[];
  /** Those of `replicas` that a reassignment brought; without one empty, as `removingReplicas`. */
  readonly addingReplicas: readonly NodeId[];
  /** Those that go when it is done; some may be in `addingReplicas` too: they go either way. */
  readonly removingReplicas: readonly NodeId[];
  /** Eligible leader replicas: out of sync, with all that was ever committed (KIP-966). */
  readonly elr: readonly NodeId[];
  /** Were in sync or eligible, and have ended since without syncing what memory acknowledged. */
  readonly lastKnownElr: readonly NodeId[];
  /** Who led last, while nobody does; NONE where there is a leader, or none is known. */
  readonly lastKnownLeader: NodeId;
}

export interface TopicImage {
  readonly topicId: TopicId;
  readonly name: string;
  /** The index is the partition's number. */
  readonly partitions: readonly PartitionRegistration[];
}

export type ConfigValues = ReadonlyMap<string, string>;

/**
 * The cluster's metadata after the entry at `index`. Never changes: the next image is another
 * object that shares what stayed the same, so that a reference comparison finds what changed.
 */
export interface MetadataImage {
  /** Last metadata entry contained; 0 before the first. */
  readonly index: LogIndex;
  readonly term: Term;
  readonly brokers: ReadonlyMap<NodeId, BrokerRegistration>;
  readonly topics: ReadonlyMap<TopicId, TopicImage>;
  readonly topicIdsByName: ReadonlyMap<string, TopicId>;
  /** By `configResource`; a resource without overrides is absent. */
  readonly configs: ReadonlyMap<string, ConfigValues>;
  /** Ids below are given out. */
  readonly nextProducerId: ProducerId;
  /** 0 until the first controller has written the cluster's level. */
  readonly metadataVersion: number;
}

export const emptyImage: MetadataImage = {
  index: 0,
  term: 0,
  brokers: new Map(),
  topics: new Map(),
  topicIdsByName: new Map(),
  configs: new Map(),
  nextProducerId: 0,
  metadataVersion: 0,
};

export type ConfigResourceType = 'topic' | 'broker' | 'group' | 'cluster';

/** The key of `MetadataImage.configs`: of a topic by its id, a node, a group, '' for all. */
export const configResource = (type: string, resource: string): string => `${type}/${resource}`;

/** The registration of a partition, or undefined where the image has none. */
export const partitionOf = (
  image: MetadataImage,
  topicId: TopicId,
  partition: PartitionId,
): PartitionRegistration | undefined => image.topics.get(topicId)?.partitions[partition];

/** True for a broker that may lead and join in-sync sets: known, unfenced and here to stay. */
export const isUsableBroker = (image: MetadataImage, brokerId: NodeId): boolean => {
  const broker = image.brokers.get(brokerId);
  return broker !== undefined && !broker.isFenced && !broker.inControlledShutdown;
};

type Assignment = Pick<PartitionRegistration, 'replicas' | 'addingReplicas' | 'removingReplicas'>;

/** True while replicas come or are about to go. */
export const isBeingReassigned = (partition: Omit<Assignment, 'replicas'>): boolean =>
  partition.addingReplicas.length > 0 || partition.removingReplicas.length > 0;

/** The replicas once the reassignment is done; all of them without one. */
export const targetReplicas = ({ replicas, removingReplicas }: Assignment): readonly NodeId[] =>
  removingReplicas.length === 0
    ? replicas
    : replicas.filter((id) => !removingReplicas.includes(id));

/**
 * Members without which nothing is committed: of the promised copies, as many as the setting asks
 * for. Those that a reassignment brings are not promised yet.
 */
export const leastInSync = (minInsyncReplicas: number, assignedCount: number): number =>
  Math.min(minInsyncReplicas, Math.max(1, assignedCount));

/**
 * True where nobody leads, in sync or eligible is none, and replicas are remembered that were, and
 * may have forgotten what they acknowledged from memory.
 */
export const hasForgotten = (
  partition: Pick<PartitionRegistration, 'leader' | 'isr' | 'elr' | 'lastKnownElr'>,
): boolean =>
  partition.leader === NONE &&
  partition.isr.length + partition.elr.length === 0 &&
  partition.lastKnownElr.length > 0;

/** The replicas from before the reassignment, which a cancel goes back to. */
export const originalReplicas = ({ replicas, addingReplicas }: Assignment): readonly NodeId[] =>
  addingReplicas.length === 0 ? replicas : replicas.filter((id) => !addingReplicas.includes(id));
