import { BROKER_CONFIGS, brokerConfigValues } from '../../metadata/broker-configs.ts';
import { configResource } from '../../metadata/image.ts';
import type { TopicConfigSpec } from '../../metadata/topic-configs.ts';
import { TOPIC_CONFIGS } from '../../metadata/topic-configs.ts';
import { CONFIG_SOURCES } from './config-source.ts';
import type { BrokerSetting, KafkaContext } from './context.ts';
import type { Described, Synonym } from './described-config.ts';
import { describedConfig } from './described-config.ts';

/** What holds where a topic says nothing: at run time, in the file, built in. */
export const defaultsOf = (
  { broker }: KafkaContext,
  { clusterKey: name, defaultValue }: TopicConfigSpec,
): Synonym[] => [
  ...synonym(
    name,
    broker.metadata.image.configs.get(configResource('cluster', ''))?.get(name),
    'cluster',
  ),
  ...synonym(name, broker.config.fileDefaults.get(name), 'file'),
  ...synonym(name, defaultValue, 'default'),
];

/** Settings of topics that are changed at run time for all brokers. */
export const clusterConfigs = (context: KafkaContext): Described[] =>
  TOPIC_CONFIGS.map((spec) => {
    const { clusterKey: name, type, doc } = spec;
    return describedConfig({ name, type: type.name, doc }, defaultsOf(context, spec));
  });

/** Everything in this node's file, and what goes before it: set of this broker, or for all. */
export const brokerConfigs = (context: KafkaContext): Described[] => {
  const changeable = [...runTimeConfigs(context), ...clusterConfigs(context)];
  const names = new Set(changeable.map(({ name }) => name));
  const fixed = context.brokerSettings.filter(({ key }) => !names.has(key)).map(fixedConfig);
  return [...fixed, ...changeable];
};

/** What changes at run time for this broker alone. */
const runTimeConfigs = ({ broker, brokerSettings }: KafkaContext): Described[] => {
  const own = brokerConfigValues(broker.metadata.image, broker.config.brokerId);
  return BROKER_CONFIGS.map(({ key: name, type, defaultValue, doc }) => {
    const inFile = brokerSettings.find(({ key }) => key === name)?.fileValue;
    return describedConfig({ name, type, doc }, [
      ...synonym(name, own.get(name), 'broker'),
      ...synonym(name, inFile, 'file'),
      ...synonym(name, defaultValue, 'default'),
    ]);
  });
};

const fixedConfig = ({ key: name, type, doc, fileValue, defaultValue }: BrokerSetting): Described =>
  describedConfig({ name, type, doc, readOnly: true }, [
    ...synonym(name, fileValue, 'file'),
    ...synonym(name, defaultValue, 'default'),
  ]);

const synonym = (
  name: string,
  value: string | null | undefined,
  place: keyof typeof CONFIG_SOURCES,
): Synonym[] =>
  value === null || value === undefined ? [] : [{ name, value, source: CONFIG_SOURCES[place] }];
