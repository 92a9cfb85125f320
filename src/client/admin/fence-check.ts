import { OttlaError } from '../../base/errors.ts';
import type { TimedCallOptions } from '../env.ts';
import type { TopicDescription, TopicGrowthSpec } from './admin-types.ts';
import type { GroupAdmin } from './group-admin.ts';
import type { GroupTopicPartition } from './group-types.ts';

/** Those of `Admin`, as this needs them. */
export interface FenceAdmin {
  readonly groups: GroupAdmin;
  describeTopic(name: string, options?: TimedCallOptions): Promise<TopicDescription>;
}

/**
 * Throws where a fence would not keep the order: GROUP_ID_NOT_FOUND, INVALID_REQUEST for a group
 * with a member that is no SDK's, or one that is still before an earlier fence of the topic, and
 * REBALANCE_IN_PROGRESS, which passes.
 */
export const checkFence = async (
  admin: FenceAdmin,
  { name, fence }: TopicGrowthSpec,
  { timeoutMs, signal }: TimedCallOptions,
): Promise<void> => {
  if (fence === undefined) return;
  const options = {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  };
  const earlier = (await admin.describeTopic(name, options)).fence;
  for (const groupId of new Set(fence.groups)) await checkMembers(admin, groupId, options);
  for (const groupId of earlier?.groups ?? []) {
    const firstPartition = earlier?.firstPartition ?? 0;
    await checkPassed(admin, { groupId, topic: name, firstPartition }, options);
  }
};

const checkMembers = async (
  { groups }: FenceAdmin,
  groupId: string,
  options: TimedCallOptions,
): Promise<void> => {
  const { state, members } = await groups.describe(groupId, options);
  if (state !== 'Stable' && state !== 'Empty') {
    const why = `group ${groupId} gathers its members at the moment: try again in a little while`;
    throw new OttlaError('REBALANCE_IN_PROGRESS', why);
  }
  const stranger = members.find(({ keepsFences }) => !keepsFences);
  if (stranger === undefined) return;
  const { memberId, host } = stranger;
  throw new OttlaError(
    'INVALID_REQUEST',
    `group ${groupId} has a member that keeps no fence, for it is not of this SDK: stop ${memberId} at ${host}, or leave the group out`,
  );
};

const checkPassed = async (
  { groups }: FenceAdmin,
  at: { readonly groupId: string; readonly topic: string; readonly firstPartition: number },
  options: TimedCallOptions,
): Promise<void> => {
  const { groupId, topic, firstPartition } = at;
  const held = await heldBy(groups, groupId, options);
  const committed = await groups.offsets(groupId, options);
  const isBehind = (each: { readonly topic: string; readonly partition: number }): boolean =>
    each.topic === topic && each.partition >= firstPartition;
  if ([...held, ...committed].some(isBehind)) return;
  throw new OttlaError(
    'INVALID_REQUEST',
    `group ${groupId} has not passed the fence before partition ${firstPartition} of topic ${topic} yet: let it, or lift that one (topic unfence)`,
  );
};

/** Nothing of a group that does not exist. */
const heldBy = async (
  groups: GroupAdmin,
  groupId: string,
  options: TimedCallOptions,
): Promise<readonly GroupTopicPartition[]> => {
  try {
    const { members } = await groups.describe(groupId, options);
    return members.flatMap(({ partitions }) => partitions);
  } catch (error) {
    if (error instanceof OttlaError && error.code === 'GROUP_ID_NOT_FOUND') return [];
    throw error;
  }
};
