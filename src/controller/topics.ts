import { must } from '../base/assert.ts';
import type { ErrorCode } from '../base/errors.ts';
import { errorNumber, OttlaError } from '../base/errors.ts';
import type { NodeId, TopicId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import { validateTopicName } from '../base/topic-name.ts';
import type {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
  CreateTopicsRequest,
  CreateTopicsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  NewTopic,
  TopicGrowth,
  TopicResult,
} from '../gen/ottla.ts';
import type { ConfigValues, MetadataImage, TopicImage } from '../metadata/image.ts';
import { configResource, targetReplicas } from '../metadata/image.ts';
import { OFFSETS_TOPIC } from '../metadata/internal-topics.ts';
import { configRecord, noOpRecord, removeTopicRecord, topicRecord } from '../metadata/records.ts';
import { describeConflict, validateTopicConfig } from '../metadata/topic-configs.ts';
import { requireVersionFor } from './configs.ts';
import type { Decision } from './decision.ts';
import { Plan } from './decision.ts';
import { changeFence, liftFence, setFence } from './fence.ts';
import { newPartitionRecord, readAssignments } from './new-partitions.ts';
import { placementBrokers, placeReplicas } from './placement.ts';

export interface TopicLimits {
  /** num.partitions */
  readonly defaultPartitions: number;
  /** default.replication.factor */
  readonly defaultReplicationFactor: number;
  /** Partitions that one topic may have. */
  readonly maxPartitions: number;
}

export interface GrowthContext {
  readonly limits: TopicLimits;
  /** A draw for the placement; 0 or more. */
  readonly placementSeed: number;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** As in `DecideContext`. */
  readonly fileDefaults?: ConfigValues | undefined;
}

export interface CreateContext extends GrowthContext {
  /** Fresh ids, one for each topic of the request. */
  readonly topicIds: readonly TopicId[];
}

/**
 * Creates topics, each on its own: one that is refused does not hold up the others. Errors per
 * topic: INVALID_TOPIC, TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR,
 * INVALID_REPLICA_ASSIGNMENT, INVALID_CONFIG, UNSUPPORTED_VERSION for a setting that older nodes do
 * not know, and INVALID_REQUEST for a name given twice.
 */
export const decideCreateTopics = (
  image: MetadataImage,
  request: CreateTopicsRequest,
  context: CreateContext,
): Decision<CreateTopicsResponse> => {
  const plan = new Plan(image);
  const twice = namedTwice(request.topics);
  const topics = request.topics.map((topic, place) =>
    resultOf(topic.name, () => {
      if (twice.has(topic.name)) throw nameGivenTwice(topic.name);
      const topicId = must(context.topicIds[place], 'each topic of a request has a fresh id');
      return createTopic(plan, topic, { ...context, topicId });
    }),
  );
  return finish(plan, { topics }, request.validateOnly);
};

const createTopic = (
  plan: Plan,
  topic: NewTopic,
  context: GrowthContext & { readonly topicId: TopicId },
): TopicResult => {
  const { name } = topic;
  const { topicId } = context;
  const reason = validateTopicName(name);
  if (reason !== undefined) throw new OttlaError('INVALID_TOPIC', reason);
  if (plan.image.topicIdsByName.has(name)) {
    throw new OttlaError(
      'TOPIC_ALREADY_EXISTS',
      `topic ${name} exists already: use it, or choose another name`,
    );
  }
  const other = collidingTopic(plan.image, name);
  if (other !== undefined) {
    throw new OttlaError(
      'INVALID_TOPIC',
      `topic ${name} collides with ${other}: metric names have _ for both . and _; rename it`,
    );
  }
  checkConfigs(plan.image, topic, context);
  const replicaLists = replicasOfNewTopic(plan.image, topic, context);
  plan.emit(topicRecord(topicId, name));
  for (const [partition, replicas] of replicaLists.entries()) {
    plan.emit(newPartitionRecord(plan.image, topicId, { partition, replicas }));
  }
  for (const [key, value] of topic.configs) {
    plan.emit(configRecord({ type: 'topic', name: topicId }, key, value));
  }
  return success(must(plan.image.topics.get(topicId), 'the topic was just created'));
};

/** As Kafka, which writes `.` as `_` in metric names: two such topics would be counted as one. */
const collidingTopic = (image: MetadataImage, name: string): string | undefined => {
  if (!/[._]/.test(name)) return undefined;
  const unified = unifiedName(name);
  // The cluster makes its own topic when a group first needs it, and no group works without.
  const names = [...image.topicIdsByName.keys(), OFFSETS_TOPIC];
  return names.find(
    (other) => other.length === name.length && other !== name && unifiedName(other) === unified,
  );
};

const unifiedName = (name: string): string => name.replaceAll('.', '_');

const checkConfigs = (
  image: MetadataImage,
  { configs }: NewTopic,
  { fileDefaults }: GrowthContext,
): void => {
  const refuse = (reason: string | undefined): void => {
    if (reason !== undefined) throw new OttlaError('INVALID_CONFIG', reason);
  };
  for (const [key, value] of configs) {
    refuse(validateTopicConfig(key, value));
    requireVersionFor(image, { type: 'topic', key, value });
  }
  const cluster = image.configs.get(configResource('cluster', ''));
  refuse(describeConflict(configs, cluster, fileDefaults));
};

const replicasOfNewTopic = (
  image: MetadataImage,
  topic: NewTopic,
  { limits, placementSeed }: GrowthContext,
): NodeId[][] => {
  const { assignments } = topic;
  if (assignments.length > 0) {
    if (topic.partitions !== NONE || topic.replicationFactor !== NONE) {
      throw new OttlaError(
        'INVALID_REQUEST',
        `topic ${topic.name} has explicit assignments and counts; leave the counts at -1`,
      );
    }
    checkPartitionCount(topic.name, assignments.length, limits);
    return readAssignments({ image, assignments, firstPartition: 0 });
  }
  const partitionCount = orDefault(topic.partitions, limits.defaultPartitions);
  const replicationFactor = orDefault(topic.replicationFactor, limits.defaultReplicationFactor);
  checkPartitionCount(topic.name, partitionCount, limits);
  if (replicationFactor < 1) {
    throw new OttlaError(
      'INVALID_REPLICATION_FACTOR',
      `replication factor ${replicationFactor} of topic ${topic.name} is below 1`,
    );
  }
  const brokers = placementBrokers(image);
  return placeReplicas({ brokers, partitionCount, replicationFactor, seed: placementSeed });
};

const orDefault = (value: number, fallback: number): number => (value === NONE ? fallback : value);

const checkPartitionCount = (name: string, count: number, { maxPartitions }: TopicLimits): void => {
  if (count >= 1 && count <= maxPartitions) return;
  throw new OttlaError(
    'INVALID_PARTITIONS',
    `topic ${name} cannot have ${count} partitions; ask for 1 to ${maxPartitions}`,
  );
};

/**
 * Deletes topics by name or id, or only tells which they are. Errors per topic:
 * UNKNOWN_TOPIC_OR_PARTITION by name, UNKNOWN_TOPIC_ID by id. Nothing to delete is written down as
 * well: that a name means this topic, or that one is gone, must not be told by a controller that
 * was replaced and has not heard of it.
 */
export const decideDeleteTopics = (
  image: MetadataImage,
  { names, topicIds, validateOnly }: DeleteTopicsRequest,
): Decision<DeleteTopicsResponse> => {
  const plan = new Plan(image);
  const remove = (topic: TopicImage): TopicResult => {
    if (!validateOnly) {
      liftFence(plan, topic.topicId);
      plan.emit(removeTopicRecord(topic.topicId));
    }
    return success(topic);
  };
  const byName = names.map((name) => resultOf(name, () => remove(requireTopic(plan.image, name))));
  const byId = topicIds.map((topicId) => ({
    ...resultOf('', () => remove(requireTopicId(plan.image, topicId))),
    topicId,
  }));
  if (plan.records.length === 0) plan.emit(noOpRecord());
  return plan.answer({ topics: [...byName, ...byId] });
};

/**
 * Adds partitions, and changes the fence before those that were added. Errors per topic:
 * UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS when the topic would not grow, with a fence not by
 * a whole factor, or is that of groups, INVALID_REPLICA_ASSIGNMENT, INVALID_REPLICATION_FACTOR with
 * too few brokers up, and INVALID_REQUEST for a name given twice or a fence that cannot be.
 */
export const decideCreatePartitions = (
  image: MetadataImage,
  request: CreatePartitionsRequest,
  context: GrowthContext,
): Decision<CreatePartitionsResponse> => {
  const plan = new Plan(image);
  const twice = namedTwice(request.topics);
  const topics = request.topics.map((growth) =>
    resultOf(growth.name, () => {
      if (twice.has(growth.name)) throw nameGivenTwice(growth.name);
      return growTopic(plan, growth, context);
    }),
  );
  return finish(plan, { topics }, request.validateOnly);
};

const growTopic = (plan: Plan, growth: TopicGrowth, context: GrowthContext): TopicResult => {
  const topic = requireTopic(plan.image, growth.name);
  const firstPartition = topic.partitions.length;
  const { fence } = growth;
  if (fence !== undefined && growth.totalPartitions === firstPartition) {
    changeFence(plan, topic, fence.groups);
    return success(topic);
  }
  if (growth.totalPartitions <= firstPartition) {
    throw new OttlaError(
      'INVALID_PARTITIONS',
      `topic ${growth.name} has ${firstPartition} partitions, and they can only become more: ` +
        `ask for ${firstPartition + 1} or more, or create another topic where fewer are wanted`,
    );
  }
  if (growth.name === OFFSETS_TOPIC) {
    throw new OttlaError(
      'INVALID_PARTITIONS',
      `${OFFSETS_TOPIC} keeps its ${firstPartition} partitions: with others, groups would be looked for where they are not`,
    );
  }
  checkPartitionCount(growth.name, growth.totalPartitions, context.limits);
  // In one batch with the partitions: whoever knows of these knows of their fence.
  if (fence !== undefined) {
    const { totalPartitions } = growth;
    const { groups, settleMs } = fence;
    setFence(plan, { topic, totalPartitions, groups, settleMs, sinceMs: context.nowMs });
  }
  const replicaLists = replicasOfGrowth(plan.image, { growth, topic }, context);
  for (const [place, replicas] of replicaLists.entries()) {
    const partition = firstPartition + place;
    plan.emit(newPartitionRecord(plan.image, topic.topicId, { partition, replicas }));
  }
  return success(must(plan.image.topics.get(topic.topicId), 'the topic was just enlarged'));
};

const replicasOfGrowth = (
  image: MetadataImage,
  { growth, topic }: { readonly growth: TopicGrowth; readonly topic: TopicImage },
  { placementSeed }: GrowthContext,
): NodeId[][] => {
  const firstPartition = topic.partitions.length;
  const partitionCount = growth.totalPartitions - firstPartition;
  const replicationFactor = replicationFactorOf(topic) ?? 1;
  if (growth.assignments.length === 0) {
    const brokers = placementBrokers(image);
    return placeReplicas({ brokers, partitionCount, replicationFactor, seed: placementSeed });
  }
  const lists = readAssignments({ image, assignments: growth.assignments, firstPartition });
  if (lists.length === partitionCount && lists[0]?.length === replicationFactor) return lists;
  throw new OttlaError(
    'INVALID_REPLICA_ASSIGNMENT',
    `topic ${growth.name} grows by ${partitionCount} partitions of ${replicationFactor} replicas; the assignment has others`,
  );
};

const requireTopic = (image: MetadataImage, name: string): TopicImage => {
  const topic = image.topics.get(image.topicIdsByName.get(name) ?? '');
  if (topic === undefined) {
    throw new OttlaError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `there is no topic ${name}: check the name, or create it`,
    );
  }
  return topic;
};

