import { OttlaError } from '../../base/errors.ts';
import type { GroupMemberInfo } from '../../gen/ottla.ts';
import { decodeAssignment, decodeSubscription } from '../group/consumer-protocol.ts';
import type { ToldMemberData } from '../group/sharing/member-data.ts';
import { decodeMemberData } from '../group/sharing/member-data.ts';
import { isOnStandby } from '../group/sharing/restrict.ts';
import type { GroupMemberDescription, GroupSharing, GroupTopicPartition } from './group-types.ts';

/** A member as its coordinator tells of it, whoever's it is. */
export const memberDescription = (
  { memberId, instanceId, clientId, clientHost, handlerTimes, ...told }: GroupMemberInfo,
  protocolType: string,
  { standbyLabels }: Pick<GroupSharing, 'standbyLabels'>,
): GroupMemberDescription => {
  const isConsumer = protocolType === 'consumer';
  const data = isConsumer ? dataIn(told.metadata) : decodeMemberData(null);
  return {
    memberId,
    instanceId: instanceId === '' ? undefined : instanceId,
    clientId,
    host: clientHost.replace(/^\//, ''),
    label: data.label,
    lane: data.lane,
    isOnStandby: isOnStandby(data, standbyLabels),
    keepsFences: data.keepsFences,
    handlerTimes,
    partitions: isConsumer ? sharesIn(told.assignment) : [],
  };
};

/** What another client wrote may be anything. */
const sharesIn = (assignment: Uint8Array): GroupTopicPartition[] =>
  orElse(() => decodeAssignment(assignment), []);

const dataIn = (metadata: Uint8Array): ToldMemberData =>
  decodeMemberData(orElse(() => decodeSubscription(metadata).userData, null));

const orElse = <T>(read: () => T, otherwise: T): T => {
  try {
    return read();
  } catch (error) {
    if (error instanceof OttlaError) return otherwise;
    throw error;
  }
};
