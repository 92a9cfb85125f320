import type { Assignor } from './assignor.ts';
import { StickyShares } from './sticky-shares.ts';
import { withoutHeld } from './without-held.ts';

/**
 * As even as the subscriptions allow, with as few partitions as possible changing hands. What
 * changes hands is given to nobody yet where its holder still has it: the holder sees that it is
 * not in its share, gives it up without stopping the rest, and joins again; then it is free.
 */
export const cooperativeSticky: Assignor = {
  name: 'cooperative-sticky',
  protocol: 'cooperative',
  assign: (question) => {
    const shares = new StickyShares(question);
    shares.keepOwned();
    shares.dealUnowned();
    shares.level();
    return withoutHeld(shares.assignments(), question.members);
  },
};
