import type { TopicConfigEntry } from '../../metadata/topic-configs.ts';

/** Kafka's numbers of where a value comes from. */
export const CONFIG_SOURCES = {
  topic: 1,
  group: 8,
  /** Set at run time, for one broker. */
  broker: 2,
  /** Set at run time, for all brokers. */
  cluster: 3,
  /** In the file of the broker. */
  file: 4,
  default: 5,
} as const;

export const sourceNumber = (source: TopicConfigEntry['source']): number => CONFIG_SOURCES[source];

/** Kafka's numbers of what has settings. */
export const RESOURCE_TYPES = { topic: 2, broker: 4, group: 32 } as const;
