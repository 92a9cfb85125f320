import type { NodeId, PartitionId, TopicId } from '../base/ids.ts';
import type {
  BrokerRegistration,
  MetadataImage,
  PartitionRegistration,
  TopicImage,
} from './image.ts';

/** A partition that is not the same in two images; `next` is undefined after its removal. */
export interface PartitionDelta {
  readonly topicId: TopicId;
  readonly topicName: string;
  readonly partition: PartitionId;
  readonly previous: PartitionRegistration | undefined;
  readonly next: PartitionRegistration | undefined;
}

/**
 * The partitions that were added, changed or removed between two images of one history. Costs one
 * comparison a topic, and one a partition of the topics that changed.
 */
export const changedPartitions = (
  previous: MetadataImage,
  next: MetadataImage,
): PartitionDelta[] => {
  if (previous.topics === next.topics) return [];
  const deltas: PartitionDelta[] = [];
  for (const topic of next.topics.values()) {
    const before = previous.topics.get(topic.topicId);
    if (before !== topic) pushTopicDeltas(deltas, before, topic);
  }
  for (const topic of removedTopics(previous, next)) pushTopicDeltas(deltas, topic, undefined);
  return deltas;
};

const pushTopicDeltas = (
  deltas: PartitionDelta[],
  before: TopicImage | undefined,
  after: TopicImage | undefined,
): void => {
  const topic = after ?? before;
  if (topic === undefined) return;
  const count = Math.max(before?.partitions.length ?? 0, after?.partitions.length ?? 0);
  for (let partition = 0; partition < count; partition += 1) {
    const previous = before?.partitions[partition];
    const next = after?.partitions[partition];
    if (previous === next) continue;
    deltas.push({ topicId: topic.topicId, topicName: topic.name, partition, previous, next });
  }
};

/** Topics of `previous` that are gone; one created anew under the same name has another id. */
export const removedTopics = (previous: MetadataImage, next: MetadataImage): TopicImage[] =>
  previous.topics === next.topics
    ? []
    : [...previous.topics.values()].filter((topic) => !next.topics.has(topic.topicId));

export interface BrokerDelta {
  readonly brokerId: NodeId;
  readonly previous: BrokerRegistration | undefined;
  readonly next: BrokerRegistration | undefined;
}

/** The brokers whose registration or state is not the same in two images. */
export const changedBrokers = (previous: MetadataImage, next: MetadataImage): BrokerDelta[] => {
  if (previous.brokers === next.brokers) return [];
  const ids = new Set([...previous.brokers.keys(), ...next.brokers.keys()]);
  return [...ids].flatMap((brokerId) => {
    const before = previous.brokers.get(brokerId);
    const after = next.brokers.get(brokerId);
    return before === after ? [] : [{ brokerId, previous: before, next: after }];
  });
};
