import { CATCH_UP_RATE_DEFAULT, CATCH_UP_RATE_KEY } from '../metadata/broker-configs.ts';
import type { ValueType } from './value-type.ts';
import { boolean, choice, integer, list, long, string } from './value-type.ts';

export interface ConfigKey {
  readonly key: string;
  readonly type: ValueType;
  /** Text of the default; a key without one is unset until someone sets it. */
  readonly default?: string;
  /** One sentence; units and ends are said here. */
  readonly description: string;
  /** The topic setting for which this is the cluster's default. */
  readonly topicKey?: string;
}

const IDENTITY: readonly ConfigKey[] = [
  {
    key: 'process.roles',
    type: list,
    default: 'controller,broker',
    description: 'What this process is: controller, broker, or both.',
  },
  { key: 'node.id', type: integer(1), description: 'Number of this node, unique in the cluster.' },
  {
    key: 'controller.quorum.voters',
    type: list,
    description:
      'The controllers that the cluster begins with, as id@host:port of their PEER listeners, ' +
      'separated by commas.',
  },
  {
    key: 'listeners',
    type: list,
    description:
      'What to bind: CLIENT://host:port, KAFKA://host:port, PEER://host:port, ADMIN://host:port.',
  },
  {
    key: 'advertised.listeners',
    type: list,
    description: 'Where others reach CLIENT, KAFKA and PEER; by default where they are bound.',
  },
  {
    key: 'log.dirs',
    type: string,
    description: 'The directories of all data, by commas; the metadata is in the first one.',
  },
  {
    key: 'metadata.log.dir',
    type: string,
    default: '',
    description: 'Where the metadata is instead: one of log.dirs, or a directory of its own.',
  },
  {
    key: 'broker.rack',
    type: string,
    default: '',
    description: 'Failure domain; replicas of one partition are spread over racks.',
  },
  {
    key: 'log.level',
    type: choice('debug', 'info', 'warn', 'error'),
    default: 'info',
    description: 'The least severe log line that is written.',
  },
];

const TOPICS: readonly ConfigKey[] = [
  {
    key: 'num.partitions',
    type: integer(1, 10_000),
    default: '1',
    description: 'Partitions of a topic that is created without a number.',
  },
  {
    key: 'default.replication.factor',
    type: integer(1, 32),
    default: '1',
    description: 'Replicas of a topic that is created without a number.',
  },
  {
    key: 'auto.create.topics.enable',
    type: boolean,
    default: 'true',
    description: 'Creates a topic when a client first asks for it.',
  },
  {
    key: 'min.insync.replicas',
    type: integer(1, 32),
    default: '1',
    topicKey: 'min.insync.replicas',
    description:
      'In-sync replicas without which acks=all is refused; of a topic that has fewer, all.',
  },
  {
    key: 'message.max.bytes',
    type: integer(1024, 128 * 1024 * 1024),
    default: '1048588',
    topicKey: 'max.message.bytes',
    description: 'Largest record batch in bytes, as it is on the wire.',
  },
  {
    key: 'compression.type',
    type: choice('producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'),
    default: 'producer',
    topicKey: 'compression.type',
    description: 'Keeps batches as their producers compressed them, or recompresses them all.',
  },
  {
    key: 'dedup.window.ms',
    type: long(0),
    default: '0',
    topicKey: 'dedup.window.ms',
    description: 'How long in ms a record with the same message-id is not appended again; 0: off.',
  },
  {
    key: 'delay.enable',
    type: boolean,
    default: 'false',
    topicKey: 'delay.enable',
    description: 'Lets records with ottla-deliver-at, ottla-delay-ms or ottla-cron wait until due.',
  },
  {
    key: 'log.message.timestamp.type',
    type: choice('CreateTime', 'LogAppendTime'),
    default: 'CreateTime',
    topicKey: 'message.timestamp.type',
    description: 'Whose clock gives a record its timestamp: its producer, or the leader.',
  },
  {
    key: 'log.message.timestamp.before.max.ms',
    type: long(0),
    topicKey: 'message.timestamp.before.max.ms',
    description: 'How far in ms a timestamp of a producer may be behind the clock of the broker.',
  },
  {
    key: 'log.message.timestamp.after.max.ms',
    type: long(0),
    default: '3600000',
    topicKey: 'message.timestamp.after.max.ms',
    description: 'How far in ms a timestamp of a producer may be ahead of the clock of the broker.',
  },
  {
    key: 'ack.durability',
    type: choice('fsync', 'memory'),
    default: 'fsync',
    topicKey: 'ack.durability',
    description: 'What acks=all waits for: fsync (on disk) or memory (Kafka).',
  },
  {
    key: 'unclean.leader.election.enable',
    type: boolean,
    default: 'false',
    topicKey: 'unclean.leader.election.enable',
    description: 'Lets a replica lead that may lack acknowledged records.',
  },
];

