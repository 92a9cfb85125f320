import type {
  GroupDescription,
  GroupMemberDescription,
  OverflowLimits,
} from '../client/admin/group-types.ts';
import { roleOf, waitingMembers } from '../client/admin/member-roles.ts';
import { boundWords } from './group-overflow.ts';

type Told = Pick<GroupDescription, 'state' | 'members' | 'overflow'>;

/** A line for each member without partitions: why it has none. */
export const waitingLines = (group: Told): string[] =>
  waitingMembers(group).map(
    (member) => `${member.memberId} at ${member.host}: ${waitsFor(member, group.overflow)}`,
  );

const waitsFor = (member: GroupMemberDescription, limits: OverflowLimits | undefined): string => {
  const role = roleOf(member);
  if (role === 'standby') return `standby, label ${member.label}`;
  if (role === 'idle') return 'idle, there are not enough partitions for it';
  const when =
    limits === undefined
      ? 'while there are no others'
      : `above a lag of ${boundWords(limits.above, 'or')}`;
  return `overflow member, gets work ${when}`;
};
