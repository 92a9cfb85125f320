import { errorNumber } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { PartitionRegistration } from '../../metadata/image.ts';
import { isInternalTopic } from '../../metadata/internal-topics.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import { NO_UUID } from '../wire/codec.ts';
import type {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from '../wire/messages/topic-partitions.ts';
import { TOPIC_OPERATIONS } from './authorized.ts';
import type { KafkaContext } from './context.ts';
import { topicNamed } from './context.ts';
import { liveEndpoints } from './endpoints.ts';

type Topic = DescribeTopicPartitionsResponse['topics'][number];

const PARTITIONS_MAX = 2000;

/**
 * DescribeTopicPartitions, 0: topics by name in ascending order, no topic named meaning all, in
 * pages of at most 2000 partitions; `nextCursor` is where the next page begins.
 */
export const describeTopicPartitionsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.describeTopicPartitions, ({ body }) => {
    const { image } = context.broker.metadata;
    const live = new Set(liveEndpoints(image).map(({ nodeId }) => nodeId));
    const topics: Topic[] = [];
    let left = Math.min(Math.max(body.responsePartitionLimit, 1), PARTITIONS_MAX);
    for (const name of namesOf(context, body)) {
      const first = body.cursor?.topicName === name ? body.cursor.partitionIndex : 0;
      const page = pageOf(context, { name, first, count: left, live });
      if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: first } };
      topics.push(page);
      left -= page.partitions.length;
      const next = first + page.partitions.length;
      if (next < (topicNamed(context, name)?.partitions.length ?? 0)) {
        return { topics, nextCursor: { topicName: name, partitionIndex: next } };
      }
    }
    return { topics };
  });

const namesOf = (
  context: KafkaContext,
  { topics, cursor }: DescribeTopicPartitionsRequest,
): string[] => {
  const { topicIdsByName } = context.broker.metadata.image;
  const names = topics.length === 0 ? [...topicIdsByName.keys()] : topics.map(({ name }) => name);
  const first = cursor?.topicName ?? '';
  return [...new Set(names)].filter((name) => name >= first).sort();
};

interface Page {
  readonly name: string;
  readonly first: number;
  readonly count: number;
  readonly live: ReadonlySet<NodeId>;
}

const pageOf = (context: KafkaContext, { name, first, count, live }: Page): Topic => {
  const topic = topicNamed(context, name);
  const { knownOffline } = context.broker;
  if (topic === undefined) {
    const errorCode = errorNumber('UNKNOWN_TOPIC_OR_PARTITION');
    return { errorCode, name, topicId: NO_UUID, partitions: [] };
  }
  return {
    errorCode: 0,
    name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(name),
    partitions: topic.partitions.slice(first, first + count).map((registration, at) => ({
      ...partitionOf(registration, first + at, live),
      offlineReplicas: registration.replicas.filter(
        (id) => !live.has(id) || knownOffline.has(id, topic.topicId, first + at),
      ),
    })),
    topicAuthorizedOperations: TOPIC_OPERATIONS,
  };
};

const partitionOf = (
  { leader, leaderEpoch, replicas, isr, elr, lastKnownElr }: PartitionRegistration,
  partitionIndex: number,
  live: ReadonlySet<NodeId>,
): Omit<Topic['partitions'][number], 'offlineReplicas'> => ({
  errorCode: live.has(leader) ? 0 : errorNumber('LEADER_NOT_AVAILABLE'),
  partitionIndex,
  leaderId: live.has(leader) ? leader : NONE,
  leaderEpoch,
  replicaNodes: replicas,
  isrNodes: isr,
  eligibleLeaderReplicas: elr,
  lastKnownElr,
});
