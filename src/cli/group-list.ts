import { writeError } from '../platform/process.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printTable } from './output.ts';

export const run = (options: ClusterVerb): Promise<void> =>
  withClient(options, async (client) => {
    const { groups, failures } = await client.admin().groups.list();
    for (const { brokerId, error } of failures) {
      const why = `${error.message} (${error.code})`;
      writeError(`ottla: groups that broker ${brokerId} coordinates may be missing: ${why}`);
    }
    if (options.json === true) return await printJson(groups);
    await printTable({
      headings: ['GROUP', 'STATE', 'TYPE', 'ON STANDBY'],
      rows: groups.map(({ groupId, state, protocolType, standbyLabels }) => [
        groupId,
        state,
        protocolType || '-',
        standbyLabels.join(', ') || '-',
      ]),
    });
  });
