import { must } from '../../base/assert.ts';
import type { NodeId } from '../../base/ids.ts';
import { partitionKey } from '../../base/ids.ts';
import type { PartitionRef } from '../../gen/ottla.ts';
import type { OwnMove } from '../../metadata/balance-state.ts';
import { isUnderWay, ownMoves } from '../../metadata/balance-state.ts';
import { isDecommissioned } from '../../metadata/broker-configs.ts';
import type { MetadataImage, PartitionRegistration } from '../../metadata/image.ts';
import {
  isBeingReassigned,
  isUsableBroker,
  originalReplicas,
  partitionOf,
  targetReplicas,
} from '../../metadata/image.ts';
import type { DecideContext, Plan } from '../decision.ts';
import { balanceRequest } from './image-request.ts';
import { beginOwnMove } from './own-moves.ts';
import { planBalance } from './plan-balance.ts';
import type { BalanceMove } from './request.ts';

export interface HealFacts {
  /** Brokers that are out of service for `replica.heal.delay.ms` or longer. */
  readonly away: ReadonlySet<NodeId>;
  readonly sizes: ReadonlyMap<string, number>;
  /** So many moves may begin now. */
  readonly freeCount: number;
  readonly context: DecideContext;
}

/**
 * Rebuilds replicas of brokers that are away on others, racks kept apart. Not while half or more of
 * the brokers that have replicas are down: that is an outage, and what it would copy is there.
 * Returns how many began.
 */
export const beginHeals = (plan: Plan, facts: HealFacts): number => {
  const { away, sizes, freeCount, context } = facts;
  if (freeCount <= 0) return 0;
  let begunCount = 0;
  for (const { topicId, partition, to } of planHeals(plan.image, { away, sizes })) {
    if (begunCount >= freeCount) break;
    const owners = ownersOf(plan.image, { topicId, partition, to }, away);
    const move: OwnMove = { topicId, partition, kind: 'heal', replicas: to, owners };
    if (!beginOwnMove(plan, move, context)) continue;
    begunCount += 1;
  }
  return begunCount;
};

/**
 * The moves that rebuild what is on brokers that are away, as far as other brokers can have it;
 * those under way that wait for such a broker get another target. Never those of which only a
 * broker that is decommissioned is a reason: they are not ours.
 */
export const planHeals = (
  image: MetadataImage,
  { away, sizes }: Pick<HealFacts, 'away' | 'sizes'>,
): readonly BalanceMove[] => {
  if (away.size === 0 || isOutage(image)) return [];
  const mayTurn = turnable(image);
  const isMovable = (registration: PartitionRegistration, ref: PartitionRef): boolean =>
    targetReplicas(registration).some((id) => away.has(id)) &&
    (!isBeingReassigned(registration) || mayTurn(registration, ref));
  return planBalance(balanceRequest(image, { scope: 'leaving', sizes, away, isMovable })).moves;
};

/**
 * Moves that may be given another target: ours, and those off brokers that are decommissioned. What
 * else a person has asked for stays as it is. A new target drops no copy that is in sync, and the
 * move still ends with all of its replicas in sync and in service: no step of it has fewer.
 */
const turnable = (
  image: MetadataImage,
): ((registration: PartitionRegistration, ref: PartitionRef) => boolean) => {
  const own = new Set(
    ownMoves(image)
      .filter((move) => isUnderWay(image, move))
      .map(({ topicId, partition }) => partitionKey(topicId, partition)),
  );
  return (registration, { topicId, partition }) => {
    if (own.has(partitionKey(topicId, partition))) return true;
    const isOfSameSize =
      targetReplicas(registration).length === originalReplicas(registration).length;
    return isOfSameSize && registration.removingReplicas.some((id) => isDecommissioned(image, id));
  };
};

/** Whose replicas are rebuilt: who is away, and who was when the move was begun. */
const ownersOf = (
  image: MetadataImage,
  { topicId, partition, to }: Pick<BalanceMove, 'topicId' | 'partition' | 'to'>,
  away: ReadonlySet<NodeId>,
): NodeId[] => {
  const registration = must(
    partitionOf(image, topicId, partition),
    `partition ${partitionKey(topicId, partition)} of a move exists`,
  );
  const earlier = ownMoves(image).find(
    (move) => move.topicId === topicId && move.partition === partition,
  );
  const lost = originalReplicas(registration).filter((id) => away.has(id));
  const owners = new Set([...(earlier?.owners ?? []), ...lost]);
  return [...owners].filter((id) => !to.includes(id));
};

const isOutage = (image: MetadataImage): boolean => {
  const holders = new Set<NodeId>();
  for (const { partitions } of image.topics.values()) {
    for (const partition of partitions) {
      for (const id of targetReplicas(partition)) holders.add(id);
    }
  }
  const downCount = [...holders].filter((id) => !isUsableBroker(image, id)).length;
  return 2 * downCount >= holders.size;
};
