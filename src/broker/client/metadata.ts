import { errorNumber, OttlaError } from '../../base/errors.ts';
import type { NodeId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Handler } from '../../env/transport.ts';
import type {
  BrokerInfo,
  MetadataRequest,
  MetadataResponse,
  NewTopic,
  PartitionInfo,
  PartitionRef,
  TopicFence,
  TopicInfo,
} from '../../gen/ottla.ts';
import { ClientService, ControllerService } from '../../gen/ottla.ts';
import type { MetadataImage, PartitionRegistration, TopicImage } from '../../metadata/image.ts';
import { partitionOf } from '../../metadata/image.ts';
import { OFFSETS_TOPIC } from '../../metadata/internal-topics.ts';
import { topicConfig } from '../../metadata/topic-configs.ts';
import { topicFence } from '../../metadata/topic-fence.ts';
import { offsetsTopic } from '../groups/offsets-topic.ts';
import { guardedCall } from '../guard.ts';
import type { ClientContext } from './context.ts';
import { operatingError, untilImage } from './context.ts';

const AUTO_CREATE_MS = 5000;

export const metadataHandler = (context: ClientContext): Handler =>
  guardedCall(context.onFatal, ClientService.metadata, async (request) => {
    if (context.metadata.image.brokers.size === 0) throw noMetadata(context);
    return answerMetadata(context, request);
  });

/** Not one broker is known, this one included: an empty answer would pass for an empty cluster. */
const noMetadata = ({ config: { brokerId } }: ClientContext): OttlaError =>
  new OttlaError(
    'NO_CONTROLLER',
    `broker ${brokerId} has no metadata yet: a majority of the controllers must be up`,
  );

/** The cluster as this broker knows it; creates missing topics where that is allowed. */
export const answerMetadata = async (
  context: ClientContext,
  request: MetadataRequest,
): Promise<MetadataResponse> => {
  const refusals = await maybeCreate(context, request);
  const { image } = context.metadata;
  const names = request.allTopics ? [...image.topicIdsByName.keys()].sort() : request.topics;
  return {
    clusterId: context.config.clusterId,
    controllerId: controllerIdOf(context),
    brokers: describeBrokers(context),
    topics: names.map((name) => describeTopic(context, name, refusals.get(name))),
    metadataIndex: image.index,
  };
};

/** Error numbers of topics that were asked to be created and could not be. */
const maybeCreate = async (
  context: ClientContext,
  request: MetadataRequest,
): Promise<ReadonlyMap<string, number>> => {
  const refusals = new Map<string, number>();
  if (!request.allowAutoCreate || !context.config.autoCreateTopicsEnable) return refusals;
  const known = context.metadata.image.topicIdsByName;
  const missing = [...new Set(request.topics)].filter((name) => !known.has(name));
  if (missing.length === 0) return refusals;
  const topics = missing.map((name) => newTopic(name, context.config));
  try {
    const response = await context.channel.ask(ControllerService.createTopics, {
      request: { topics, validateOnly: false },
      deadlineMs: AUTO_CREATE_MS,
      codesOf: (answer) => answer.topics.map(({ errorCode }) => errorCode),
    });
    for (const { name, errorCode } of response.topics) {
      const isThere = errorCode === 0 || errorCode === errorNumber('TOPIC_ALREADY_EXISTS');
      if (!isThere) refusals.set(name, errorCode);
    }
  } catch (error) {
    const { code } = operatingError(error);
    const asRetriable = code === 'NO_CONTROLLER' ? 'LEADER_NOT_AVAILABLE' : code;
    for (const name of missing) refusals.set(name, errorNumber(asRetriable));
    return refusals;
  }
  const created = missing.filter((name) => !refusals.has(name));
  const areKnown = (image: MetadataImage): boolean =>
    created.every((name) => image.topicIdsByName.has(name));
  await untilImage(context, areKnown, AUTO_CREATE_MS);
  return refusals;
};

/** By the cluster's defaults, except for the topic of groups, which has its own. */
const newTopic = (name: string, { groups }: ClientContext['config']): NewTopic =>
  name === OFFSETS_TOPIC
    ? offsetsTopic(groups)
    : {
        name,
        partitions: NONE,
        replicationFactor: NONE,
        assignments: [],
        configs: new Map<string, string>(),
      };

/** The active controller where it is a broker as well; NONE where it is not, or not known. */
export const controllerIdOf = (context: ClientContext): NodeId => {
  const { address } = context.channel;
  for (const broker of context.metadata.image.brokers.values()) {
    if (address !== undefined && broker.peerAddress === address) return broker.brokerId;
  }
  return NONE;
};

export const describeBrokers = ({ metadata, knownOffline }: ClientContext): BrokerInfo[] =>
  [...metadata.image.brokers.values()]
    .sort((a, b) => a.brokerId - b.brokerId)
    .map((broker) => ({
      brokerId: broker.brokerId,
      address: broker.clientAddress,
      kafkaAddress: broker.kafkaAddress,
      rack: broker.rack,
      fenced: broker.isFenced,
      offlineDirectories: knownOffline.directoriesOf(broker.brokerId),
    }));

const describeTopic = (
  context: ClientContext,
  name: string,
  refusal: number | undefined,
): TopicInfo => {
  const { image } = context.metadata;
  const topic = image.topics.get(image.topicIdsByName.get(name) ?? '');
  if (topic === undefined) {
    const errorCode = refusal ?? errorNumber('UNKNOWN_TOPIC_OR_PARTITION');
    return { errorCode, name, topicId: '', partitions: [], maxMessageBytes: 0 };
  }
  const { topicId } = topic;
  const { maxMessageBytes, delayEnable } = topicConfig(image, topicId, context.config.fileDefaults);
  const partitions = describePartitions(context, topic);
  const fence = describeFence(context, topicId);
  const settings = { maxMessageBytes, delayEnable };
  return { errorCode: 0, name, topicId, partitions, ...settings, ...fence };
};

const describeFence = (
  { metadata, clock }: ClientContext,
  topicId: TopicId,
): { readonly fence?: TopicFence } => {
  const found = topicFence(metadata.image, topicId);
  if (found === undefined) return {};
  const { firstPartition, groups, sinceMs, settleMs } = found;
  const settledInMs = Math.max(0, sinceMs + settleMs - clock.wallMs());
  return { fence: { firstPartition, groups: [...groups], settledInMs } };
};

const describePartitions = (context: ClientContext, topic: TopicImage): PartitionInfo[] =>
  topic.partitions.map((registration, partition) => ({
    partition,
    leader: registration.leader,
    leaderEpoch: registration.leaderEpoch,
    replicas: registration.replicas,
    isr: registration.isr,
    eligibleLeaderReplicas: registration.elr,
    lastKnownElr: registration.lastKnownElr,
    ...lastLeaderOf(registration),
    offline: offlineReplicas(context, { topicId: topic.topicId, partition }),
  }));

const lastLeaderOf = ({ lastKnownLeader }: PartitionRegistration) =>
  lastKnownLeader === NONE ? {} : { lastKnownLeader };

/** Those whose broker is not in service, or has them in a log directory that is offline. */
export const offlineReplicas = (
  { metadata, knownOffline }: Pick<ClientContext, 'metadata' | 'knownOffline'>,
  { topicId, partition }: PartitionRef,
): NodeId[] => {
  const { image } = metadata;
  const replicas = partitionOf(image, topicId, partition)?.replicas ?? [];
  return replicas.filter(
    (id) => image.brokers.get(id)?.isFenced !== false || knownOffline.has(id, topicId, partition),
  );
};
