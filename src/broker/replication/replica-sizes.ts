import type { ReplicaSizesResponse } from '../../gen/ottla.ts';
import type { Partition } from './partition.ts';

/** What the logs of these replicas take, by topic. */
export const describeReplicaSizes = (partitions: Iterable<Partition>): ReplicaSizesResponse => {
  const byTopic = new Map<string, { partitions: number[]; sizeBytes: number[] }>();
  for (const { topicId, partition, log } of partitions) {
    const found = byTopic.get(topicId) ?? { partitions: [], sizeBytes: [] };
    found.partitions.push(partition);
    found.sizeBytes.push(log.sizeBytes);
    byTopic.set(topicId, found);
  }
  return { topics: [...byTopic].map(([topicId, sizes]) => ({ topicId, ...sizes })) };
};