const LOG: readonly ConfigKey[] = [
  {
    key: 'log.segment.bytes',
    type: integer(1024),
    default: '1073741824',
    topicKey: 'segment.bytes',
    description: 'A segment file is closed at this size in bytes.',
  },
  {
    key: 'log.roll.ms',
    type: long(1),
    topicKey: 'segment.ms',
    description: 'A segment file is closed at this age in ms; wins over log.roll.hours.',
  },
  {
    key: 'log.roll.hours',
    type: integer(1),
    default: '168',
    description: 'A segment file is closed at this age in hours.',
  },
  {
    key: 'log.index.interval.bytes',
    type: integer(0),
    default: '4096',
    topicKey: 'index.interval.bytes',
    description: 'Bytes between two entries of an offset index.',
  },
  {
    key: 'log.retention.ms',
    type: long(-1),
    topicKey: 'retention.ms',
    description: 'Records are kept for this many ms, -1 for ever; wins over log.retention.hours.',
  },
  {
    key: 'log.retention.hours',
    type: integer(-1),
    default: '168',
    description: 'Records are kept for this many hours, -1 for ever.',
  },
  {
    key: 'log.retention.bytes',
    type: long(-1),
    default: '-1',
    topicKey: 'retention.bytes',
    description: 'A partition is kept below this many bytes, -1 for no bound.',
  },
  {
    key: 'log.retention.check.interval.ms',
    type: long(1),
    default: '300000',
    description: 'Pause in ms between two looks for segments to delete.',
  },
];

const JOURNAL: readonly ConfigKey[] = [
  {
    key: 'log.journal.enable',
    type: boolean,
    default: 'false',
    description: 'Makes small appends to many partitions durable by one sync of a journal.',
  },
  {
    key: 'log.journal.bytes',
    type: long(128 * 1024),
    default: '134217728',
    description: 'Disk space in bytes that the journal takes for good once it is worth it.',
  },
  {
    key: 'log.journal.min.partitions',
    type: integer(1),
    default: '4',
    description: 'Fewer partitions that wait for the disk together are synced one by one.',
  },
];

const CLEANER: readonly ConfigKey[] = [
  {
    key: 'log.cleanup.policy',
    type: choice('delete', 'compact', 'compact,delete', 'delete,compact'),
    default: 'delete',
    topicKey: 'cleanup.policy',
    description: 'Whether old segments are deleted, superseded records compacted away, or both.',
  },
  {
    key: 'log.cleaner.enable',
    type: boolean,
    default: 'true',
    description: 'Compacts the logs of topics that ask for it.',
  },
  {
    key: 'log.cleaner.backoff.ms',
    type: long(1),
    default: '15000',
    description: 'Pause in ms between two looks for logs to compact.',
  },
  {
    key: 'log.cleaner.dedupe.buffer.size',
    type: long(1024 * 1024),
    default: '33554432',
    description: 'Memory in bytes for the keys of one compaction, held while it runs.',
  },
  {
    key: 'log.cleaner.io.max.bytes.per.second',
    type: long(1024),
    default: '9007199254740991',
    description: 'What compaction reads and writes together in bytes per second.',
  },
  {
    key: 'log.cleaner.min.cleanable.ratio',
    type: { kind: 'decimal', min: 0, max: 1 },
    default: '0.5',
    topicKey: 'min.cleanable.dirty.ratio',
    description: 'Share of a log, 0 to 1, that waits for compaction before a pass begins.',
  },
  {
    key: 'log.cleaner.min.compaction.lag.ms',
    type: long(0),
    default: '0',
    topicKey: 'min.compaction.lag.ms',
    description: 'Age in ms below which a record is not compacted.',
  },
  {
    key: 'log.cleaner.max.compaction.lag.ms',
    type: long(1),
    topicKey: 'max.compaction.lag.ms',
    description: 'Age in ms at which a record is compacted whatever the ratio.',
  },
  {
    key: 'log.cleaner.delete.retention.ms',
    type: long(0),
    default: '86400000',
    topicKey: 'delete.retention.ms',
    description: 'How long in ms a tombstone stays once what it deletes was compacted away.',
  },
];

