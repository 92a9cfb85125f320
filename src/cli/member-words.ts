import type {
  GroupDescription,
  GroupMemberDescription,
  OverflowLimits,
} from '../client/admin/group-types.ts';
import { roleOf, waitingMembers } from '../client/admin/member-roles.ts';
import { boundWords } from './group-overflow.ts';

type Told = Pick<GroupDescription, 'state' | 'members' | 'overflow' | 'assignor'>;

/** A line for each member without partitions: why it has none. */
export const waitingLines = (group: Told): string[] =>
  waitingMembers(group).map(
    (member) => `${member.memberId} at ${member.host}: ${waitsFor(member, group)}`,
  );

const waitsFor = (member: GroupMemberDescription, { overflow, assignor }: Told): string => {
  const role = roleOf(member);
  if (role === 'standby') return `standby, label ${member.label}`;
  if (role === 'overflow') return `overflow member, gets work ${whenOf(overflow)}`;
  return assignor === 'single-active'
    ? 'waits to take the place of the active one, as single-active has it'
    : 'idle, there are not enough partitions for it';
};

const whenOf = (limits: OverflowLimits | undefined): string =>
  limits === undefined
    ? 'while there are no others'
    : `above a lag of ${boundWords(limits.above, 'or')}`;
