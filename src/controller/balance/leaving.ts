import type { NodeId } from '../../base/ids.ts';
import type { Rank } from '../rank.ts';
import { compareRanks, lowest } from '../rank.ts';
import type { Layout, Load, Placed } from './layout.ts';
import { replaced, topicCount } from './layout.ts';

/**
 * Gives the replicas of brokers that leave to others, the largest first. Failure domains are kept
 * apart where that can be; a replica next to another is still better than one that is lost.
 */
export const moveLeaving = (layout: Layout): void => {
  for (const placed of leavingPartitions(layout)) {
    if (layout.isFull) return;
    for (const from of leaversOf(layout, placed)) {
      const to = lowest(
        layout.takers.filter(({ brokerId }) => !placed.replicas.includes(brokerId)),
        (taker) => rankOf(layout, { placed, from, to: taker }),
      );
      if (to !== undefined) layout.apply({ placed, from, to });
    }
  }
};

/** Replicas that are left on brokers that leave, and could be moved if there were a place. */
export const stuckReplicaCount = (layout: Layout): number =>
  leavingPartitions(layout).reduce((sum, placed) => sum + leaversOf(layout, placed).length, 0);

const leavingPartitions = (layout: Layout): Placed[] =>
  layout.partitions
    .filter((placed) => placed.asked.isMovable && leaversOf(layout, placed).length > 0)
    .sort((a, b) => compareRanks([-a.weightBytes, a.at], [-b.weightBytes, b.at]));

const leaversOf = (layout: Layout, { replicas }: Placed): Load[] =>
  replicas.map((id: NodeId) => layout.loadOf(id)).filter(({ standing }) => standing === 'leaves');

const rankOf = (
  layout: Layout,
  { placed, from, to }: { readonly placed: Placed; readonly from: Load; readonly to: Load },
): Rank => [
  layout.sharedDomains(replaced(placed, from, to)),
  to.held.size,
  to.bytes,
  topicCount(to, placed.asked.topicId),
  placed.replicas[0] === from.brokerId ? to.preferredCount : 0,
];
