import { topicConfigSpec } from '../metadata/topic-configs.ts';
import type { NodeConfig } from './config.ts';

/** The file's defaults of topic settings, under their names in server.properties. */
export const fileDefaultsOf = (config: NodeConfig): ReadonlyMap<string, string> => {
  const entries = [...config.topicDefaults].map(
    ([key, value]) => [topicConfigSpec(key)?.clusterKey ?? key, value] as const,
  );
  return new Map(entries);
};
