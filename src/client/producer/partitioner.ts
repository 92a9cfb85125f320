import type { PartitionId } from '../../base/ids.ts';
import type { Random } from '../../env/random.ts';
import type { TopicView } from '../cluster/cluster-view.ts';

/** What a partitioner of one's own is given; `key` and `value` are as serialized. */
export interface PartitionChoice {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly partitionCount: number;
}

export const PARTITIONERS = ['murmur2', 'sticky', 'roundRobin'] as const;

/**
 * A function returns 0 to `partitionCount` - 1: what the topic does not have, also when the cluster
 * is asked once more, and what it throws, refuses the record with INVALID_PARTITIONS. It is called
 * once a record, on the hot path.
 */
export type Partitioner =
  | (typeof PARTITIONERS)[number]
  | ((choice: PartitionChoice) => PartitionId);

/**
 * The partition for the next batch of records without a key: drawn at random among those with a
 * leader, and not the one that was just used, so that no partition is flooded.
 */
export const decideStickyPartition = (
  topic: TopicView,
  previous: PartitionId | undefined,
  random: Random,
): PartitionId => {
  const led = topic.partitions.filter(({ leaderId }) => leaderId >= 0);
  const usable = led.length > 0 ? led : topic.partitions;
  const fresh = usable.filter(({ partition }) => partition !== previous);
  const choices = fresh.length > 0 ? fresh : usable;
  return choices[random.below(choices.length)]?.partition ?? 0;
};

/** One line for a record that a partitioner of one's own sends nowhere. */
export const describeBadChoice = (
  chosen: PartitionId,
  topic: string,
  partitionCount: number,
): string =>
  `the partitioner chose partition ${String(chosen)} for a record of ${topic}: its choice is 0 to ${partitionCount - 1}`;
