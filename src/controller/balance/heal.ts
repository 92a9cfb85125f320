import type { NodeId } from '../../base/ids.ts';
import type { OwnMove } from '../../metadata/balance-state.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { isUsableBroker, targetReplicas } from '../../metadata/image.ts';
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
  for (const { topicId, partition, from, to } of planHeals(plan.image, { away, sizes })) {
    if (begunCount >= freeCount) break;
    const owners = ownersOf({ from, to }, away);
    const move: OwnMove = { topicId, partition, kind: 'heal', replicas: to, owners };
    if (!beginOwnMove(plan, move, context)) continue;
    begunCount += 1;
  }
  return begunCount;
};

/** The moves that rebuild what is on brokers that are away, as far as other brokers can have it. */
export const planHeals = (
  image: MetadataImage,
  { away, sizes }: Pick<HealFacts, 'away' | 'sizes'>,
): BalanceMove[] => {
  if (away.size === 0 || isOutage(image)) return [];
  const { moves } = planBalance(balanceRequest(image, { scope: 'leaving', sizes, away }));
  // Those of brokers that are decommissioned are not ours.
  return moves.filter((move) => ownersOf(move, away).length > 0);
};

const ownersOf = (
  { from, to }: Pick<BalanceMove, 'from' | 'to'>,
  away: ReadonlySet<NodeId>,
): NodeId[] => from.filter((id) => away.has(id) && !to.includes(id));

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
