import { describe, expect, it } from 'vitest';
import { GROUP_DEFAULTS } from '../../../../src/broker/groups/group-settings.ts';
import { groupPartition, offsetsTopic } from '../../../../src/broker/groups/offsets-topic.ts';

describe('a group', () => {
  // What "...".hashCode() gives, without its sign, modulo 50.
  it.each([
    ['', 0],
    ['a', 97 % 50],
    ['hello', 99_162_322 % 50],
    ['größe', 98_762_257 % 50],
    // A negative hash, -1,739,336,029, and the one whose negation does not fit.
    ['The quick brown fox', 1_739_336_029 % 50],
    ['polygenelubricants', 0],
  ])('%j is in the partition that Kafka has it in', (groupId, partition) => {
    expect(groupPartition(groupId, 50)).toBe(partition);
  });
});

describe('__consumer_offsets', () => {
  it('is made as the settings say, and keeps the last record of each key', () => {
    const settings = { ...GROUP_DEFAULTS, topicPartitionCount: 7, topicReplicationFactor: 2 };

    const topic = offsetsTopic(settings);

    expect(topic).toMatchObject({
      name: '__consumer_offsets',
      partitions: 7,
      replicationFactor: 2,
    });
    expect(topic.configs.get('cleanup.policy')).toBe('compact');
    expect(topic.configs.get('segment.bytes')).toBe('104857600');
  });
});
