import { stateName } from '../../broker/groups/kafka-names.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import { GROUP_OPERATIONS } from './authorized.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';

/**
 * DescribeGroups, 0 to 5: groups that this broker coordinates. One that is not there is told as
 * `Dead`, without an error.
 */
export const describeGroupsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.describeGroups, ({ body }) => ({
    groups: body.groups.map((groupId) => {
      const group = context.broker.groups.describeGroup(groupId);
      return {
        errorCode: wireCode(group.code),
        groupId,
        groupState: group.code === 'NONE' ? stateName(group.state) : '',
        protocolType: group.protocolType,
        protocolData: group.protocol,
        members: group.members.map((member) => ({
          memberId: member.memberId,
          groupInstanceId: member.instanceId ?? null,
          clientId: member.clientId,
          clientHost: member.clientHost,
          memberMetadata: member.metadata,
          memberAssignment: member.assignment,
        })),
        ...(body.includeAuthorizedOperations ? { authorizedOperations: GROUP_OPERATIONS } : {}),
      };
    }),
  }));
