import { errorNumber } from '../../base/errors.ts';
import { groupConfigEntries } from '../../metadata/group-configs.ts';
import type { TopicConfigEntry } from '../../metadata/topic-configs.ts';
import { topicConfigEntries } from '../../metadata/topic-configs.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { DescribeConfigsRequest, DescribeConfigsResponse } from '../wire/messages/configs.ts';
import { brokerConfigs, clusterConfigs, defaultsOf } from './broker-configs.ts';
import { CONFIG_SOURCES, RESOURCE_TYPES } from './config-source.ts';
import type { KafkaContext } from './context.ts';
import { topicNamed } from './context.ts';
import type { Described } from './described-config.ts';
import { describedConfig } from './described-config.ts';

type Asked = DescribeConfigsRequest['resources'][number];
type Result = DescribeConfigsResponse['results'][number];

/**
 * DescribeConfigs, 1 to 4: all settings of a topic, of a group, of this broker (its file, what was
 * set of it at run time, and what was set for all brokers) or, with an empty name, of all brokers;
 * with where each value comes from, and what would hold without it. What only the file can change
 * is read-only.
 */
export const describeConfigsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.describeConfigs, ({ body }) => ({
    results: body.resources.map((asked) => describe(context, asked, body)),
  }));

const describe = (context: KafkaContext, asked: Asked, body: DescribeConfigsRequest): Result => {
  const { resourceType, resourceName, configurationKeys } = asked;
  const resource = { resourceType, resourceName };
  const found = lookUp(context, asked);
  if ('errorMessage' in found) return { ...resource, ...found, configs: [] };
  const configs = found.configs
    .filter(({ name }) => configurationKeys === null || configurationKeys.includes(name))
    .map((config) => ({
      ...config,
      synonyms: body.includeSynonyms ? config.synonyms : [],
      documentation: body.includeDocumentation ? config.documentation : null,
    }));
  return { ...resource, errorCode: 0, configs };
};

type Found =
  | { readonly configs: readonly Described[] }
  | { readonly errorCode: number; readonly errorMessage: string };

const lookUp = (context: KafkaContext, { resourceType, resourceName }: Asked): Found => {
  const { brokerId } = context.broker.config;
  if (resourceType === RESOURCE_TYPES.topic) return topicConfigs(context, resourceName);
  if (resourceType === RESOURCE_TYPES.group) return groupConfigs(context, resourceName);
  if (resourceType !== RESOURCE_TYPES.broker) {
    const errorMessage = `resources of type ${resourceType} have no settings here`;
    return { errorCode: errorNumber('INVALID_REQUEST'), errorMessage };
  }
  if (resourceName === '') return { configs: clusterConfigs(context) };
  if (resourceName === String(brokerId)) return { configs: brokerConfigs(context) };
  const errorMessage = `this is broker ${brokerId}: ask broker ${resourceName} itself`;
  return { errorCode: errorNumber('INVALID_REQUEST'), errorMessage };
};

const topicConfigs = (context: KafkaContext, name: string): Found => {
  const topic = topicNamed(context, name);
  if (topic === undefined) {
    const errorCode = errorNumber('UNKNOWN_TOPIC_OR_PARTITION');
    return { errorCode, errorMessage: `there is no topic ${name}` };
  }
  const { metadata, config } = context.broker;
  const entries = topicConfigEntries(metadata.image, topic.topicId, config.fileDefaults);
  return { configs: entries.map((entry) => topicConfig(context, entry)) };
};

/** Those of a group that does not exist too: it may have them before its first member. */
const groupConfigs = ({ broker }: KafkaContext, groupId: string): Found => ({
  configs: groupConfigEntries(broker.metadata.image, groupId).map(({ spec, value, isSet }) => {
    const { key: name, type, defaultValue, doc } = spec;
    const byDefault = { name, value: defaultValue, source: CONFIG_SOURCES.default };
    const own = isSet ? [{ name, value, source: CONFIG_SOURCES.group }] : [];
    return describedConfig({ name, type: type.name, doc }, [...own, byDefault]);
  }),
});

const topicConfig = (
  context: KafkaContext,
  { spec, value, source }: TopicConfigEntry,
): Described => {
  const { key: name, type, doc } = spec;
  const own = source === 'topic' ? [{ name, value, source: CONFIG_SOURCES.topic }] : [];
  return describedConfig({ name, type: type.name, doc }, [...own, ...defaultsOf(context, spec)]);
};
