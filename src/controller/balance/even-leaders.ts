import { lowest } from '../rank.ts';
import type { Layout, Load, Placed } from './layout.ts';
import { isUneven } from './layout.ts';
import { findPath } from './paths.ts';

/** Evens out who leads by preference, among the replicas that there are: no byte is copied. */
export const evenLeaders = (layout: Layout): void => {
  const countOf = ({ preferredCount }: Load): number => preferredCount;
  if (!isUneven(layout.takers.map(countOf), layout.tolerance)) return;
  const giftOf = (from: Load, to: Load): Placed | undefined =>
    lowest(
      [...from.held].filter(
        ({ asked, replicas }) =>
          asked.isMovable && replicas[0] === from.brokerId && replicas.includes(to.brokerId),
      ),
      ({ at }) => [at],
    );
  while (!layout.isFull) {
    const path = findPath({ loads: layout.takers, countOf, giftOf });
    if (path === undefined) return;
    for (const { to, gift } of path) layout.putFirst(gift, to.brokerId);
  }
};
