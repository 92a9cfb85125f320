import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { GrowthFence, NewTopic, TopicGrowth, TopicResult } from '../../gen/ottla.ts';
import type { FenceSpec, TopicGrowthSpec, TopicSpec } from './admin-types.ts';

const TOPIC_KEYS: KeysOf<TopicSpec> = {
  name: true,
  partitions: true,
  replicationFactor: true,
  assignments: true,
  configs: true,
};

const GROWTH_KEYS: KeysOf<TopicGrowthSpec> = {
  name: true,
  totalPartitions: true,
  assignments: true,
  fence: true,
};

export const newTopicOf = (spec: TopicSpec): NewTopic => {
  checkKeys('key of a new topic', spec, TOPIC_KEYS);
  if (typeof spec.name !== 'string') {
    throw new OttlaError('INVALID_TOPIC', 'create topic: name is missing: give { name } and more');
  }
  const isPlaced = spec.assignments !== undefined;
  const what = `create topic ${spec.name}`;
  requireCount('INVALID_PARTITIONS', `${what}: partitions`, spec.partitions);
  requireCount('INVALID_REPLICATION_FACTOR', `${what}: replicationFactor`, spec.replicationFactor);
  return {
    name: spec.name,
    partitions: isPlaced ? NONE : (spec.partitions ?? NONE),
    replicationFactor: isPlaced ? NONE : (spec.replicationFactor ?? NONE),
    assignments: (spec.assignments ?? []).map((replicas, partition) => ({ partition, replicas })),
    configs: new Map(
      Object.entries(spec.configs ?? {}).map(([key, value]) => [key, String(value)]),
    ),
  };
};

/** `firstPartition`: the number of the first new partition, for explicit placement. */
export const topicGrowthOf = (spec: TopicGrowthSpec): TopicGrowth => {
  checkKeys('key of a topic to grow', spec, GROWTH_KEYS);
  const assignments = spec.assignments ?? [];
  const what = `add partitions to topic ${spec.name}: totalPartitions`;
  requireCount('INVALID_PARTITIONS', what, spec.totalPartitions);
  const firstPartition = spec.totalPartitions - assignments.length;
  const { fence } = spec;
  return {
    name: spec.name,
    totalPartitions: spec.totalPartitions,
    assignments: assignments.map((replicas, index) => ({
      partition: firstPartition + index,
      replicas,
    })),
    ...(fence === undefined ? {} : { fence: growthFenceOf(spec.name, fence) }),
  };
};

const FENCE_KEYS: KeysOf<FenceSpec> = { groups: true, settleMs: true };
const SETTLE_MS = 420_000;

const growthFenceOf = (topic: string, fence: FenceSpec): GrowthFence => {
  checkKeys('key of a fence', fence, FENCE_KEYS);
  const { groups, settleMs = SETTLE_MS } = fence;
  if (groups.length === 0) {
    const why = `the fence of topic ${topic} names no group: name those that keep the order`;
    throw new OttlaError('CONFIG', why);
  }
  if (Number.isSafeInteger(settleMs) && settleMs >= 0) return { groups, settleMs };
  const why = `the fence of topic ${topic}: settleMs=${settleMs} is no whole number of 0 or more`;
  throw new OttlaError('CONFIG', why);
};

/** What the wire has no number for would arrive there as another one. */
const COUNT_MAX = 0x7fff_ffff;

const requireCount = (code: ErrorCode, what: string, count: number | undefined): void => {
  if (count === undefined || (Number.isInteger(count) && Math.abs(count) <= COUNT_MAX)) return;
  throw new OttlaError(code, `${what} is ${count}: give a whole number, 1 or more`);
};

/** The controller mostly names the topic itself: once is enough. */
const describeFailed = (verb: string, result: TopicResult, code: ErrorCode): string => {
  const { name, errorMessage } = result;
  if (errorMessage === '') return `${verb} ${name}: ${code}`;
  const isNamed = errorMessage.includes(`topic ${name}`) || errorMessage.includes(`'${name}'`);
  return isNamed ? errorMessage : `${verb} ${name}: ${errorMessage}`;
};

export interface TopicOutcome {
  readonly topics: readonly TopicResult[];
  /** For messages: `create topic`. */
  readonly verb: string;
  /** What an earlier attempt, whose answer was lost, would leave behind: then it is no failure. */
  readonly isDone: (result: TopicResult, code: ErrorCode) => boolean;
}

/**
 * The failure in an answer over topics, if any: the first retriable one, so that the request is
 * tried again, else the first; the message names every topic that failed.
 */
export const topicFailure = (outcome: TopicOutcome): OttlaError | undefined => {
  const failed = outcome.topics
    .map((result) => ({ result, code: errorCodeOf(result.errorCode) }))
    .filter(({ result, code }) => code !== 'NONE' && !outcome.isDone(result, code));
  const errors = failed.map(({ result, code }) => {
    return new OttlaError(code, describeFailed(outcome.verb, result, code));
  });
  const main = errors.find(({ retriable }) => !retriable) ?? errors[0];
  if (main === undefined || errors.length === 1) return main;
  const messages = new Set(errors.map(({ message }) => message));
  return new OttlaError(main.code, [...messages].join('; '));
};

/** The controller knows all topics: unlike a broker's, its "unknown" does not pass by waiting. */
export const finalIfUnknown = (error: OttlaError | undefined): OttlaError | undefined =>
  error?.code === 'UNKNOWN_TOPIC_OR_PARTITION'
    ? new OttlaError(error.code, error.message, { retriable: false })
    : error;
