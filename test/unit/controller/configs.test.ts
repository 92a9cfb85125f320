import { describe, expect, test } from 'vitest';
import { decideAlterConfigs } from '../../../src/controller/configs.ts';
import type { ConfigChange, ConfigResult } from '../../../src/gen/ottla.ts';
import { OFFSETS_TOPIC } from '../../../src/metadata/internal-topics.ts';
import { metadataVersionRecord } from '../../../src/metadata/records.ts';
import { topicConfig } from '../../../src/metadata/topic-configs.ts';
import { codesOf, TestCluster } from './fixtures.ts';

const alter = (
  cluster: TestCluster,
  changes: readonly ConfigChange[],
  validateOnly = false,
): readonly ConfigResult[] =>
  cluster.run(decideAlterConfigs(cluster.image, { changes, validateOnly }, {})).results;

const change = (key: string, value?: string, resource = 't'): ConfigChange => ({
  resourceType: 'topic',
  resource,
  key,
  value,
});

const setUp = (): TestCluster => {
  const cluster = TestCluster.withBrokers(2);
  cluster.createTopic('t', [[1, 2]]);
  return cluster;
};

describe('altering settings', () => {
  test('sets a value, and without one returns to the default', () => {
    const cluster = setUp();

    alter(cluster, [change('retention.ms', '5'), change('segment.bytes', '2048')]);
    alter(cluster, [change('segment.bytes')]);

    expect(topicConfig(cluster.image, 'id-t')).toMatchObject({
      retentionMs: 5,
      segmentBytes: 1024 * 1024 * 1024,
    });
  });

  test.each([
    ['the index that holds the changes', change('retention.ms', '5'), false, true],
    ['none where they were only checked', change('retention.ms', '5'), true, false],
    ['none where they were refused', change('retention.ms', 'soon'), false, false],
  ])('tells %s', (_what, asked, validateOnly, isChanged) => {
    const cluster = setUp();
    const request = { changes: [asked], validateOnly };

    const { metadataIndex } = cluster.run(decideAlterConfigs(cluster.image, request, {}));

    expect(metadataIndex).toBe(isChanged ? cluster.image.index : 0);
  });

  test('refuses a compression of the cluster’s own offsets, which it would not keep', () => {
    const cluster = setUp();
    cluster.createTopic(OFFSETS_TOPIC, [[1, 2]]);

    const other = alter(cluster, [change('compression.type', 'zstd', OFFSETS_TOPIC)]);
    const reset = alter(cluster, [change('compression.type', undefined, OFFSETS_TOPIC)]);
    const same = alter(cluster, [change('compression.type', 'producer', OFFSETS_TOPIC)]);

    expect(codesOf([...other, ...reset, ...same])).toEqual([
      'INVALID_CONFIG',
      'INVALID_CONFIG',
      'NONE',
    ]);
    expect(other[0]?.errorMessage).toContain('compression.type of __consumer_offsets is producer');
  });

  test('refuses all changes of a resource for one bad one, and applies the others', () => {
    const cluster = setUp();
    cluster.createTopic('u', [[1, 2]]);

    const results = alter(cluster, [
      change('retention.ms', '5'),
      change('retention.ms', '6', 'u'),
      change('min.insync.replicas', '0'),
    ]);

    expect(codesOf(results)).toEqual(['INVALID_CONFIG', 'NONE']);
    expect(topicConfig(cluster.image, 'id-t').retentionMs).toBe(7 * 24 * 3600 * 1000);
    expect(topicConfig(cluster.image, 'id-u').retentionMs).toBe(6);
  });

  test('of the cluster are defaults for all topics, by their server names', () => {
    const cluster = setUp();

    alter(cluster, [
      { resourceType: 'cluster', resource: '', key: 'log.retention.ms', value: '9' },
    ]);

    expect(topicConfig(cluster.image, 'id-t').retentionMs).toBe(9);
  });

  test.each<[string, ConfigChange]>([
    ['UNKNOWN_TOPIC_OR_PARTITION', change('retention.ms', '5', 'x')],
    ['INVALID_CONFIG', change('colour', 'red')],
    ['INVALID_CONFIG', change('colour')],
    ['INVALID_CONFIG', { resourceType: 'cluster', resource: '', key: 'retention.ms', value: '1' }],
    ['INVALID_CONFIG', { resourceType: 'broker', resource: '1', key: 'log.dirs', value: '/x' }],
    ['INVALID_CONFIG', { resourceType: 'group', resource: 'g', key: 'degrade.pause', value: '1' }],
    ['INVALID_REQUEST', { resourceType: 'group', resource: '', key: 'degrade.pause' }],
    ['INVALID_REQUEST', { resourceType: 'user', resource: 'u', key: 'k', value: 'v' }],
  ])('is refused with %s for %j', (expected, bad) => {
    const cluster = setUp();
    const before = cluster.image;

    expect(codesOf(alter(cluster, [bad]))).toEqual([expected]);
    expect(cluster.image).toBe(before);
  });

  test('refuses a least compaction lag above the greatest, by all that comes together', () => {
    const cluster = setUp();
    const ofCluster = (key: string, value?: string): ConfigChange => ({
      resourceType: 'cluster',
      resource: '',
      key,
      value,
    });

    const [together] = alter(cluster, [
      change('min.compaction.lag.ms', '10'),
      change('max.compaction.lag.ms', '9'),
    ]);
    const most = alter(cluster, [ofCluster('log.cleaner.max.compaction.lag.ms', '20')]);
    const above = alter(cluster, [change('min.compaction.lag.ms', '21')]);
    const equal = alter(cluster, [change('min.compaction.lag.ms', '20')]);
    const ofAll = alter(cluster, [ofCluster('log.cleaner.min.compaction.lag.ms', '21')]);

    expect(together?.errorMessage).toBe(
      'min.compaction.lag.ms=10 is above max.compaction.lag.ms=9: lower it, or raise that',
    );
    expect(
      codesOf([...(together ? [together] : []), ...most, ...above, ...equal, ...ofAll]),
    ).toEqual(['INVALID_CONFIG', 'NONE', 'INVALID_CONFIG', 'NONE', 'INVALID_CONFIG']);
  });

  test('changes nothing when it is only to be validated', () => {
    const cluster = setUp();
    const before = cluster.image;

    alter(cluster, [change('retention.ms', '5')], true);

    expect(cluster.image).toBe(before);
  });

  test('that allows unclean elections elects at once where a partition waits', () => {
    const cluster = setUp();
    cluster.changePartition('t', 0, { isr: [1] });
    cluster.fence(1);

    alter(cluster, [change('unclean.leader.election.enable', 'true')]);

    expect(cluster.partition('t')).toMatchObject({ leader: 2, isr: [2] });
  });
});

