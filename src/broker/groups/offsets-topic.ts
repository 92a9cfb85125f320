import type { PartitionId } from '../../base/ids.ts';
import type { NewTopic } from '../../gen/ottla.ts';
import { OFFSETS_TOPIC } from '../../metadata/internal-topics.ts';
import type { GroupSettings } from './group-settings.ts';

/**
 * The partition of `__consumer_offsets` that a group is in, by the hash of Java's strings, as
 * Kafka's brokers and tools place it.
 */
export const groupPartition = (groupId: string, partitionCount: number): PartitionId => {
  let hash = 0;
  for (let at = 0; at < groupId.length; at += 1) {
    hash = (Math.imul(31, hash) + groupId.charCodeAt(at)) | 0;
  }
  // The one number whose negation does not fit counts as 0 there.
  return hash === -(2 ** 31) ? 0 : Math.abs(hash) % partitionCount;
};

/** How `__consumer_offsets` is made: each key's last record is kept for ever, and none waits. */
export const offsetsTopic = (settings: GroupSettings): NewTopic => ({
  name: OFFSETS_TOPIC,
  partitions: settings.topicPartitionCount,
  replicationFactor: settings.topicReplicationFactor,
  assignments: [],
  configs: new Map([
    ['cleanup.policy', 'compact'],
    ['compression.type', 'producer'],
    ['dedup.window.ms', '0'],
    ['delay.enable', 'false'],
    ['segment.bytes', String(settings.topicSegmentBytes)],
  ]),
});
