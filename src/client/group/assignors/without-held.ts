import type { TopicPartitionName } from '../consumer-protocol.ts';
import { nameOf } from '../partition-sets.ts';
import type { Assignments, AssignorMember } from './assignor.ts';

/** What another member still holds is given to nobody yet: it gives it up and joins again. */
export const withoutHeld = (
  assignments: Assignments,
  members: readonly AssignorMember[],
): Assignments => {
  const holders = holdersIn(members);
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

const holdersIn = (members: readonly AssignorMember[]): Map<string, Set<string>> => {
  const holders = new Map<string, Set<string>>();
  for (const { memberId, owned } of members) {
    for (const at of owned) {
      const key = nameOf(at);
      holders.set(key, (holders.get(key) ?? new Set()).add(memberId));
    }
  }
  return holders;
};
