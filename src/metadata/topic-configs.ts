import { must } from '../base/assert.ts';
import type { TopicId } from '../base/ids.ts';
import { nearest } from '../base/nearest.ts';
import type { CodecName } from '../record/codec.ts';
import { CODEC_NAMES } from '../record/codec.ts';
import type { ConfigType } from './config-type.ts';
import {
  booleanType,
  choiceType,
  doubleType,
  intType,
  listType,
  longType,
  readList,
  readWhole,
} from './config-type.ts';
import type { ConfigValues, MetadataImage } from './image.ts';
import { configResource } from './image.ts';

/** One topic setting, by Kafka's name. */
export interface TopicConfigSpec {
  readonly key: string;
  /** Kafka's name of the cluster's default for it, as in server.properties. */
  readonly clusterKey: string;
  readonly type: ConfigType;
  readonly defaultValue: string;
  readonly doc: string;
}

const MAX_BATCH_BYTES = 128 * 1024 * 1024;

const spec = (
  key: string,
  clusterKey: string,
  rest: Omit<TopicConfigSpec, 'key' | 'clusterKey'>,
): TopicConfigSpec => ({ key, clusterKey, ...rest });

/** Every topic setting that works. What is not here is refused by name. */
export const TOPIC_CONFIGS: readonly TopicConfigSpec[] = [
  spec('ack.durability', 'ack.durability', {
    type: choiceType(['fsync', 'memory']),
    defaultValue: 'fsync',
    doc: 'What acks=all means: on the disks of the in-sync replicas, or in their memory.',
  }),
  spec('cleanup.policy', 'log.cleanup.policy', {
    type: listType(['compact', 'delete']),
    defaultValue: 'delete',
    doc: 'delete: old segments go by age and size; compact: the last record of each key stays.',
  }),
  spec('compression.type', 'compression.type', {
    type: choiceType(['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']),
    defaultValue: 'producer',
    doc: 'producer: batches are kept as they were sent; else the leader recompresses them.',
  }),
  spec('dedup.window.ms', 'dedup.window.ms', {
    type: longType(0),
    defaultValue: '0',
    doc: 'How long a record with the same message-id header is not appended again; 0: not at all.',
  }),
  spec('delay.enable', 'delay.enable', {
    type: booleanType,
    defaultValue: 'false',
    doc: 'Whether records with ottla-deliver-at, ottla-delay-ms or ottla-cron wait until they are due.',
  }),
  spec('delete.retention.ms', 'log.cleaner.delete.retention.ms', {
    type: longType(0),
    defaultValue: String(24 * 60 * 60 * 1000),
    doc: 'How long a tombstone stays once what it deletes was compacted away.',
  }),
  spec('index.interval.bytes', 'log.index.interval.bytes', {
    type: intType(0),
    defaultValue: '4096',
    doc: 'Bytes of a segment between two entries of its index.',
  }),
  spec('max.compaction.lag.ms', 'log.cleaner.max.compaction.lag.ms', {
    type: longType(1),
    defaultValue: '9223372036854775807',
    doc: 'Age at which a record is compacted whatever the dirty ratio.',
  }),
  spec('max.message.bytes', 'message.max.bytes', {
    type: intType(0, MAX_BATCH_BYTES),
    defaultValue: '1048588',
    doc: 'Largest record batch that is accepted, in bytes.',
  }),
  spec('message.timestamp.after.max.ms', 'log.message.timestamp.after.max.ms', {
    type: longType(0),
    defaultValue: String(60 * 60 * 1000),
    doc: 'How far ahead of the clock of the broker the timestamp of a producer may be.',
  }),
  spec('message.timestamp.before.max.ms', 'log.message.timestamp.before.max.ms', {
    type: longType(0),
    defaultValue: '9223372036854775807',
    doc: 'How far behind the clock of the broker the timestamp of a producer may be.',
  }),
  spec('message.timestamp.type', 'log.message.timestamp.type', {
    type: choiceType(['CreateTime', 'LogAppendTime']),
    defaultValue: 'CreateTime',
    doc: 'Whose clock gives a record its timestamp: its producer, or the leader that appends it.',
  }),
  spec('min.cleanable.dirty.ratio', 'log.cleaner.min.cleanable.ratio', {
    type: doubleType(0, 1),
    defaultValue: '0.5',
    doc: 'Share of a log, 0 to 1, that waits for compaction before a pass begins.',
  }),
  spec('min.compaction.lag.ms', 'log.cleaner.min.compaction.lag.ms', {
    type: longType(0),
    defaultValue: '0',
    doc: 'Age below which a record is not compacted.',
  }),
  spec('min.insync.replicas', 'min.insync.replicas', {
    type: intType(1),
    defaultValue: '1',
    doc: 'In-sync replicas without which acks=all is refused; of a topic that has fewer, all.',
  }),
  spec('retention.bytes', 'log.retention.bytes', {
    type: longType(-1),
    defaultValue: '-1',
    doc: 'Size of a partition above which its oldest segments are deleted; -1: any.',
  }),
  spec('retention.ms', 'log.retention.ms', {
    type: longType(-1),
    defaultValue: String(7 * 24 * 60 * 60 * 1000),
    doc: 'Age above which segments are deleted; -1: never.',
  }),
  spec('segment.bytes', 'log.segment.bytes', {
    type: intType(14),
    defaultValue: String(1024 * 1024 * 1024),
    doc: 'Size at which a new segment begins.',
  }),
  spec('segment.ms', 'log.roll.ms', {
    type: longType(1),
    defaultValue: String(7 * 24 * 60 * 60 * 1000),
    doc: 'Age at which a new segment begins.',
  }),
  spec('unclean.leader.election.enable', 'unclean.leader.election.enable', {
    type: booleanType,
    defaultValue: 'false',
    doc: 'Whether a replica out of sync may lead when no other is left: acknowledged data is lost.',
  }),
];

