import { errorNumber } from '../../base/errors.ts';
import { groupConfigEntries } from '../../metadata/group-configs.ts';
import { configResource } from '../../metadata/image.ts';
import type { TopicConfigEntry, TopicConfigSpec } from '../../metadata/topic-configs.ts';
import { TOPIC_CONFIGS, topicConfigEntries } from '../../metadata/topic-configs.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { DescribeConfigsRequest, DescribeConfigsResponse } from '../wire/messages/configs.ts';
import { CONFIG_SOURCES, RESOURCE_TYPES, sourceNumber } from './config-source.ts';
import type { BrokerSetting, KafkaContext } from './context.ts';
import { topicNamed } from './context.ts';

type Asked = DescribeConfigsRequest['resources'][number];
type Result = DescribeConfigsResponse['results'][number];
type Described = Result['configs'][number];

/** Kafka's numbers of types. */
const TYPES: Readonly<Record<BrokerSetting['type'], number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
};

/**
 * DescribeConfigs, 1 to 4: all settings of a topic, of this broker (its file, and below it what was
 * set for all brokers) or, with an empty name, of all brokers; with where each value comes from.
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
    return {
      name,
      value,
      readOnly: false,
      configSource: isSet ? CONFIG_SOURCES.group : CONFIG_SOURCES.default,
      isSensitive: false,
      synonyms: [...own, byDefault],
      configType: TYPES[type.name],
      documentation: doc,
    };
  }),
});

const topicConfig = (
  context: KafkaContext,
  { spec, value, source }: TopicConfigEntry,
): Described => {
  const own = source === 'topic' ? [{ name: spec.key, value, source: CONFIG_SOURCES.topic }] : [];
  return {
    name: spec.key,
    value,
    readOnly: false,
    configSource: sourceNumber(source),
    isSensitive: false,
    synonyms: [...own, ...defaultsOf(context, spec)],
    configType: TYPES[spec.type.name],
    documentation: spec.doc,
  };
};

/** What holds where a topic says nothing: at run time, in the file, built in. */
const defaultsOf = (
  { broker }: KafkaContext,
  { clusterKey, defaultValue }: TopicConfigSpec,
): NonNullable<Described['synonyms']>[number][] => {
  const name = clusterKey;
  const { image } = broker.metadata;
  const cluster = image.configs.get(configResource('cluster', ''))?.get(name);
  const file = broker.config.fileDefaults.get(name);
  return [
    ...(cluster === undefined ? [] : [{ name, value: cluster, source: CONFIG_SOURCES.cluster }]),
    ...(file === undefined ? [] : [{ name, value: file, source: CONFIG_SOURCES.file }]),
    { name, value: defaultValue, source: CONFIG_SOURCES.default },
  ];
};

/** Settings of topics that are changed at run time for all brokers. */
const clusterConfigs = (context: KafkaContext): Described[] =>
  TOPIC_CONFIGS.map((spec) => {
    const synonyms = defaultsOf(context, spec);
    const [inForce] = synonyms;
    return {
      name: spec.clusterKey,
      value: inForce?.value ?? spec.defaultValue,
      readOnly: false,
      configSource: inForce?.source ?? CONFIG_SOURCES.default,
      isSensitive: false,
      synonyms,
      configType: TYPES[spec.type.name],
      documentation: spec.doc,
    };
  });

/** Everything in this node's file, and behind it what can be set at run time. */
const brokerConfigs = (context: KafkaContext): Described[] => {
  const changeable = clusterConfigs(context);
  const names = new Set(changeable.map(({ name }) => name));
  const own = context.brokerSettings
    .filter(({ key }) => !names.has(key))
    .map(({ key, value, type, isDefault, doc }): Described => {
      const source = isDefault ? CONFIG_SOURCES.default : CONFIG_SOURCES.file;
      return {
        name: key,
        value,
        readOnly: true,
        configSource: source,
        isSensitive: false,
        synonyms: value === null ? [] : [{ name: key, value, source }],
        configType: TYPES[type],
        documentation: doc,
      };
    });
  return [...own, ...changeable];
};
