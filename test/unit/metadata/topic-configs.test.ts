import { describe, expect, test } from 'vitest';
import { configRecord } from '../../../src/metadata/records.ts';
import {
  clusterConfigEntries,
  TOPIC_CONFIGS,
  topicConfig,
  topicConfigEntries,
  validateClusterConfig,
  validateTopicConfig,
} from '../../../src/metadata/topic-configs.ts';
import { imageOf, topic } from './fixtures.ts';

describe('a topic setting', () => {
  test.each(TOPIC_CONFIGS.map(({ key, defaultValue }) => [key, defaultValue] as const))(
    '%s accepts its own default %s',
    (key, value) => {
      expect(validateTopicConfig(key, value)).toBeUndefined();
    },
  );

  test.each([
    ['retention.ms', '9223372036854775807'],
    ['retention.ms', '-1'],
    ['segment.bytes', '1024'],
    ['ack.durability', 'memory'],
    ['cleanup.policy', 'compact'],
    ['cleanup.policy', 'compact,delete'],
    ['cleanup.policy', 'delete, compact'],
    ['unclean.leader.election.enable', 'true'],
    ['message.timestamp.type', 'LogAppendTime'],
    ['message.timestamp.before.max.ms', '1000'],
  ])('%s may be %s', (key, value) => {
    expect(validateTopicConfig(key, value)).toBeUndefined();
  });

  test.each([
    ['retention.ms', '-2', 'at least -1'],
    ['retention.ms', '1.5', 'whole number'],
    ['retention.ms', '', 'whole number'],
    ['retention.ms', '99999999999999999999', 'whole number'],
    ['min.insync.replicas', '0', 'at least 1'],
    ['segment.bytes', '2147483648', 'at most'],
    ['min.cleanable.dirty.ratio', '1.5', 'a number from 0 to 1'],
    ['min.cleanable.dirty.ratio', 'half', 'a number from 0 to 1'],
    ['delete.retention.ms', '-1', 'at least 0'],
    ['cleanup.policy', 'compress', 'must be compact or delete or both'],
    ['cleanup.policy', '', 'must be compact or delete or both'],
    ['cleanup.policy', 'delete,delete', 'must be compact or delete or both'],
    ['compression.type', 'none', 'must be producer or uncompressed'],
    ['compression.type', 'brotli', 'must be producer'],
    ['message.timestamp.type', 'AppendTime', 'must be CreateTime or LogAppendTime'],
    ['message.timestamp.before.max.ms', '-1', 'at least 0'],
    ['message.timestamp.difference.max.ms', '1', 'not supported here'],
    ['compression.zstd.level', '3', 'not supported here'],
    ['ack.durability', 'maybe', 'fsync or memory'],
    ['unclean.leader.election.enable', 'yes', 'true or false'],
    ['flush.messages', '1', 'not supported here'],
    ['colour', 'red', 'is not a setting: leave it out'],
    ['retention.mss', '1', 'did you mean retention.ms?'],
    ['constructor', 'x', 'is not a setting'],
  ])('%s may not be %j', (key, value, reason) => {
    expect(validateTopicConfig(key, value)).toContain(reason);
  });

  test('of the cluster goes by its server name', () => {
    expect(validateClusterConfig('log.retention.ms', '5')).toBeUndefined();
    expect(validateClusterConfig('retention.ms', '5')).toBe(
      'retention.ms is not a setting: did you mean log.retention.ms?',
    );
  });
});

describe('the settings of a topic', () => {
  test('are the defaults of the table when nothing else is said', () => {
    const image = imageOf([topic()]);

    expect(topicConfig(image, 'id-t')).toEqual({
      ackDurability: 'fsync',
      cleanupPolicy: 'delete',
      compressionType: 'producer',
      dedupWindowMs: 0,
      delayEnable: false,
      deleteRetentionMs: 86_400_000,
      indexIntervalBytes: 4096,
      maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
      maxMessageBytes: 1048588,
      minCleanableDirtyRatio: 0.5,
      minCompactionLagMs: 0,
      minInsyncReplicas: 1,
      retentionBytes: -1,
      retentionMs: 604_800_000,
      segmentBytes: 1_073_741_824,
      segmentMs: 604_800_000,
      timestampAfterMaxMs: 3_600_000,
      timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
      timestampType: 'CreateTime',
      uncleanLeaderElectionEnable: false,
    });
  });

  test('come from the topic, else the cluster, else the file, else the table', () => {
    const image = imageOf([
      topic(),
      configRecord({ type: 'topic', name: 'id-t' }, 'retention.ms', '1'),
      configRecord({ type: 'cluster', name: '' }, 'log.retention.ms', '2'),
      configRecord({ type: 'cluster', name: '' }, 'log.segment.bytes', '2000'),
    ]);
    const file = new Map([
      ['log.segment.bytes', '3000'],
      ['log.roll.ms', '3'],
    ]);

    const sources = new Map(
      topicConfigEntries(image, 'id-t', file).map(({ spec, value, source }) => [
        spec.key,
        `${source} ${value}`,
      ]),
    );

    expect(sources.get('retention.ms')).toBe('topic 1');
    expect(sources.get('segment.bytes')).toBe('cluster 2000');
    expect(sources.get('segment.ms')).toBe('file 3');
    expect(sources.get('retention.bytes')).toBe('default -1');
  });

  test('of the cluster come from its records, else from the file, else from the table', () => {
    const image = imageOf([
      topic(),
      configRecord({ type: 'topic', name: 'id-t' }, 'retention.ms', '1'),
      configRecord({ type: 'cluster', name: '' }, 'log.segment.bytes', '2000'),
    ]);
    const file = new Map([['log.roll.ms', '3']]);

    const entries = clusterConfigEntries(image, file);

    const told = new Map(entries.map(({ spec, value, source }) => [spec.key, [value, source]]));
    expect(told.get('retention.ms')).toEqual(['604800000', 'default']);
    expect(told.get('segment.bytes')).toEqual(['2000', 'cluster']);
    expect(told.get('segment.ms')).toEqual(['3', 'file']);
  });

  test('beyond the whole numbers that a program can hold are capped', () => {
    const image = imageOf([
      topic(),
      configRecord({ type: 'topic', name: 'id-t' }, 'retention.ms', '9223372036854775807'),
    ]);

    expect(topicConfig(image, 'id-t').retentionMs).toBe(Number.MAX_SAFE_INTEGER);
  });
});
