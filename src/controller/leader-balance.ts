import type { NodeId } from '../base/ids.ts';
import { partitionKey } from '../base/ids.ts';
import type { PartitionRef } from '../gen/ottla.ts';
import type { MetadataImage } from '../metadata/image.ts';
import { partitionOf } from '../metadata/image.ts';
import type { DecideContext, Decision } from './decision.ts';
import { Plan } from './decision.ts';
import { betterLeader } from './election.ts';
import { changePartition } from './eligible.ts';

/** Elections of one check: a broker that comes back does not take thousands in one step. */
const ELECTIONS_MAX = 1000;

/**
 * Brings leaders back to the first replicas, which placement has spread evenly. A partition is
 * moved only if the check before found the same: a replica that has just joined may leave again.
 */
export class LeaderBalancer {
  #seen: MetadataImage | undefined;
  #waiting = new Set<string>();

  /**
   * To be asked once an interval; the partitions whose leader goes back now. Brokers at rest, of
   * which `ReturnDamping` tells, are not gone back to yet.
   */
  duePartitions(
    image: MetadataImage,
    isResting: (brokerId: NodeId) => boolean = () => false,
  ): PartitionRef[] {
    if (this.#seen === image && this.#waiting.size === 0) return [];
    const due: PartitionRef[] = [];
    const waiting = new Set<string>();
    for (const { topicId, partitions } of image.topics.values()) {
      for (const [partition, registration] of partitions.entries()) {
        const leader = betterLeader(image, registration);
        if (leader === undefined) continue;
        const key = partitionKey(topicId, partition);
        const isDue = this.#waiting.has(key) && due.length < ELECTIONS_MAX;
        if (isDue && !isResting(leader)) due.push({ topicId, partition });
        else waiting.add(key);
      }
    }
    this.#seen = image;
    this.#waiting = waiting;
    return due;
  }
}

/** Elects in each of these partitions who should lead, where that one is in sync and usable. */
export const decidePreferredLeaders = (
  image: MetadataImage,
  refs: readonly PartitionRef[],
  context: DecideContext = {},
): Decision<void> => {
  const plan = new Plan(image);
  for (const { topicId, partition } of refs) {
    const registration = partitionOf(plan.image, topicId, partition);
    const leader = registration && betterLeader(plan.image, registration);
    if (leader === undefined) continue;
    changePartition(plan, { topicId, partition }, { change: { leader }, context });
  }
  return plan.answer(undefined);
};
