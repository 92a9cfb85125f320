import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

const MANY_SINCE = 3;

/**
 * LeaveGroup, 0 to 5: one member, from version 3 on several with an outcome each, also static ones
 * by their instance ids alone. Before that the one outcome is the answer's.
 */
export const leaveGroupHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.leaveGroup, async ({ apiVersion, body }) => {
    const isOne = apiVersion < MANY_SINCE;
    const members = isOne
      ? [{ memberId: body.memberId }]
      : body.members.map(({ memberId, groupInstanceId }) => ({
          memberId,
          instanceId: groupInstanceId ?? undefined,
        }));
    const reply = await context.broker.groups.leave(body.groupId, { members });
    const code = isOne && reply.code === 'NONE' ? reply.members[0]?.code : reply.code;
    return {
      errorCode: wireCode(code ?? 'NONE'),
      members: reply.members.map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.instanceId ?? null,
        errorCode: wireCode(member.code),
      })),
    };
  });
