import type { ConfigResourceType } from './image.ts';
import type { FeatureName } from './versions.ts';

/** What a setting needs of the cluster, and the value that asks for nothing. */
interface VersionedConfig {
  readonly types: readonly ConfigResourceType[];
  /** Undefined: all of the type. */
  readonly key?: string;
  readonly feature: FeatureName;
  readonly idleValue?: string;
}

const ON_TOPICS = ['topic', 'cluster'] as const;

const VERSIONED: readonly VersionedConfig[] = [
  { types: ON_TOPICS, key: 'delay.enable', feature: 'delays', idleValue: 'false' },
  { types: ON_TOPICS, key: 'dedup.window.ms', feature: 'dedup', idleValue: '0' },
  { types: ['group'], feature: 'groupConfigs' },
];

export interface ConfigSetting {
  readonly type: ConfigResourceType;
  readonly key: string;
  /** Undefined: back to the default, which every release knows. */
  readonly value?: string | undefined;
}

/** What older nodes would not do with this setting; undefined: all do. */
export const featureOfConfig = ({ type, key, value }: ConfigSetting): FeatureName | undefined =>
  VERSIONED.find(
    (it) =>
      value !== undefined &&
      value !== it.idleValue &&
      it.types.includes(type) &&
      (it.key ?? key) === key,
  )?.feature;
