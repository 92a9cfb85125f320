import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

/** Heartbeat, 0 to 4: a member lives; it is told when its group gathers anew. */
export const heartbeatHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.heartbeat, async ({ body }) => {
    const code = await context.broker.groups.heartbeat(body.groupId, {
      memberId: body.memberId,
      instanceId: body.groupInstanceId ?? undefined,
      generation: body.generationId,
    });
    return { errorCode: wireCode(code) };
  });
