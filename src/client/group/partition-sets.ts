import type { TopicPartitionName } from './consumer-protocol.ts';

export const nameOf = ({ topic, partition }: TopicPartitionName): string => `${topic}/${partition}`;

/** Those of `partitions` that are not among `others`. */
export const without = (
  partitions: readonly TopicPartitionName[],
  others: readonly TopicPartitionName[],
): readonly TopicPartitionName[] => {
  if (others.length === 0) return partitions;
  const names = new Set(others.map(nameOf));
  return partitions.filter((at) => !names.has(nameOf(at)));
};

/** In whatever order. */
export const sameNames = (a: readonly string[], b: readonly string[]): boolean => {
  const names = new Set(a);
  return names.size === new Set(b).size && b.every((name) => names.has(name));
};
