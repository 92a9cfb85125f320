import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printTable } from './output.ts';

export const run = (options: ClusterVerb): Promise<void> =>
  withClient(options, async (client) => {
    const groups = await client.admin().groups.list();
    if (options.json === true) return await printJson(groups);
    await printTable({
      headings: ['GROUP', 'STATE', 'TYPE'],
      rows: groups.map(({ groupId, state, protocolType }) => [groupId, state, protocolType || '-']),
    });
  });
