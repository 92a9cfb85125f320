import { errorNumber } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { Handler } from '../../env/transport.ts';
import type {
  ConfigEntry,
  DescribeClusterResponse,
  DescribeConfigsRequest,
  DescribeConfigsResponse,
  DescribeQuorumResponse,
} from '../../gen/ottla.ts';
import { ClientService, ControllerService } from '../../gen/ottla.ts';
import type { GroupConfigEntry } from '../../metadata/group-configs.ts';
import { groupConfigEntries } from '../../metadata/group-configs.ts';
import { configResource, isUsableBroker, originalReplicas } from '../../metadata/image.ts';
import type { TopicConfigEntry } from '../../metadata/topic-configs.ts';
import {
  clusterConfigEntries,
  topicConfig,
  topicConfigEntries,
} from '../../metadata/topic-configs.ts';
import { METADATA_VERSION_MAX } from '../../metadata/versions.ts';
import { guardedCall } from '../guard.ts';
import type { ClientContext } from './context.ts';
import { describeBrokers } from './metadata.ts';

const QUORUM_DEADLINE_MS = 1000;

export const describeHandlers = (context: ClientContext): Handler[] => [
  guardedCall(context.onFatal, ClientService.describeConfigs, async (request) =>
    describeConfigs(context, request),
  ),
  guardedCall(context.onFatal, ClientService.describeCluster, () => describeCluster(context)),
];

export const describeConfigs = (
  context: ClientContext,
  request: DescribeConfigsRequest,
): DescribeConfigsResponse => {
  const { image } = context.metadata;
  const { fileDefaults } = context.config;
  if (request.resourceType === 'topic') {
    const topicId = image.topicIdsByName.get(request.resource);
    if (topicId === undefined) {
      const errorMessage = `there is no topic ${request.resource}: check the name, or create it`;
      return refused('UNKNOWN_TOPIC_OR_PARTITION', errorMessage);
    }
    const entries = topicConfigEntries(image, topicId, fileDefaults).map(entryOf);
    return { errorCode: 0, errorMessage: '', entries };
  }
  if (request.resourceType === 'cluster') {
    const entries = clusterConfigEntries(image, fileDefaults).map((entry) => ({
      ...entryOf(entry),
      key: entry.spec.clusterKey,
    }));
    return { errorCode: 0, errorMessage: '', entries };
  }
  if (request.resourceType === 'broker') {
    const overrides = image.configs.get(configResource('broker', request.resource)) ?? new Map();
    const entries = [...overrides].map(([key, value]) => ({
      key,
      value,
      isDefault: false,
      description: '',
      source: 'broker',
    }));
    return { errorCode: 0, errorMessage: '', entries };
  }
  if (request.resourceType === 'group') {
    const entries = groupConfigEntries(image, request.resource).map(groupEntry);
    return { errorCode: 0, errorMessage: '', entries };
  }
  const errorMessage = `${request.resourceType} is not topic, broker, group or cluster`;
  return refused('INVALID_REQUEST', errorMessage);
};

/** Counts and brokers by this broker's metadata, the quorum by the active controller. */
export const describeCluster = async (context: ClientContext): Promise<DescribeClusterResponse> => {
  const { config, metadata } = context;
  const quorum = await askQuorum(context);
  return {
    clusterId: config.clusterId,
    brokerId: config.brokerId,
    quorum,
    brokers: describeBrokers(context),
    metadataVersion: metadata.image.metadataVersion,
    knownMetadataVersion: METADATA_VERSION_MAX,
    ...countPartitions(context),
  };
};

type Counts = Pick<
  DescribeClusterResponse,
  'partitions' | 'underReplicated' | 'underMinIsr' | 'offline'
>;

const countPartitions = ({ metadata, config }: ClientContext): Counts => {
  const { image } = metadata;
  const counts = { partitions: 0, underReplicated: 0, underMinIsr: 0, offline: 0 };
  for (const topic of image.topics.values()) {
    const { minInsyncReplicas } = topicConfig(image, topic.topicId, config.fileDefaults);
    for (const registration of topic.partitions) {
      const { isr, leader } = registration;
      const replicas = originalReplicas(registration);
      const present = isr.filter((id) => isUsableBroker(image, id)).length;
      counts.partitions += 1;
      if (present < replicas.length) counts.underReplicated += 1;
      if (present < Math.min(minInsyncReplicas, replicas.length)) counts.underMinIsr += 1;
      if (leader === NONE) counts.offline += 1;
    }
  }
  return counts;
};

/** The quorum as the active controller sees it; `nodeId` NONE where none answers. */
export const askQuorum = async ({ channel }: ClientContext): Promise<DescribeQuorumResponse> => {
  try {
    return await channel.askOnce(ControllerService.describeQuorum, {
      request: {},
      deadlineMs: QUORUM_DEADLINE_MS,
    });
  } catch {
    // The description stands without it: leader -1 says that no controller answered.
    const nothing = { term: 0, commitIndex: 0, lastIndex: 0, peers: [], voters: [] };
    return { nodeId: NONE, leaderId: NONE, ...nothing };
  }
};

const entryOf = ({ spec, value, source }: TopicConfigEntry): ConfigEntry => ({
  key: spec.key,
  value,
  isDefault: source === 'default',
  description: spec.doc,
  source,
});

const groupEntry = ({ spec, value, isSet }: GroupConfigEntry): ConfigEntry => ({
  key: spec.key,
  value,
  isDefault: !isSet,
  description: spec.doc,
  source: isSet ? 'group' : 'default',
});

const refused = (
  code: 'UNKNOWN_TOPIC_OR_PARTITION' | 'INVALID_REQUEST',
  errorMessage: string,
): DescribeConfigsResponse => ({ errorCode: errorNumber(code), errorMessage, entries: [] });
