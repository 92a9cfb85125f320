import { lowest } from '../rank.ts';
import type { Layout, Load, Placed } from './layout.ts';
import { isUneven, meanOf, topicCount } from './layout.ts';
import { findPath } from './paths.ts';

/**
 * Evens out how many replicas brokers have, one replica a step and each only once more than needed
 * where racks stand in the way. What goes is chosen so that bytes and topics become even too.
 */
export const evenReplicas = (layout: Layout): void => {
  const countOf = ({ held }: Load): number => held.size;
  if (!isUneven(layout.takers.map(countOf), layout.tolerance)) return;
  const grainBytes = Math.max(1, meanOf(layout.partitions.map((it) => it.weightBytes)));
  const giftOf = (from: Load, to: Load, taken: readonly Placed[]): Placed | undefined =>
    lowest(
      [...from.held].filter(
        (placed) => !taken.includes(placed) && layout.allows({ placed, from, to }),
      ),
      (placed) => [
        Math.round(Math.abs(placed.weightBytes - idealBytes(from, to)) / grainBytes),
        topicCount(to, placed.asked.topicId) - topicCount(from, placed.asked.topicId),
        placed.replicas[0] === from.brokerId ? to.preferredCount - from.preferredCount : 0,
        placed.at,
      ],
    );
  while (!layout.isFull) {
    const path = findPath({ loads: layout.takers, countOf, giftOf });
    if (path === undefined) return;
    for (const { from, to, gift: placed } of path) layout.apply({ placed, from, to });
  }
};

/** The size with which the replicas that still have to go would bring the bytes level as well. */
const idealBytes = (from: Load, to: Load): number => {
  const leftCount = Math.max(1, Math.floor((from.held.size - to.held.size) / 2));
  return Math.max(0, (from.bytes - to.bytes) / 2 / leftCount);
};
