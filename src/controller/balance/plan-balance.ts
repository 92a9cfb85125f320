import { evenBytes } from './even-bytes.ts';
import { evenLeaders } from './even-leaders.ts';
import { evenReplicas } from './even-replicas.ts';
import type { Placed } from './layout.ts';
import { Layout } from './layout.ts';
import { moveLeaving, stuckReplicaCount } from './leaving.ts';
import { separateRacks } from './racks.ts';
import type { BalanceMove, BalancePlan, BalanceRequest } from './request.ts';

/**
 * What should move: off brokers that leave, out of shared racks, toward as many replicas, as many
 * bytes and as many preferred leaders on each. No step undoes what one before it has reached, so
 * that repeating them ends. The same request gives the same plan; one whose moves were made, an
 * empty one.
 */
export const planBalance = (request: BalanceRequest): BalancePlan => {
  const layout = new Layout(request);
  const steps =
    request.scope === 'leaving'
      ? [moveLeaving]
      : [moveLeaving, separateRacks, evenReplicas, evenBytes, evenLeaders];
  let before: string;
  do {
    before = assignmentOf(layout);
    for (const step of steps) step(layout);
  } while (assignmentOf(layout) !== before);
  return {
    moves: layout.partitions.flatMap(movesOf),
    stuckReplicaCount: stuckReplicaCount(layout),
    isWhole: !layout.isFull,
  };
};

const assignmentOf = ({ partitions }: Layout): string =>
  partitions.map(({ replicas }) => replicas.join(',')).join(' ');

const movesOf = ({ asked, replicas: to }: Placed): BalanceMove[] => {
  const { topicId, partition, replicas: from, sizeBytes } = asked;
  if (from.join() === to.join()) return [];
  const newReplicaCount = to.filter((id) => !from.includes(id)).length;
  return [{ topicId, partition, from, to, newReplicaCount, sizeBytes }];
};
