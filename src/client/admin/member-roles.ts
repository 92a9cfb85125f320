import type { GroupDescription, GroupMemberDescription } from './group-types.ts';

/**
 * What a member is there for now. `busy`: it has partitions, whatever it is else. Of those without:
 * `standby` and `overflow` wait to be wanted, `idle` is one too many.
 */
export type MemberRole = 'busy' | 'standby' | 'overflow' | 'idle';

export const roleOf = ({
  partitions,
  isOnStandby,
  lane,
}: Pick<GroupMemberDescription, 'partitions' | 'isOnStandby' | 'lane'>): MemberRole => {
  if (partitions.length > 0) return 'busy';
  if (isOnStandby) return 'standby';
  return lane === 'overflow' ? 'overflow' : 'idle';
};

/** Members without partitions; none while they gather, when nobody has any. */
export const waitingMembers = ({
  state,
  members,
}: Pick<GroupDescription, 'state' | 'members'>): GroupMemberDescription[] =>
  state === 'Stable' ? members.filter((member) => roleOf(member) !== 'busy') : [];
