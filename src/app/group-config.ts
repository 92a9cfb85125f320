import type { GroupSettings } from '../broker/groups/group-settings.ts';

const MINUTE_MS = 60_000;

/** The settings of consumer groups; `number` reads the value of a key. */
export const groupSettings = (number: (key: string) => number): GroupSettings => ({
  initialRebalanceDelayMs: number('group.initial.rebalance.delay.ms'),
  minSessionTimeoutMs: number('group.min.session.timeout.ms'),
  maxSessionTimeoutMs: number('group.max.session.timeout.ms'),
  maxMemberCount: number('group.max.size'),
  maxOffsetMetadataBytes: number('offset.metadata.max.bytes'),
  commitTimeoutMs: number('offsets.commit.timeout.ms'),
  offsetsRetentionMs: number('offsets.retention.minutes') * MINUTE_MS,
  retentionCheckIntervalMs: number('offsets.retention.check.interval.ms'),
  lagIntervalMs: number('group.lag.metrics.interval.ms'),
  lagMaxPartitionCount: number('group.lag.metrics.max.partitions'),
  topicPartitionCount: number('offsets.topic.num.partitions'),
  topicReplicationFactor: number('offsets.topic.replication.factor'),
  topicSegmentBytes: number('offsets.topic.segment.bytes'),
});
