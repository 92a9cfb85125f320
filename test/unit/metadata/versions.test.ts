import { describe, expect, test } from 'vitest';
import { featureOfConfig } from '../../../src/metadata/config-versions.ts';
import type { FeatureName } from '../../../src/metadata/versions.ts';
import {
  describeVersions,
  FEATURES,
  hasFeature,
  METADATA_VERSION_MAX,
  requireFeature,
} from '../../../src/metadata/versions.ts';

const NAMES = Object.keys(FEATURES) as FeatureName[];

describe('the table of versions', () => {
  test('has something in every version but the first, up to the newest', () => {
    const counts = describeVersions().map(({ version, adds }) => [version, adds.length > 0]);

    expect(counts).toEqual([
      [1, false],
      ...Array.from({ length: METADATA_VERSION_MAX - 1 }, (_, at) => [at + 2, true]),
    ]);
  });

  test.each(NAMES)('lets %s begin with its version, and says until then what to do', (name) => {
    const { since } = FEATURES[name];

    expect(hasFeature({ metadataVersion: since }, name)).toBe(true);
    expect(() => requireFeature({ metadataVersion: since - 1 }, name)).toThrow(
      `needs metadata.version ${since}, the cluster is at ${since - 1}: run ` +
        `'ottla cluster upgrade --to ${since}' once every node runs a release that knows it`,
    );
  });
});

describe('a setting', () => {
  test.each([
    ['topic', 'dedup.window.ms', '1000', 'dedup'],
    ['cluster', 'dedup.window.ms', '1000', 'dedup'],
    ['topic', 'delay.enable', 'true', 'delays'],
    ['group', 'degrade.pause', 'true', 'groupConfigs'],
  ] as const)('of a %s, %s=%s, waits for its version', (type, key, value, feature) => {
    expect(featureOfConfig({ type, key, value })).toBe(feature);
  });

  test.each([
    ['topic', 'dedup.window.ms', '0'],
    ['topic', 'dedup.window.ms', undefined],
    ['topic', 'retention.ms', '1000'],
    ['broker', 'broker.drain.enable', 'true'],
    ['broker', 'cordoned.log.dirs', '*'],
    ['broker', 'follower.replication.throttled.rate', '1000'],
  ] as const)('of a %s, %s=%s, means the same to every release', (type, key, value) => {
    expect(featureOfConfig({ type, key, value })).toBeUndefined();
  });
});
