import { errorNumber, OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, LogIndex, NodeId, PartitionId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { MetadataResponse, PartitionInfo, TopicInfo } from '../../gen/ottla.ts';

export interface BrokerView {
  readonly brokerId: NodeId;
  readonly address: string;
  readonly kafkaAddress: string;
  readonly rack: string;
  readonly isFenced: boolean;
}

export interface PartitionView {
  readonly partition: PartitionId;
  /** NONE while there is no leader. */
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  readonly offline: readonly NodeId[];
}

/** Groups are given some partitions only when they have consumed what was written before. */
export interface FenceView {
  /** Of those that were added. */
  readonly firstPartition: PartitionId;
  readonly groups: readonly string[];
  /** For how long producers may write by the old number of partitions; 0: they do not any more. */
  readonly settledInMs: number;
}

export interface TopicView {
  readonly name: string;
  readonly topicId: TopicId;
  /** Index = partition number. */
  readonly partitions: readonly PartitionView[];
  readonly maxMessageBytes: number;
  /** Whether records may wait in it until they are due; undefined: the broker does not say. */
  readonly delayEnable: boolean | undefined;
  /** Before partitions that were added. */
  readonly fence: FenceView | undefined;
  /** The metadata that this entry reflects. */
  readonly metadataIndex: LogIndex;
  /** Monotonic moment of the answer it came from. */
  readonly refreshedAtMs: number;
}

/** What a client knows of its cluster; immutable. */
export interface ClusterView {
  readonly clusterId: string;
  readonly controllerId: NodeId;
  readonly metadataIndex: LogIndex;
  readonly brokers: ReadonlyMap<NodeId, BrokerView>;
  readonly topics: ReadonlyMap<string, TopicView>;
}

export const EMPTY_VIEW: ClusterView = {
  clusterId: '',
  controllerId: NONE,
  metadataIndex: NONE,
  brokers: new Map(),
  topics: new Map(),
};

/**
 * The view with an answer taken in. Brokers lag behind each other, so nothing newer is replaced by
 * older: neither the brokers nor a topic by an answer of a lower metadata index, nor a leader by
 * one of a lower leader epoch, whatever the index (a leader hint runs ahead of the metadata).
 */
export const applyMetadata = (
  view: ClusterView,
  answer: MetadataResponse,
  nowMs: number,
): ClusterView => {
  const topics = new Map(view.topics);
  for (const info of answer.topics) {
    const known = topics.get(info.name);
    if (known !== undefined && known.metadataIndex > answer.metadataIndex) continue;
    if (info.errorCode === 0) {
      topics.set(info.name, topicView(info, known, { index: answer.metadataIndex, nowMs }));
    } else if (info.errorCode === errorNumber('UNKNOWN_TOPIC_OR_PARTITION')) {
      topics.delete(info.name);
    }
  }
  if (answer.metadataIndex < view.metadataIndex) return { ...view, topics };
  return {
    clusterId: answer.clusterId,
    controllerId: answer.controllerId,
    metadataIndex: answer.metadataIndex,
    brokers: new Map(
      answer.brokers.map(({ brokerId, fenced, address, kafkaAddress, rack }) => [
        brokerId,
        { brokerId, address, kafkaAddress, rack, isFenced: fenced },
      ]),
    ),
    topics,
  };
};

const topicView = (
  info: TopicInfo,
  known: TopicView | undefined,
  at: { readonly index: LogIndex; readonly nowMs: number },
): TopicView => {
  const previous = known?.topicId === info.topicId ? known.partitions : [];
  const ordered = [...info.partitions].sort((a, b) => a.partition - b.partition);
  return {
    name: info.name,
    topicId: info.topicId,
    partitions: ordered.map((partition) => partitionView(partition, previous[partition.partition])),
    maxMessageBytes: info.maxMessageBytes,
    delayEnable: info.delayEnable,
    fence: info.fence,
    metadataIndex: at.index,
    refreshedAtMs: at.nowMs,
  };
};

const partitionView = (info: PartitionInfo, known: PartitionView | undefined): PartitionView => {
  const isOlder = known !== undefined && known.leaderEpoch > info.leaderEpoch;
  return {
    partition: info.partition,
    leaderId: isOlder ? known.leaderId : info.leader,
    leaderEpoch: isOlder ? known.leaderEpoch : info.leaderEpoch,
    replicas: info.replicas,
    isr: info.isr,
    offline: info.offline,
  };
};

export interface PartitionLeader {
  readonly partition: PartitionId;
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
}

/** The view with a leader learned from an error answer; the same view when that is no news. */
export const applyLeaderHint = (
  view: ClusterView,
  topicId: TopicId,
  hint: PartitionLeader,
): ClusterView => {
  const topic = [...view.topics.values()].find((candidate) => candidate.topicId === topicId);
  const known = topic?.partitions[hint.partition];
  if (topic === undefined || known === undefined) return view;
  if (hint.leaderEpoch <= known.leaderEpoch) return view;
  const { leaderId, leaderEpoch } = hint;
  const partitions = topic.partitions.with(hint.partition, { ...known, leaderId, leaderEpoch });
  const topics = new Map(view.topics).set(topic.name, { ...topic, partitions });
  return { ...view, topics };
};

/** Whom to ask about a partition now; undefined while nobody leads it or its address is unknown. */
export interface LeaderAddress {
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly address: string;
}

export const leaderOf = (
  view: ClusterView,
  topic: TopicView,
  partition: PartitionId,
): LeaderAddress | undefined => {
  const known = topic.partitions[partition];
  const broker = known === undefined ? undefined : view.brokers.get(known.leaderId);
  if (known === undefined || broker === undefined) return undefined;
  return { leaderId: known.leaderId, leaderEpoch: known.leaderEpoch, address: broker.address };
};

/** The wire has 31 bits for it: a larger one would be another one there. */
const COUNT_MAX = 0x7fff_ffff;

/** False for what no topic can ever have as a partition. */
export const isPartitionNumber = (partition: PartitionId): boolean =>
  Number.isInteger(partition) && partition >= 0 && partition <= COUNT_MAX;

/** The refusal of a partition that the topic, as the cluster has it now, does not have. */
export const noPartitionError = (topic: TopicView, partition: PartitionId): OttlaError => {
  const { name, partitions } = topic;
  const last = partitions.length - 1;
  const remedy = isPartitionNumber(partition)
    ? `add partitions to ${name}, or name one`
    : 'name one';
  return new OttlaError(
    'INVALID_PARTITIONS',
    `topic ${name} has no partition ${partition}: ${remedy} of its ${partitions.length} (0 to ${last})`,
  );
};
