import type { AssignorMember } from '../assignors/assignor.ts';
import type { MemberData } from './member-data.ts';

/** A member, and what it says of itself. */
export interface SharingMember extends AssignorMember {
  readonly data: MemberData;
}

/** Which members are to get partitions, as things stand. */
export interface SharingRule {
  readonly standbyLabels: readonly string[];
  /** The group is far behind: members of the overflow lane get their share. */
  readonly isOverflowOpen: boolean;
}

/**
 * The members as an assignor is to see them: each wants those of its topics that it may have. So
 * any assignor does what the rule says, and in its own way: a cooperative one moves only what has
 * to go, and gives it on when it was let go. No topic is left without a taker: where all that want
 * it are on standby they keep it, and the overflow lane has it where there is no other.
 */
export const restrict = (
  members: readonly SharingMember[],
  rule: SharingRule,
): AssignorMember[] => {
  const wanting = new Map<string, SharingMember[]>();
  for (const member of members) {
    for (const topic of new Set(member.topics)) {
      const some = wanting.get(topic);
      if (some === undefined) wanting.set(topic, [member]);
      else some.push(member);
    }
  }
  const takersOf = new Map([...wanting].map(([topic, some]) => [topic, takers(some, rule)]));
  return members.map(({ data: _, ...member }) => ({
    ...member,
    topics: member.topics.filter((topic) => takersOf.get(topic)?.has(member.memberId) === true),
  }));
};

export const isOnStandby = (
  { label }: Pick<MemberData, 'label'>,
  standbyLabels: readonly string[],
): boolean => label !== undefined && standbyLabels.includes(label);

/** True where the same members may have the same topics. */
export const isSameRestriction = (
  a: readonly AssignorMember[],
  b: readonly AssignorMember[],
): boolean => placesIn(a) === placesIn(b);

/** Of those who want a topic. */
const takers = (
  wanting: readonly SharingMember[],
  { standbyLabels, isOverflowOpen }: SharingRule,
): ReadonlySet<string> => {
  const pool = orAll(wanting, ({ data }) => !isOnStandby(data, standbyLabels));
  const chosen = orAll(pool, ({ data }) => isOverflowOpen || data.lane === 'main');
  return new Set(chosen.map(({ memberId }) => memberId));
};

/** Those that match; all where none does. */
const orAll = (
  members: readonly SharingMember[],
  matches: (member: SharingMember) => boolean,
): readonly SharingMember[] => {
  const found = members.filter(matches);
  return found.length === 0 ? members : found;
};

const placesIn = (members: readonly AssignorMember[]): string =>
  JSON.stringify(members.map(({ memberId, topics }) => [memberId, [...topics].sort()]).sort());