/** Kafka's other topic settings: a name one knows deserves a better answer than "unknown". */
const UNSUPPORTED = new Set([
  'compression.gzip.level',
  'compression.lz4.level',
  'compression.zstd.level',
  'file.delete.delay.ms',
  'flush.messages',
  'flush.ms',
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
  'local.retention.bytes',
  'local.retention.ms',
  'message.downconversion.enable',
  'message.format.version',
  'message.timestamp.difference.max.ms',
  'preallocate',
  'remote.log.copy.disable',
  'remote.log.delete.on.disable',
  'remote.storage.enable',
  'segment.index.bytes',
  'segment.jitter.ms',
]);

/** The settings of one topic, read and defaulted. */
export interface TopicConfig {
  readonly ackDurability: 'fsync' | 'memory';
  readonly cleanupPolicy: 'delete' | 'compact' | 'compact,delete';
  readonly compressionType: 'producer' | CodecName;
  /** 0: ids mean nothing. */
  readonly dedupWindowMs: number;
  readonly delayEnable: boolean;
  readonly deleteRetentionMs: number;
  readonly indexIntervalBytes: number;
  readonly maxCompactionLagMs: number;
  readonly maxMessageBytes: number;
  readonly minCleanableDirtyRatio: number;
  readonly minCompactionLagMs: number;
  readonly minInsyncReplicas: number;
  /** -1: any size. */
  readonly retentionBytes: number;
  /** -1: for ever. */
  readonly retentionMs: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly timestampAfterMaxMs: number;
  /** The largest safe integer: any. */
  readonly timestampBeforeMaxMs: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly uncleanLeaderElectionEnable: boolean;
}

export interface TopicConfigEntry {
  readonly spec: TopicConfigSpec;
  readonly value: string;
  /** Where the value comes from: the topic, the cluster's records, this node's file, the table. */
  readonly source: 'topic' | 'cluster' | 'file' | 'default';
}

const specByKey = new Map(TOPIC_CONFIGS.map((entry) => [entry.key, entry]));
const specByClusterKey = new Map(TOPIC_CONFIGS.map((entry) => [entry.clusterKey, entry]));

export const topicConfigSpec = (key: string): TopicConfigSpec | undefined => specByKey.get(key);

/** Undefined for a value that a topic may have, else why it may not: one line. */
export const validateTopicConfig = (key: string, value: string): string | undefined =>
  validate(specByKey, key, value);

/** As `validateTopicConfig`, of a default for all topics, under Kafka's server name. */
export const validateClusterConfig = (key: string, value: string): string | undefined =>
  validate(specByClusterKey, key, value);

/**
 * Undefined where the settings of a topic go together, else which do not: `own` are those of the
 * topic itself, or undefined where only defaults for all topics are judged.
 */
export const describeConflict = (
  own: ConfigValues | undefined,
  cluster: ConfigValues | undefined,
  fileDefaults: ConfigValues | undefined,
): string | undefined => {
  const text = (key: string): string =>
    resolve({ topic: own, cluster, file: fileDefaults }, mustSpec(key)).value;
  const [least, most] = [text('min.compaction.lag.ms'), text('max.compaction.lag.ms')];
  return BigInt(least) > BigInt(most)
    ? `min.compaction.lag.ms=${least} is above max.compaction.lag.ms=${most}: lower it, or raise that`
    : undefined;
};

/** Undefined for a topic setting that can be set and reset here, else why it cannot. */
export const validateTopicConfigKey = (key: string): string | undefined =>
  specByKey.has(key) ? undefined : describeUnknown(key, specByKey);

export const validateClusterConfigKey = (key: string): string | undefined =>
  specByClusterKey.has(key) ? undefined : describeUnknown(key, specByClusterKey);

/**
 * The settings of a topic: its own, else the cluster's, else `fileDefaults`, else the table's.
 * `fileDefaults` are this node's server.properties under their server names; all nodes of a
 * cluster should have the same (KAFKA-16540), which is why records of the cluster go before them.
 */
