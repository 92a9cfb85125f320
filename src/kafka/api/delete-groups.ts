import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

/** DeleteGroups, 0 to 2: groups without members, with all that they have committed. */
export const deleteGroupsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.deleteGroups, async ({ body }) => {
    const names = [...new Set(body.groupsNames)];
    const results = names.map(async (groupId) => ({
      groupId,
      errorCode: wireCode(await context.broker.groups.deleteGroup(groupId)),
    }));
    return { results: await Promise.all(results) };
  });
