import { OttlaError } from '../base/errors.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printLine } from './output.ts';

export interface GroupDeleteVerb extends ClusterVerb {
  readonly ifExists?: boolean;
}

export const run = (groupIds: readonly string[], options: GroupDeleteVerb): Promise<void> =>
  withClient(options, async (client) => {
    for (const groupId of groupIds) {
      try {
        await client.admin().groups.delete(groupId);
      } catch (error) {
        const isMissing = error instanceof OttlaError && error.code === 'GROUP_ID_NOT_FOUND';
        if (!isMissing || options.ifExists !== true) throw error;
        continue;
      }
      await printLine(`deleted group ${groupId}`);
    }
  });
