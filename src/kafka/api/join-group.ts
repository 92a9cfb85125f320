import { clientHostOf } from '../../broker/groups/kafka-names.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

const REBALANCE_TIMEOUT_SINCE = 1;
const MEMBER_ID_REQUIRED_SINCE = 4;
const NULL_PROTOCOL_SINCE = 7;
const SKIP_ASSIGNMENT_SINCE = 9;

/**
 * JoinGroup, 0 to 9: waits until the members have gathered, and holds its own connection only. From
 * version 4 on a dynamic member is first told its id; from version 9 on a static leader that comes
 * back into its generation is told to leave the assignment alone.
 */
export const joinGroupHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.joinGroup, async ({ apiVersion, clientId, body, peer }) => {
    const reply = await context.broker.groups.join(body.groupId, {
      memberId: body.memberId,
      instanceId: body.groupInstanceId ?? undefined,
      clientId: clientId ?? '',
      clientHost: clientHostOf(peer),
      sessionTimeoutMs: body.sessionTimeoutMs,
      rebalanceTimeoutMs:
        apiVersion < REBALANCE_TIMEOUT_SINCE ? body.sessionTimeoutMs : body.rebalanceTimeoutMs,
      protocolType: body.protocolType,
      protocols: body.protocols,
      needsKnownMemberId: apiVersion >= MEMBER_ID_REQUIRED_SINCE,
      canSkipAssignment: apiVersion >= SKIP_ASSIGNMENT_SINCE,
    });
    return {
      errorCode: wireCode(reply.code),
      generationId: reply.generation,
      protocolType: reply.protocolType ?? null,
      protocolName: reply.protocol ?? (apiVersion < NULL_PROTOCOL_SINCE ? '' : null),
      leader: reply.leader,
      skipAssignment: reply.skipAssignment,
      memberId: reply.memberId,
      members: reply.members.map(({ memberId, instanceId, metadata }) => ({
        memberId,
        groupInstanceId: instanceId ?? null,
        metadata,
      })),
    };
  });
