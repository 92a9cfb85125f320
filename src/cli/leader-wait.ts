import type { PartitionDescription } from '../client/admin/admin-types.ts';

/** What a partition without a leader waits for, and what can be done, in one line. */
export const describeWait = (topic: string, it: PartitionDescription): string => {
  const led = it.lastKnownLeader === undefined ? '' : `, last led by ${it.lastKnownLeader}`;
  return `partition ${it.partition} has no leader${led}: ${waitOf(topic, it)}`;
};

const waitOf = (
  topic: string,
  { partition, isr, eligibleLeaderReplicas, lastKnownElr }: PartitionDescription,
): string => {
  const recover = `ottla topic recover ${topic} --partition ${partition}`;
  const sure = [...isr, ...eligibleLeaderReplicas];
  const all = [...sure, ...lastKnownElr];
  if (sure.length > 0 && lastKnownElr.length === 0) {
    return `start one of ${sure.join(', ')}, which have every acknowledged record`;
  }
  if (sure.length > 0) {
    return `start ${sure.join(' or ')} or, where the power was cut, all of ${all.join(', ')}`;
  }
  if (all.length > 0) {
    return `once all of ${all.join(', ')} are back, who has most leads; '${recover}' says what would be lost before`;
  }
  return `no trusted copy is left; bring back a disk with its data, or see '${recover}'`;
};
