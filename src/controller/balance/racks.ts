import { lowest } from '../rank.ts';
import type { Layout, Placed, Transfer } from './layout.ts';
import { replaced } from './layout.ts';

/** Takes replicas apart that share a failure domain, where another domain could have one. */
export const separateRacks = (layout: Layout): void => {
  for (const placed of layout.partitions) {
    if (layout.isFull) return;
    for (let transfer = apart(layout, placed); transfer !== undefined; ) {
      layout.apply(transfer);
      transfer = apart(layout, placed);
    }
  }
};

/** Followers are moved before the leader, to the broker with the least. */
const apart = (layout: Layout, placed: Placed): Transfer | undefined => {
  const shared = layout.sharedDomains(placed.replicas);
  if (shared === 0) return undefined;
  const transfers = placed.replicas.flatMap((brokerId) => {
    const from = layout.loadOf(brokerId);
    return layout.takers
      .map((to) => ({ placed, from, to }))
      .filter(
        (it) => layout.allows(it) && layout.sharedDomains(replaced(placed, from, it.to)) < shared,
      );
  });
  return lowest(transfers, ({ from, to }) => [
    placed.replicas[0] === from.brokerId ? 1 : 0,
    to.held.size - from.held.size,
    to.bytes,
  ]);
};