export const topicConfig = (
  image: MetadataImage,
  topicId: TopicId,
  fileDefaults?: ConfigValues,
): TopicConfig => {
  const layers = layersOf(image, topicId, fileDefaults);
  const text = (key: string): string => resolve(layers, mustSpec(key)).value;
  const whole = (key: string): number => readWhole(text(key));
  return {
    ackDurability: text('ack.durability') === 'memory' ? 'memory' : 'fsync',
    cleanupPolicy: readPolicy(text('cleanup.policy')),
    compressionType: readCompression(text('compression.type')),
    dedupWindowMs: whole('dedup.window.ms'),
    delayEnable: text('delay.enable') === 'true',
    deleteRetentionMs: whole('delete.retention.ms'),
    indexIntervalBytes: whole('index.interval.bytes'),
    maxCompactionLagMs: whole('max.compaction.lag.ms'),
    maxMessageBytes: whole('max.message.bytes'),
    minCleanableDirtyRatio: Number(text('min.cleanable.dirty.ratio')),
    minCompactionLagMs: whole('min.compaction.lag.ms'),
    minInsyncReplicas: whole('min.insync.replicas'),
    retentionBytes: whole('retention.bytes'),
    retentionMs: whole('retention.ms'),
    segmentBytes: whole('segment.bytes'),
    segmentMs: whole('segment.ms'),
    timestampAfterMaxMs: whole('message.timestamp.after.max.ms'),
    timestampBeforeMaxMs: whole('message.timestamp.before.max.ms'),
    timestampType:
      text('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    uncleanLeaderElectionEnable: text('unclean.leader.election.enable') === 'true',
  };
};

/** Every setting of a topic with its value and where that comes from, in order of name. */
export const topicConfigEntries = (
  image: MetadataImage,
  topicId: TopicId,
  fileDefaults?: ConfigValues,
): TopicConfigEntry[] => {
  const layers = layersOf(image, topicId, fileDefaults);
  return TOPIC_CONFIGS.map((entry) => resolve(layers, entry));
};

/** The defaults of all topics, as `topicConfigEntries` has them of one that sets nothing. */
export const clusterConfigEntries = (
  image: MetadataImage,
  fileDefaults?: ConfigValues,
): TopicConfigEntry[] => {
  const cluster = image.configs.get(configResource('cluster', ''));
  const layers = { topic: undefined, cluster, file: fileDefaults };
  return TOPIC_CONFIGS.map((entry) => resolve(layers, entry));
};

interface Layers {
  readonly topic: ConfigValues | undefined;
  readonly cluster: ConfigValues | undefined;
  readonly file: ConfigValues | undefined;
}

const layersOf = (
  image: MetadataImage,
  topicId: TopicId,
  file: ConfigValues | undefined,
): Layers => ({
  topic: image.configs.get(configResource('topic', topicId)),
  cluster: image.configs.get(configResource('cluster', '')),
  file,
});

const resolve = (layers: Layers, entry: TopicConfigSpec): TopicConfigEntry => {
  const own = layers.topic?.get(entry.key);
  if (own !== undefined) return { spec: entry, value: own, source: 'topic' };
  const cluster = layers.cluster?.get(entry.clusterKey);
  if (cluster !== undefined) return { spec: entry, value: cluster, source: 'cluster' };
  const file = layers.file?.get(entry.clusterKey);
  if (file !== undefined) return { spec: entry, value: file, source: 'file' };
  return { spec: entry, value: entry.defaultValue, source: 'default' };
};

const readPolicy = (value: string): TopicConfig['cleanupPolicy'] => {
  const policies = readList(value);
  if (!policies.includes('compact')) return 'delete';
  return policies.includes('delete') ? 'compact,delete' : 'compact';
};

const readCompression = (value: string): TopicConfig['compressionType'] =>
  CODEC_NAMES.find((name) => name === (value === 'uncompressed' ? 'none' : value)) ?? 'producer';

const mustSpec = (key: string): TopicConfigSpec =>
  must(specByKey.get(key), `the topic setting ${key} is in the table`);

type Specs = ReadonlyMap<string, TopicConfigSpec>;

const validate = (specs: Specs, key: string, value: string): string | undefined => {
  const found = specs.get(key);
  if (found === undefined) return describeUnknown(key, specs);
  const reason = found.type.validate(value);
  return reason === undefined ? undefined : `${key} ${reason}`;
};

const describeUnknown = (key: string, specs: Specs): string => {
  if (UNSUPPORTED.has(key)) {
    return `${key} is a setting of Kafka that is not supported here; leave it out`;
  }
  const guess = nearest(key, specs.keys());
  const remedy = guess === undefined ? 'leave it out' : `did you mean ${guess}?`;
  return `${key} is not a setting: ${remedy}`;
};
