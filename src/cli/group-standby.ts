import { OttlaError } from '../base/errors.ts';
import type { GroupDescription, GroupMemberDescription } from '../client/admin/group-types.ts';
import type { OttlaClient } from '../client/client.ts';
import { isOnStandby } from '../client/group/sharing/restrict.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { UsageError } from './failure.ts';
import { printJson, printLine } from './output.ts';

export interface GroupStandbyVerb extends ClusterVerb {
  readonly label?: readonly string[];
  readonly off?: boolean;
}

type Members = readonly Pick<GroupMemberDescription, 'label'>[];

export const run = async (groupId: string, options: GroupStandbyVerb): Promise<void> => {
  const { label: labels, off } = options;
  if (labels !== undefined && off === true) {
    throw new UsageError('--off stands alone: to change who is on standby give --label only');
  }
  await withClient(options, async (client) => {
    const { groups } = client.admin();
    // Before the change: the members gather at once, and labels are not told meanwhile.
    const members = options.json === true ? [] : await membersOf(client, groupId);
    if (labels !== undefined || off === true) await groups.standby(groupId, labels ?? []);
    const { standbyLabels } = await groups.sharing(groupId);
    if (options.json === true) return await printJson({ groupId, standbyLabels });
    await printLine(`group ${groupId}: ${describeStandby(standbyLabels, members)}`);
  });
};

/** One that nobody has joined yet may have settings. */
const membersOf = async (client: OttlaClient, groupId: string): Promise<Members | undefined> => {
  try {
    return labelledMembers(await client.admin().groups.describe(groupId));
  } catch (error) {
    if (error instanceof OttlaError && error.code === 'GROUP_ID_NOT_FOUND') return [];
    throw error;
  }
};

/** Undefined while they gather. */
export const labelledMembers = ({ state, members }: GroupDescription): Members | undefined =>
  state === 'Stable' || state === 'Empty' ? members : undefined;

/** `members`: undefined where their labels are not known. */
export const describeStandby = (
  standbyLabels: readonly string[],
  members: Members | undefined,
): string => {
  if (standbyLabels.length === 0) return 'no member is on standby';
  const words = `members labelled ${standbyLabels.join(' or ')} are on standby`;
  if (members === undefined) return words;
  const count = members.filter((member) => isOnStandby(member, standbyLabels)).length;
  const counted = `${words}, ${count} of ${members.length}`;
  return count > 0 && count === members.length
    ? `${counted}; they keep their partitions until another joins`
    : counted;
};
