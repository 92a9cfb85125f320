import { OttlaError } from '../base/errors.ts';
import type {
  AlterConfigsRequest,
  AlterConfigsResponse,
  ConfigChange,
  ConfigResult,
} from '../gen/ottla.ts';
import { DECOMMISSION_KEY, validateBrokerConfig } from '../metadata/broker-configs.ts';
import type { ConfigSetting } from '../metadata/config-versions.ts';
import { featureOfConfig } from '../metadata/config-versions.ts';
import { validateGroupConfig, validateGroupName } from '../metadata/group-configs.ts';
import type { ConfigResourceType, ConfigValues, MetadataImage } from '../metadata/image.ts';
import { configResource } from '../metadata/image.ts';
import { OFFSETS_TOPIC } from '../metadata/internal-topics.ts';
import { configRecord } from '../metadata/records.ts';
import {
  describeConflict,
  topicConfig,
  validateClusterConfig,
  validateClusterConfigKey,
  validateTopicConfig,
  validateTopicConfigKey,
} from '../metadata/topic-configs.ts';
import { requireFeature } from '../metadata/versions.ts';
import type { DecideContext, Decision } from './decision.ts';
import { indexedAnswer, Plan } from './decision.ts';
import { requireWayOut } from './decommission.ts';
import { electWhereLeaderless, moveDrainedLeaders } from './election.ts';
import { reviewEligible } from './eligible.ts';

/**
 * Changes settings, resource by resource: all changes of one resource or none. Allowing unclean
 * elections takes effect at once, where a partition waits for one; so does a drain.
 *
 * Errors per resource: UNKNOWN_TOPIC_OR_PARTITION, INVALID_CONFIG, INVALID_REQUEST, and
 * UNSUPPORTED_VERSION for what older nodes of the cluster would not do.
 */
export const decideAlterConfigs = (
  image: MetadataImage,
  request: AlterConfigsRequest,
  context: DecideContext,
): Decision<AlterConfigsResponse> => {
  const plan = new Plan(image);
  const results = [...byResource(request.changes)].map((changes) =>
    alterResource(plan, changes, context.fileDefaults),
  );
  if (plan.records.length > 0) {
    if (request.changes.some(isAboutCommitting)) reviewEligible(plan, image, context);
    const allowsUnclean = (now: MetadataImage, topicId: string): boolean =>
      topicConfig(now, topicId, context.fileDefaults).uncleanLeaderElectionEnable;
    electWhereLeaderless(
      plan,
      context,
      (_, topicId) => allowsUnclean(plan.image, topicId) && !allowsUnclean(image, topicId),
    );
    if (request.changes.some(isAboutDrain)) moveDrainedLeaders(plan, context);
  }
  return indexedAnswer(request.validateOnly ? [] : plan.records, { results });
};

/** Of when records count as committed, and of what is left of them after a crash. */
const isAboutCommitting = ({ key }: ConfigChange): boolean =>
  key === 'min.insync.replicas' || key === 'ack.durability';

const isAboutDrain = ({ resourceType, value }: ConfigChange): boolean =>
  resourceType === 'broker' && value === 'true';

const byResource = (changes: readonly ConfigChange[]): Iterable<ConfigChange[]> => {
  const groups = new Map<string, ConfigChange[]>();
  for (const change of changes) {
    const name = `${change.resourceType}/${change.resource}`;
    groups.set(name, [...(groups.get(name) ?? []), change]);
  }
  return groups.values();
};

const alterResource = (
  plan: Plan,
  changes: readonly ConfigChange[],
  fileDefaults: ConfigValues | undefined,
): ConfigResult => {
  const { resourceType = '', resource = '' } = changes[0] ?? {};
  try {
    const target = targetOf(plan.image, resourceType, resource);
    for (const change of changes) {
      target.check(change);
      requireVersionFor(plan.image, { type: target.type, ...change });
    }
    checkTogether(plan.image, target, { changes, fileDefaults });
    const leaves = changes.some(({ key, value }) => key === DECOMMISSION_KEY && value === 'true');
    if (leaves) requireWayOut(plan.image, Number(target.name));
    for (const { key, value } of changes) plan.emit(configRecord(target, key, value));
    return { resourceType, resource, errorCode: 0, errorMessage: '' };
  } catch (error) {
    if (!(error instanceof OttlaError)) throw error;
    return { resourceType, resource, errorCode: error.kafkaCode, errorMessage: error.message };
  }
};

/** Throws UNSUPPORTED_VERSION for a setting that older nodes of the cluster would not go by. */
export const requireVersionFor = (image: MetadataImage, setting: ConfigSetting): void => {
  const feature = featureOfConfig(setting);
  if (feature !== undefined) requireFeature(image, feature);
};

/** The settings as they will be. */
const checkTogether = (
  image: MetadataImage,
  { type, name }: Target,
  by: {
    readonly changes: readonly ConfigChange[];
    readonly fileDefaults: ConfigValues | undefined;
  },
): void => {
  const changed = new Map(image.configs.get(configResource(type, name)));
  for (const { key, value } of by.changes) {
    if (value === undefined) changed.delete(key);
    else changed.set(key, value);
  }
  const isTopic = type === 'topic';
  const cluster = isTopic ? image.configs.get(configResource('cluster', '')) : changed;
  refuse(describeConflict(isTopic ? changed : undefined, cluster, by.fileDefaults));
};

interface Target {
  readonly type: ConfigResourceType;
  readonly name: string;
  readonly check: (change: ConfigChange) => void;
}

const targetOf = (image: MetadataImage, type: string, resource: string): Target => {
  switch (type) {
    case 'topic': {
      const topicId = image.topicIdsByName.get(resource);
      if (topicId !== undefined) return { type, name: topicId, check: checkTopicChange };
      throw new OttlaError(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `there is no topic ${resource}: check the name, or create it`,
      );
    }
    case 'cluster':
      return { type, name: '', check: checkClusterChange };
    case 'broker':
      if (image.brokers.has(Number(resource))) {
        return { type, name: String(Number(resource)), check: checkBrokerChange };
      }
      throw new OttlaError(
        'INVALID_REQUEST',
        `broker '${resource}' is not registered: check the number, or start it first`,
      );
    case 'group': {
      const reason = validateGroupName(resource);
      if (reason !== undefined) throw new OttlaError('INVALID_REQUEST', reason);
      return { type, name: resource, check: checkGroupChange };
    }
    default:
      throw new OttlaError('INVALID_REQUEST', `there are no settings of a '${type}'`);
  }
};

const checkTopicChange = ({ resource, key, value }: ConfigChange): void => {
  refuse(value === undefined ? validateTopicConfigKey(key) : validateTopicConfig(key, value));
  if (resource === OFFSETS_TOPIC) refuse(fixedOfOffsets(key, value));
};

/** The coordinator appends its own batches, which nobody recompresses. */
const fixedOfOffsets = (key: string, value: string | undefined): string | undefined =>
  key === 'compression.type' && value !== 'producer'
    ? `compression.type of ${OFFSETS_TOPIC} is producer: what is stored there is never recompressed`
    : undefined;

const checkClusterChange = ({ key, value }: ConfigChange): void =>
  refuse(value === undefined ? validateClusterConfigKey(key) : validateClusterConfig(key, value));

const checkBrokerChange = ({ key, value }: ConfigChange): void =>
  refuse(validateBrokerConfig(key, value));

const checkGroupChange = ({ key, value }: ConfigChange): void =>
  refuse(validateGroupConfig(key, value));

const refuse = (reason: string | undefined): void => {
  if (reason !== undefined) throw new OttlaError('INVALID_CONFIG', reason);
};