describe('a setting that an older node of the cluster would not go by', () => {
  const at = (version: number): TestCluster => {
    const cluster = setUp();
    cluster.run({ records: [metadataVersionRecord(version)], respond: () => undefined });
    return cluster;
  };
  test.each<[string, ConfigChange]>([
    ['of a topic', change('dedup.window.ms', '1000')],
    ['of all topics', { ...change('dedup.window.ms', '1000', ''), resourceType: 'cluster' }],
    ['of a group', { ...change('degrade.pause', 'true', 'g'), resourceType: 'group' }],
  ])('is refused until metadata.version has it: %s', (_, asked) => {
    const before = alter(at(2), [asked]);
    const then = alter(at(3), [asked]);

    expect(codesOf(before)).toEqual(['UNSUPPORTED_VERSION']);
    expect(before[0]?.errorMessage).toContain("run 'ottla cluster upgrade --to 3'");
    expect(codesOf(then)).toEqual(['NONE']);
  });

  test('is always taken back', () => {
    const cluster = at(3);
    alter(cluster, [change('dedup.window.ms', '1000')]);
    cluster.run({ records: [metadataVersionRecord(2)], respond: () => undefined });

    expect(codesOf(alter(cluster, [change('dedup.window.ms')]))).toEqual(['NONE']);
  });

  test('is refused for a new topic, too', () => {
    const create = () => at(2).createTopic('u', [[1]], { 'dedup.window.ms': '1000' });

    expect(create).toThrow('dedup.window.ms needs metadata.version 3, the cluster is at 2');
  });
});
