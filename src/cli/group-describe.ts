import type { GroupMemberDescription } from '../client/admin/group-types.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printPartitions } from './group-lag.ts';
import { describeOverflow } from './group-overflow.ts';
import { describeStandby, labelledMembers } from './group-standby.ts';
import { printJson, printLine, printTable } from './output.ts';

export const run = (groupId: string, options: ClusterVerb): Promise<void> =>
  withClient(options, async (client) => {
    const { groups } = client.admin();
    const group = await groups.describe(groupId);
    const offsets = await groups.lag(groupId);
    if (options.json === true) return await printJson({ ...group, offsets });
    const { state, coordinatorId, generation, assignor } = group;
    const by = assignor === '' ? '' : `, shares by ${assignor}`;
    const at = `coordinator broker ${coordinatorId}, generation ${generation}`;
    await printLine(`group ${groupId}: ${state}, ${at}${by}`);
    if (group.standbyLabels.length > 0) {
      const standby = describeStandby(group.standbyLabels, labelledMembers(group));
      await printLine(`standby: ${standby}`);
    }
    if (group.overflow !== undefined) {
      await printLine(`overflow: ${describeOverflow(group.overflow)}`);
    }
    await printLine('');
    await printPartitions(offsets);
    await printLine('');
    await printMembers(group.members);
  });

const printMembers = (members: readonly GroupMemberDescription[]): Promise<void> =>
  printTable({
    headings: ['MEMBER', 'INSTANCE', 'CLIENT', 'HOST', 'LABEL', 'LANE', 'PARTITIONS'],
    rows: members.map((it) => [
      it.memberId,
      it.instanceId ?? '-',
      it.clientId,
      it.host,
      it.label ?? '-',
      it.lane,
      describeShare(it),
    ]),
  });

/** A member without partitions: on standby, of the overflow lane, or one too many. */
const describeShare = ({
  partitions,
  isOnStandby,
  lane,
}: GroupMemberDescription): string | number => {
  const { length } = partitions;
  if (isOnStandby) return length === 0 ? 'standby' : `${length}, on standby`;
  if (length > 0) return length;
  return lane === 'overflow' ? 'none below its lag' : 'idle';
};