const requireTopicId = (image: MetadataImage, topicId: TopicId): TopicImage => {
  const topic = image.topics.get(topicId);
  if (topic !== undefined) return topic;
  throw new OttlaError(
    'UNKNOWN_TOPIC_ID',
    `there is no topic with the id ${topicId}: it was deleted, or never was`,
  );
};

const namedTwice = (topics: readonly { readonly name: string }[]): ReadonlySet<string> => {
  const seen = new Set<string>();
  return new Set(
    topics.map(({ name }) => name).filter((name) => seen.size === seen.add(name).size),
  );
};

const nameGivenTwice = (name: string): OttlaError =>
  new OttlaError('INVALID_REQUEST', `topic ${name} is given twice in one request`);

/** A topic's own errors become its result, a bug does not. A refused topic emits nothing. */
const resultOf = (name: string, decide: () => TopicResult): TopicResult => {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof OttlaError)) throw error;
    return refusal(name, error.code, error.message);
  }
};

const refusal = (name: string, code: ErrorCode, errorMessage: string): TopicResult => ({
  name,
  topicId: '',
  errorCode: errorNumber(code),
  errorMessage,
  partitions: NONE,
  replicationFactor: NONE,
});

const success = ({ name, topicId, partitions }: TopicImage): TopicResult => ({
  name,
  topicId,
  errorCode: 0,
  errorMessage: '',
  partitions: partitions.length,
  replicationFactor: replicationFactorOf({ partitions }) ?? NONE,
});

/** As it will be once what is under way is done. */
const replicationFactorOf = ({ partitions }: Pick<TopicImage, 'partitions'>): number | undefined =>
  partitions[0] === undefined ? undefined : targetReplicas(partitions[0]).length;

const finish = <Response>(
  plan: Plan,
  response: Response,
  validateOnly: boolean,
): Decision<Response> =>
  validateOnly ? { records: [], respond: () => response } : plan.answer(response);
