import { must } from '../base/assert.ts';
import { OttlaError } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { PartitionRef } from '../gen/ottla.ts';
import { DECOMMISSION_KEY, isDecommissioned } from '../metadata/broker-configs.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import { isUsableBroker } from '../metadata/image.ts';
import { configRecord } from '../metadata/records.ts';
import { hasFeature, requireFeature } from '../metadata/versions.ts';
import { balanceRequest } from './balance/image-request.ts';
import { planBalance } from './balance/plan-balance.ts';
import type { BalancePlan } from './balance/request.ts';
import type { DecideContext, Decision, ReplicaRef } from './decision.ts';
import { Plan } from './decision.ts';
import { moveDrainedLeaders } from './election.ts';
import { reassignPartition } from './reassignment.ts';

/**
 * What brokers on their way out have to hand over next: leaders wherever another replica can lead,
 * and from those that leave for good a few replicas at a time. What is to be is a setting, and what
 * is under way stands in the partitions: no plan is kept, so that whichever controller is active
 * goes on from there.
 */
export const decideDecommissionSteps = (
  image: MetadataImage,
  movesInFlightMax: number,
  context: DecideContext,
): Decision<void> => {
  const plan = new Plan(image);
  moveDrainedLeaders(plan, context);
  const freeCount = movesInFlightMax - ongoingCount(image, context);
  if (freeCount <= 0 || !isAnyoneLeaving(image)) return plan.answer(undefined);
  for (const { topicId, partition, to } of planLeaving(image).moves.slice(0, freeCount)) {
    const { name } = must(image.topics.get(topicId), `topic ${topicId} of a move exists`);
    const target = { topic: name, partition, replicas: to, cancel: false };
    reassignPartition(plan, target, { allowReplicationFactorChange: false, context });
  }
  return plan.answer(undefined);
};

/**
 * That other brokers can take all that this one has, now. Errors: INVALID_CONFIG where they are too
 * few, UNSUPPORTED_VERSION while replicas cannot move.
 */
export const requireWayOut = (image: MetadataImage, brokerId: NodeId): void => {
  if (isDecommissioned(image, brokerId)) return;
  requireFeature(image, 'reassignment');
  const without = new Plan(image);
  const resource = { type: 'broker', name: String(brokerId) };
  without.emit(configRecord(resource, DECOMMISSION_KEY, 'true'));
  const { stuckReplicaCount } = planLeaving(without.image);
  if (stuckReplicaCount === 0) return;
  throw new OttlaError(
    'INVALID_CONFIG',
    `${stuckReplicaCount} replicas of brokers that leave could go nowhere without broker ${brokerId}: start another broker first, or uncordon one`,
  );
};

const isAnyoneLeaving = (image: MetadataImage): boolean =>
  hasFeature(image, 'reassignment') &&
  [...image.brokers.keys()].some((id) => isDecommissioned(image, id));

const planLeaving = (image: MetadataImage): BalancePlan =>
  planBalance(balanceRequest(image, { scope: 'leaving', sizes: new Map() }));

/**
 * Moves that copy, whoever began them. One that waits holds up no others: be it for a new broker
 * that is down, or whose log directory with the replica is offline, or, with all that is new in
 * sync, for one that was to stay.
 */
export const ongoingCount = (
  image: MetadataImage,
  { isDamaged }: Pick<DecideContext, 'isDamaged'>,
): number => {
  const isCopied = (replica: ReplicaRef): boolean =>
    isUsableBroker(image, replica.brokerId) && isDamaged?.(replica) !== true;
  const isCopying = (
    { leader, addingReplicas, isr }: PartitionRegistration,
    ref: PartitionRef,
  ): boolean =>
    leader !== NONE &&
    addingReplicas.some((brokerId) => !isr.includes(brokerId) && isCopied({ ...ref, brokerId }));
  return [...image.topics.values()].reduce(
    (sum, { topicId, partitions }) =>
      sum + partitions.filter((one, partition) => isCopying(one, { topicId, partition })).length,
    0,
  );
};
