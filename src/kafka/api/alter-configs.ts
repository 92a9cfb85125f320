import { errorNumber, OttlaError } from '../../base/errors.ts';
import { ALTER_CONFIGS, forward } from '../../broker/client/admin.ts';
import type { ConfigChange } from '../../gen/ottla.ts';
import { configResource } from '../../metadata/image.ts';
import { topicConfigEntries, topicConfigSpec } from '../../metadata/topic-configs.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type {
  AlterConfigsRequest,
  AlterConfigsResponse,
  IncrementalAlterConfigsRequest,
} from '../wire/messages/configs.ts';
import { RESOURCE_TYPES } from './config-source.ts';
import type { KafkaContext } from './context.ts';
import { failureOf, textOrNull, topicIdNamed, topicNamed, wireNumber } from './context.ts';

const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

/**
 * Kafka's tool for reassignments sets and clears these beside
 * `follower.replication.throttled.rate`, which holds here for every replica far behind and needs no
 * other: they are taken, and do nothing.
 */
const THROTTLES_OF_KAFKA: ReadonlySet<string> = new Set([
  'leader.replication.throttled.rate',
  'leader.replication.throttled.replicas',
  'follower.replication.throttled.replicas',
  'replica.alter.log.dirs.io.max.bytes.per.second',
]);

type Result = AlterConfigsResponse['responses'][number];
type Replaced = AlterConfigsRequest['resources'][number];
type Changed = IncrementalAlterConfigsRequest['resources'][number];
type Resource = Pick<Replaced, 'resourceType' | 'resourceName'>;

/** AlterConfigs, 0 to 2: sets what is named; whatever else was set goes back to its default. */
export const alterConfigsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.alterConfigs, async ({ body }) => ({
    responses: await alterAll(context, body, (asked) => replacement(context, asked)),
  }));

/**
 * IncrementalAlterConfigs, 0 to 1: only what is named changes; lists can be added to and taken
 * from. All changes of a resource are made or none.
 */
export const incrementalAlterConfigsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.incrementalAlterConfigs, async ({ body }) => ({
    responses: await alterAll(context, body, (asked) =>
      asked.configs
        .filter(({ name }) => !THROTTLES_OF_KAFKA.has(name))
        .map((config) => changeOf(context, asked, config)),
    ),
  }));

/** One resource after the other: a refusal of one is no matter of the next. */
const alterAll = async <Asked extends Resource>(
  context: KafkaContext,
  body: { readonly resources: readonly Asked[]; readonly validateOnly: boolean },
  changesOf: (asked: Asked) => ConfigChange[],
): Promise<Result[]> => {
  const results: Result[] = [];
  for (const asked of body.resources) {
    const { resourceType, resourceName } = asked;
    const outcome = await alter(context, () => changesOf(asked), body.validateOnly);
    results.push({ resourceType, resourceName, ...outcome });
  }
  return results;
};

const alter = async (
  context: KafkaContext,
  changesOf: () => ConfigChange[],
  validateOnly: boolean,
): Promise<Pick<Result, 'errorCode' | 'errorMessage'>> => {
  try {
    const changes = changesOf();
    if (changes.length === 0) return { errorCode: 0 };
    const request = { changes, validateOnly };
    const { results } = await forward(context.broker, ALTER_CONFIGS, { request });
    const [result] = results;
    if (result === undefined) return { errorCode: errorNumber('UNKNOWN_SERVER_ERROR') };
    const { errorCode, errorMessage } = result;
    return { errorCode: wireNumber(errorCode), errorMessage: textOrNull(errorMessage) };
  } catch (error) {
    return failureOf(error);
  }
};

/** As the controller names resources; Kafka's broker without a number is the whole cluster. */
const resourceOf = ({
  resourceType,
  resourceName,
}: Resource): Pick<ConfigChange, 'resourceType' | 'resource'> => {
  if (resourceType === RESOURCE_TYPES.topic) {
    return { resourceType: 'topic', resource: resourceName };
  }
  if (resourceType === RESOURCE_TYPES.group)
    return { resourceType: 'group', resource: resourceName };
  if (resourceType !== RESOURCE_TYPES.broker) {
    throw new OttlaError(
      'INVALID_REQUEST',
      `resources of type ${resourceType} have no settings here`,
    );
  }
  return resourceName === ''
    ? { resourceType: 'cluster', resource: '' }
    : { resourceType: 'broker', resource: resourceName };
};

const replacement = (context: KafkaContext, asked: Replaced): ConfigChange[] => {
  const resource = resourceOf(asked);
  const named = new Set(asked.configs.map(({ name }) => name));
  const { image } = context.broker.metadata;
  const isTopic = resource.resourceType === 'topic';
  const id = isTopic ? topicIdNamed(context, resource.resource) : resource.resource;
  const before = image.configs.get(configResource(resource.resourceType, id)) ?? new Map();
  const gone = [...before.keys()].filter((key) => !named.has(key));
  return [
    ...asked.configs.map(({ name, value }) => ({ ...resource, key: name, ...valueField(value) })),
    ...gone.map((key: string) => ({ ...resource, key })),
  ];
};

const valueField = (value: string | null): { readonly value?: string } =>
  value === null ? {} : { value };

const changeOf = (
  context: KafkaContext,
  asked: Changed,
  { name, configOperation, value }: Changed['configs'][number],
): ConfigChange => {
  const change = { ...resourceOf(asked), key: name };
  if (configOperation === DELETE) return change;
  if (value === null) {
    throw new OttlaError('INVALID_CONFIG', `${name} has no value: give one, or delete it`);
  }
  if (configOperation === SET) return { ...change, value };
  if (configOperation !== APPEND && configOperation !== SUBTRACT) {
    throw new OttlaError('INVALID_REQUEST', `${configOperation} is no operation on a setting`);
  }
  const before = listOf(context, asked, name);
  const pieces = value.split(',').map((piece) => piece.trim());
  const after =
    configOperation === APPEND
      ? [...before, ...pieces.filter((piece) => !before.includes(piece))]
      : before.filter((piece) => !pieces.includes(piece));
  return { ...change, value: after.join(',') };
};

/** The pieces of a topic's list as it is in force; only lists can be added to. */
const listOf = (context: KafkaContext, { resourceName }: Changed, name: string): string[] => {
  if (topicConfigSpec(name)?.type.name !== 'list') {
    throw new OttlaError('INVALID_CONFIG', `${name} is no list: set it as a whole`);
  }
  const { metadata, config } = context.broker;
  const topicId = topicNamed(context, resourceName)?.topicId ?? '';
  const entries = topicConfigEntries(metadata.image, topicId, config.fileDefaults);
  const value = entries.find(({ spec }) => spec.key === name)?.value ?? '';
  return value.split(',').filter((piece) => piece !== '');
};
