import type { GroupMemberDescription } from '../client/admin/group-types.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printPartitions } from './group-lag.ts';
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
    await printLine('');
    await printPartitions(offsets);
    await printLine('');
    await printMembers(group.members);
  });

/** A member without partitions is idle: there are not enough for all. */
const printMembers = (members: readonly GroupMemberDescription[]): Promise<void> =>
  printTable({
    headings: ['MEMBER', 'INSTANCE', 'CLIENT', 'HOST', 'PARTITIONS'],
    rows: members.map((it) => [
      it.memberId,
      it.instanceId ?? '-',
      it.clientId,
      it.host,
      it.partitions.length === 0 ? 'idle' : it.partitions.length,
    ]),
  });
