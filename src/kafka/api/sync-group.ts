import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

/**
 * SyncGroup, 0 to 5: waits for the leader's assignment, which is stored before anyone hears of it.
 * A member that was given none gets no bytes: nothing is invented.
 */
export const syncGroupHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.syncGroup, async ({ body }) => {
    const reply = await context.broker.groups.sync(body.groupId, {
      memberId: body.memberId,
      instanceId: body.groupInstanceId ?? undefined,
      generation: body.generationId,
      protocolType: body.protocolType ?? undefined,
      protocol: body.protocolName ?? undefined,
      assignments: new Map(
        body.assignments.map(({ memberId, assignment }) => [memberId, assignment]),
      ),
    });
    return {
      errorCode: wireCode(reply.code),
      protocolType: reply.protocolType ?? null,
      protocolName: reply.protocol ?? null,
      assignment: reply.assignment,
    };
  });
