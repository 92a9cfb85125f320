import type { TopicPartitionName } from '../consumer-protocol.ts';
import { nameOf } from '../partition-sets.ts';
import type { Assignments, Assignor } from './assignor.ts';
import { StickyShares } from './sticky-shares.ts';

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
    const holders = new Map<string, Set<string>>();
    for (const { memberId, owned } of question.members) {
      for (const at of owned) {
        const key = nameOf(at);
        holders.set(key, (holders.get(key) ?? new Set()).add(memberId));
      }
    }
    return withoutHeld(shares.assignments(), holders);
  },
};

const withoutHeld = (
  assignments: Assignments,
  holders: ReadonlyMap<string, ReadonlySet<string>>,
): Assignments => {
  const isFreeFor = (memberId: string, at: TopicPartitionName): boolean => {
    const held = holders.get(nameOf(at));
    return held === undefined || (held.size === 1 && held.has(memberId));
  };
  return new Map(
    [...assignments].map(([memberId, partitions]) => [
      memberId,
      partitions.filter((at) => isFreeFor(memberId, at)),
    ]),
  );
};
