import { errorNumber, OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import { answerMetadata, controllerIdOf } from '../../broker/client/metadata.ts';
import type { PartitionInfo, TopicInfo } from '../../gen/ottla.ts';
import { isInternalTopic } from '../../metadata/internal-topics.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import { NO_UUID } from '../wire/codec.ts';
import type { MetadataRequest, MetadataResponse } from '../wire/messages/metadata.ts';
import { CLUSTER_OPERATIONS, TOPIC_OPERATIONS } from './authorized.ts';
import type { KafkaContext } from './context.ts';
import { wireNumber } from './context.ts';
import { liveEndpoints } from './endpoints.ts';

const LISTENER_NOT_FOUND = 72;
const LISTENER_NOT_FOUND_SINCE = 6;
const BY_ID_SINCE = 12;

type AnsweredTopic = MetadataResponse['topics'][number];
type AnsweredPartition = AnsweredTopic['partitions'][number];

/**
 * Metadata, 0 to 12: live brokers that have a Kafka listener, and topics by name, from version 12
 * by id as well. Missing topics are created where that is configured and the client allows it; the
 * answer waits until they are known here. A partition whose leader cannot be reached has an error
 * that makes clients ask again.
 */
export const metadataHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.metadata, async ({ apiVersion, body }) => {
    const { names, unknown } = namesOf(context, body, apiVersion);
    const answer = await answerMetadata(context.broker, {
      topics: names ?? [],
      allTopics: names === undefined,
      allowAutoCreate: body.allowAutoTopicCreation,
    });
    const brokers = liveEndpoints(context.broker.metadata.image);
    const live = new Set(brokers.map(({ nodeId }) => nodeId));
    const topics = answer.topics.map((topic) => topicOf(topic, { live, apiVersion, body }));
    return {
      brokers,
      clusterId: answer.clusterId,
      controllerId: anyController(context, live),
      topics: [...topics, ...unknown],
      ...(body.includeClusterAuthorizedOperations
        ? { clusterAuthorizedOperations: CLUSTER_OPERATIONS }
        : {}),
    };
  });

/**
 * Names asked for; undefined: all topics. An id that is not known is answered apart: it has no
 * name to be looked up by.
 */
const namesOf = (
  context: KafkaContext,
  { topics }: MetadataRequest,
  apiVersion: number,
): { readonly names: string[] | undefined; readonly unknown: AnsweredTopic[] } => {
  const isAll = topics === null || (apiVersion === 0 && topics.length === 0);
  if (isAll) return { names: undefined, unknown: [] };
  const { image } = context.broker.metadata;
  const names: string[] = [];
  const unknown: AnsweredTopic[] = [];
  for (const { name, topicId } of topics) {
    if (topicId !== NO_UUID && apiVersion < BY_ID_SINCE) {
      throw new OttlaError('INVALID_REQUEST', 'topics are asked for by id from Metadata 12 on');
    }
    const found = topicId === NO_UUID ? name : image.topics.get(topicId)?.name;
    if (found === null) throw new OttlaError('INVALID_REQUEST', 'a topic has no name and no id');
    if (found !== undefined) names.push(found);
    else {
      const errorCode = errorNumber('UNKNOWN_TOPIC_ID');
      unknown.push({ errorCode, name: null, topicId, partitions: [] });
    }
  }
  return { names: [...new Set(names)], unknown };
};

interface TopicView {
  readonly live: ReadonlySet<NodeId>;
  readonly apiVersion: number;
  readonly body: MetadataRequest;
}

const topicOf = (topic: TopicInfo, view: TopicView): AnsweredTopic => ({
  errorCode: wireNumber(topic.errorCode),
  name: topic.name,
  topicId: topic.topicId === '' ? NO_UUID : topic.topicId,
  isInternal: isInternalTopic(topic.name),
  partitions: topic.partitions.map((partition) => partitionOf(partition, view)),
  ...(view.body.includeTopicAuthorizedOperations
    ? { topicAuthorizedOperations: TOPIC_OPERATIONS }
    : {}),
});

const partitionOf = (
  { partition, leader, leaderEpoch, replicas, isr, offline }: PartitionInfo,
  { live, apiVersion }: TopicView,
): AnsweredPartition => {
  const isReachable = live.has(leader);
  const unreachable =
    leader === NONE || apiVersion < LISTENER_NOT_FOUND_SINCE
      ? errorNumber('LEADER_NOT_AVAILABLE')
      : LISTENER_NOT_FOUND;
  return {
    errorCode: isReachable ? 0 : unreachable,
    partitionIndex: partition,
    leaderId: isReachable ? leader : NONE,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    offlineReplicas: offline,
  };
};

/** Any broker passes administration on: any live one will do where the active one does not. */
export const anyController = (context: KafkaContext, live: ReadonlySet<NodeId>): NodeId => {
  const { broker } = context;
  const candidates = [controllerIdOf(broker), broker.config.brokerId, ...live];
  return candidates.find((nodeId) => live.has(nodeId)) ?? NONE;
};