const CLUSTER: readonly ConfigKey[] = [
  {
    key: 'replica.lag.time.max.ms',
    type: long(100),
    default: '10000',
    description: 'A replica that was not caught up for this many ms leaves the in-sync set.',
  },
  {
    key: CATCH_UP_RATE_KEY,
    type: long(1),
    default: CATCH_UP_RATE_DEFAULT,
    description:
      'Bytes per second that replicas far behind and out of sync take together; can be set at run time.',
  },
  {
    key: 'queued.max.request.bytes',
    type: long(1),
    default: '134217728',
    description: 'While unanswered produce requests hold this many bytes, no more are read.',
  },
  {
    key: 'dedup.max.ids',
    type: long(1),
    default: '5000000',
    description:
      'Message ids known on this broker, 40 bytes each; beyond, who has most forgets its oldest.',
  },
  {
    key: 'broker.heartbeat.interval.ms',
    type: integer(10),
    default: '200',
    description: 'Pause in ms between two heartbeats of a broker.',
  },
  {
    key: 'broker.session.timeout.ms',
    type: integer(50),
    default: '2000',
    description: 'A broker whose heartbeats stay away for this many ms is fenced.',
  },
  {
    key: 'controller.quorum.election.timeout.ms',
    type: integer(50),
    default: '500',
    description: 'A controller that hears of no leader for once to twice this many ms stands.',
  },
  {
    key: 'auto.leader.rebalance.enable',
    type: boolean,
    default: 'true',
    description: 'Gives partitions back to their preferred leaders.',
  },
  {
    key: 'auto.balance.enable',
    type: boolean,
    default: 'true',
    description: 'Gives brokers that join their share, and rebuilds what is on lost ones.',
  },
  {
    key: 'replica.heal.delay.ms',
    type: long(0),
    default: '600000',
    description: 'A broker that is away for this many ms has its replicas rebuilt on others.',
  },
];

const KAFKA: readonly ConfigKey[] = [
  {
    key: 'socket.request.max.bytes',
    type: integer(1024),
    default: '104857600',
    description: 'Largest request in bytes that a Kafka client may send.',
  },
  {
    key: 'max.connections',
    type: integer(1),
    default: '10000',
    description: 'Connections of Kafka clients; more are closed at once.',
  },
  {
    key: 'max.connections.per.ip',
    type: integer(1),
    default: '2147483647',
    description: 'Connections of Kafka clients from one address; more are closed at once.',
  },
  {
    key: 'max.connection.creation.rate',
    type: integer(1),
    default: '1000',
    description: 'New connections of Kafka clients a second; more wait, the addresses in turn.',
  },
  {
    key: 'connections.max.idle.ms',
    type: long(1000),
    default: '600000',
    description: 'A connection of a Kafka client without a request for this many ms is closed.',
  },
];

const GROUPS: readonly ConfigKey[] = [
  {
    key: 'group.initial.rebalance.delay.ms',
    type: integer(0),
    default: '3000',
    description: 'An empty group waits this many ms for company before its first generation.',
  },
  {
    key: 'group.min.session.timeout.ms',
    type: integer(1),
    default: '6000',
    description: 'Shortest session in ms that a member may ask for.',
  },
  {
    key: 'group.max.session.timeout.ms',
    type: integer(1),
    default: '1800000',
    description: 'Longest session in ms that a member may ask for.',
  },
  {
    key: 'group.lag.metrics.interval.ms',
    type: long(0),
    default: '15000',
    description:
      'Pause in ms between two looks at the lag of the groups that a broker coordinates; 0: none.',
  },
  {
    key: 'group.lag.metrics.max.partitions',
    type: integer(0),
    default: '1000',
    description:
      'Partitions that a look asks about; groups beyond it, by name, are not in the metrics.',
  },
  {
    key: 'group.max.size',
    type: integer(1),
    default: '2147483647',
    description: 'Members of a group; more are refused.',
  },
  {
    key: 'offset.metadata.max.bytes',
    type: integer(0, 32_767),
    default: '4096',
    description: 'Words in bytes that a consumer may commit with an offset.',
  },
  {
    key: 'offsets.commit.timeout.ms',
    type: integer(1),
    default: '5000',
    description: 'A commit may wait this many ms for the in-sync replicas.',
  },
  {
    key: 'offsets.retention.minutes',
    type: integer(1),
    default: '10080',
    description: 'Offsets of a group without members are kept for this many minutes.',
  },
  {
    key: 'offsets.retention.check.interval.ms',
    type: long(1),
    default: '600000',
    description: 'Pause in ms between two looks for offsets whose time is over.',
  },
  {
    key: 'offsets.topic.num.partitions',
    type: integer(1, 10_000),
    default: '50',
    description:
      'Partitions of __consumer_offsets, which is made at first use; fixed from then on.',
  },
  {
    key: 'offsets.topic.replication.factor',
    type: integer(1, 32),
    default: '3',
    description: 'Replicas of __consumer_offsets; groups wait until so many brokers are there.',
  },
  {
    key: 'offsets.topic.segment.bytes',
    type: integer(1024),
    default: '104857600',
    description: 'Size in bytes at which a segment of __consumer_offsets is closed.',
  },
];

/** Every configuration key, in the order in which they are documented. Others are refused. */
export const CONFIG_KEYS: readonly ConfigKey[] = [
  ...IDENTITY,
  ...TOPICS,
  ...LOG,
  ...JOURNAL,
  ...CLEANER,
  ...CLUSTER,
  ...KAFKA,
  ...GROUPS,
];

export const CONFIG_KEYS_BY_NAME: ReadonlyMap<string, ConfigKey> = new Map(
  CONFIG_KEYS.map((entry) => [entry.key, entry]),
);
