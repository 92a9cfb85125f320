import type { BrokerSetting } from '../kafka/api/context.ts';
import type { NodeConfig } from './config.ts';
import type { ConfigKey } from './config-keys.ts';
import { CONFIG_KEYS } from './config-keys.ts';

const INT_MAX = 2 ** 31 - 1;

/** The node's keys as Kafka's clients are told of them: all are read once, from its file. */
export const brokerSettings = ({ settings }: Pick<NodeConfig, 'settings'>): BrokerSetting[] =>
  CONFIG_KEYS.map((entry) => ({
    key: entry.key,
    fileValue: settings.get(entry.key) ?? null,
    defaultValue: entry.default ?? null,
    type: typeName(entry),
    doc: entry.description,
  }));

const typeName = ({ type }: ConfigKey): BrokerSetting['type'] => {
  if (type.kind === 'boolean') return 'boolean';
  if (type.kind === 'decimal') return 'double';
  if (type.kind === 'list') return 'list';
  if (type.kind !== 'integer') return 'string';
  return type.max > INT_MAX ? 'long' : 'int';
};
