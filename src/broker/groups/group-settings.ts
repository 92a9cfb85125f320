import type { GroupConfig } from './types.ts';

/** What a broker is told of consumer groups. Names in brackets are Kafka's. */
export interface GroupSettings extends GroupConfig {
  /** [offsets.topic.num.partitions] Of `__consumer_offsets` when it is made. */
  readonly topicPartitionCount: number;
  /** [offsets.topic.replication.factor] */
  readonly topicReplicationFactor: number;
  /** [offsets.topic.segment.bytes] */
  readonly topicSegmentBytes: number;
  /** [offsets.commit.timeout.ms] How long a commit may wait for the in-sync replicas. */
  readonly commitTimeoutMs: number;
  /** [offsets.retention.minutes] */
  readonly offsetsRetentionMs: number;
  /** [offsets.retention.check.interval.ms] */
  readonly retentionCheckIntervalMs: number;
  /** Pause between two looks at the lag of the groups coordinated here; 0: never. */
  readonly lagIntervalMs: number;
  /** Partitions of groups that one look asks about at most. */
  readonly lagMaxPartitionCount: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Kafka's, where it has the setting. */
export const GROUP_DEFAULTS: GroupSettings = {
  initialRebalanceDelayMs: 3000,
  minSessionTimeoutMs: 6000,
  maxSessionTimeoutMs: 30 * MINUTE_MS,
  maxMemberCount: 2 ** 31 - 1,
  maxOffsetMetadataBytes: 4096,
  topicPartitionCount: 50,
  topicReplicationFactor: 3,
  topicSegmentBytes: 100 * 1024 * 1024,
  commitTimeoutMs: 5000,
  offsetsRetentionMs: 7 * DAY_MS,
  retentionCheckIntervalMs: 10 * MINUTE_MS,
  lagIntervalMs: 15_000,
  lagMaxPartitionCount: 1000,
};
