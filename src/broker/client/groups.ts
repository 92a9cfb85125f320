import { errorNumber } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { CallContext, Handler } from '../../env/transport.ts';
import type {
  CommittedOffset,
  DescribeGroupResponse,
  FetchCommittedRequest,
  FetchCommittedResponse,
  FindGroupCoordinatorResponse,
  GroupHeartbeatResponse,
  GroupSharing,
  JoinGroupRequest,
  JoinGroupResponse,
  ListGroupsResponse,
  SyncGroupRequest,
} from '../../gen/ottla.ts';
import { GroupService } from '../../gen/ottla.ts';
import { groupDegrade } from '../../metadata/group-configs.ts';
import { groupSharing } from '../../metadata/group-sharing.ts';
import type { FetchedOffset, Groups, JoinAsk, JoinReply, SyncAsk } from '../groups/groups.ts';
import { clientHostOf, stateName } from '../groups/kafka-names.ts';
import { guardedCall } from '../guard.ts';
import type { ClientContext } from './context.ts';

/** What the door of groups needs. */
export type GroupsContext = Pick<ClientContext, 'metadata' | 'onFatal'> & {
  readonly groups: Groups;
};

/** Every method of GroupService: the words of the wire for those of the coordinator, and back. */
export const groupHandlers = (context: GroupsContext): Handler[] => [
  ...membershipHandlers(context),
  ...offsetHandlers(context),
  ...inspectionHandlers(context),
];

const membershipHandlers = (context: GroupsContext): Handler[] => {
  const { groups, onFatal } = context;
  return [
    guardedCall(onFatal, GroupService.findGroupCoordinator, ({ groupId }) =>
      findCoordinator(context, groupId),
    ),
    guardedCall(onFatal, GroupService.joinGroup, async (request, call) => {
      const { groupId } = request;
      const reply = await groups.join(groupId, joinAsk(request, call));
      return { ...joinResponse(reply), ...sharingOf(context, groupId) };
    }),
    guardedCall(onFatal, GroupService.syncGroup, async (request) => {
      const { code, assignment } = await groups.sync(request.groupId, syncAsk(request));
      return { errorCode: errorNumber(code), assignment, ...degradeOf(context, request.groupId) };
    }),
    guardedCall(onFatal, GroupService.groupHeartbeat, async (request) => {
      const { groupId, memberId, generation, waitMs, handlerTimes } = request;
      const instanceId = nameOf(request.instanceId);
      const beat = { memberId, instanceId, generation, handlerTimes };
      const errorCode = errorNumber(await groups.heartbeat(groupId, beat, waitMs));
      return { errorCode, ...degradeOf(context, groupId), ...sharingOf(context, groupId) };
    }),
    guardedCall(onFatal, GroupService.leaveGroup, async ({ groupId, members }) => {
      const leaving = members.map(({ memberId, instanceId }) => ({
        memberId,
        instanceId: nameOf(instanceId),
      }));
      const reply = await groups.leave(groupId, { members: leaving });
      return {
        errorCode: errorNumber(reply.code),
        memberErrorCodes: reply.members.map(({ code }) => errorNumber(code)),
      };
    }),
  ];
};

const offsetHandlers = ({ groups, onFatal }: GroupsContext): Handler[] => [
  guardedCall(onFatal, GroupService.commitOffsets, async (request) => {
    const { groupId, memberId, generation, offsets } = request;
    const instanceId = nameOf(request.instanceId);
    const reply = await groups.commit(groupId, { memberId, instanceId, generation, offsets });
    return { errorCodes: reply.partitions.map(({ code }) => errorNumber(code)) };
  }),
  guardedCall(onFatal, GroupService.fetchCommitted, async (request) =>
    fetchCommitted(groups, request),
  ),
  guardedCall(onFatal, GroupService.deleteCommitted, async ({ groupId, partitions }) => {
    const reply = await groups.deleteOffsets(groupId, partitions);
    return {
      errorCode: errorNumber(reply.code),
      partitionErrorCodes: reply.partitions.map(({ code }) => errorNumber(code)),
    };
  }),
];

const inspectionHandlers = (context: GroupsContext): Handler[] => {
  const { groups, onFatal } = context;
  return [
    guardedCall(onFatal, GroupService.listGroups, async () => listGroups(context)),
    guardedCall(onFatal, GroupService.describeGroup, async ({ groupId }) => ({
      ...describeGroup(groups, groupId),
      ...sharingOf(context, groupId),
    })),
    guardedCall(onFatal, GroupService.deleteGroup, async ({ groupId }) => ({
      errorCode: errorNumber(await groups.deleteGroup(groupId)),
    })),
  ];
};

/** Told with each beat, so that all members know of it within seconds. */
const degradeOf = (
  { metadata }: GroupsContext,
  groupId: string,
): Pick<GroupHeartbeatResponse, 'degrade'> => {
  const found = groupDegrade(metadata.image, groupId);
  if (found === undefined) return {};
  const { skipOlderThanMs, sample, isPaused: paused } = found;
  return { degrade: { skipOlderThanMs, sample, paused } };
};

/** Told to whoever decides, and with each beat, so that it decides anew within seconds. */
const sharingOf = (
  { metadata }: GroupsContext,
  groupId: string,
): { readonly sharing?: GroupSharing } => {
  const found = groupSharing(metadata.image, groupId);
  if (found === undefined) return {};
  return { sharing: { standbyLabels: [...found.standbyLabels], overflow: found.overflow } };
};

/** A broker that the metadata does not know any more is no coordinator one could go to. */
const findCoordinator = async (
  { groups, metadata }: GroupsContext,
  groupId: string,
): Promise<FindGroupCoordinatorResponse> => {
  const { code, message, brokerId } = await groups.findCoordinator(groupId);
  const address = metadata.image.brokers.get(brokerId)?.clientAddress;
  if (code === 'NONE' && address !== undefined) {
    return { errorCode: 0, errorMessage: '', brokerId, address };
  }
  const errorCode = errorNumber(code === 'NONE' ? 'COORDINATOR_NOT_AVAILABLE' : code);
  return { errorCode, errorMessage: message, brokerId: NONE, address: '' };
};

const joinAsk = (request: JoinGroupRequest, { peer }: CallContext): JoinAsk => ({
  memberId: request.memberId,
  instanceId: nameOf(request.instanceId),
  clientId: request.clientId,
  clientHost: clientHostOf(peer),
  sessionTimeoutMs: request.sessionTimeoutMs,
  rebalanceTimeoutMs: request.rebalanceTimeoutMs,
  protocolType: request.protocolType,
  protocols: request.protocols,
  needsKnownMemberId: true,
  canSkipAssignment: true,
});

const joinResponse = (reply: JoinReply): JoinGroupResponse => ({
  errorCode: errorNumber(reply.code),
  memberId: reply.memberId,
  generation: reply.generation,
  protocol: reply.protocol ?? '',
  leader: reply.leader,
  members: reply.members.map(({ memberId, instanceId, metadata }) => ({
    memberId,
    instanceId: instanceId ?? '',
    metadata,
    assignment: new Uint8Array(0),
    clientId: '',
    clientHost: '',
  })),
});

const syncAsk = (request: SyncGroupRequest): SyncAsk => ({
  memberId: request.memberId,
  instanceId: nameOf(request.instanceId),
  generation: request.generation,
  protocol: nameOf(request.protocol),
  assignments: new Map(
    request.assignments.map(({ memberId, assignment }) => [memberId, assignment]),
  ),
});

const fetchCommitted = async (
  groups: Groups,
  { groupId, all, partitions }: FetchCommittedRequest,
): Promise<FetchCommittedResponse> => {
  const { code, offsets } = await groups.fetchOffsets(groupId, all ? undefined : partitions);
  const found = offsets.map(committedOffset);
  if (all) found.sort((a, b) => compare(a.topic, b.topic) || a.partition - b.partition);
  return { errorCode: errorNumber(code), offsets: found };
};

const committedOffset = ({ topic, partition, committed }: FetchedOffset): CommittedOffset => ({
  topic,
  partition,
  offset: committed?.offset ?? NONE,
  leaderEpoch: committed?.leaderEpoch ?? NONE,
  metadata: committed?.metadata ?? '',
  committedAtMs: committed?.committedAtMs ?? NONE,
});

const listGroups = ({ groups, metadata }: GroupsContext): ListGroupsResponse => {
  const { code, groups: listed } = groups.listGroups();
  return {
    errorCode: errorNumber(code),
    groups: [...listed]
      .sort((a, b) => compare(a.groupId, b.groupId))
      .map(({ groupId, protocolType, state }) => ({
        groupId,
        protocolType,
        state: stateName(state),
        standbyLabels: [...(groupSharing(metadata.image, groupId)?.standbyLabels ?? [])],
      })),
  };
};

const describeGroup = (groups: Groups, groupId: string): DescribeGroupResponse => {
  const found = groups.describeGroup(groupId);
  const isMissing = found.code === 'NONE' && found.state === 'dead';
  return {
    errorCode: errorNumber(isMissing ? 'GROUP_ID_NOT_FOUND' : found.code),
    state: stateName(found.state),
    protocolType: found.protocolType,
    generation: found.generation,
    protocol: found.protocol,
    leader: found.leader,
    members: found.members.map((member) => ({ ...member, instanceId: member.instanceId ?? '' })),
  };
};

/** The wire has no way to leave a name out: '' stands for none. */
const nameOf = (text: string): string | undefined => (text === '' ? undefined : text);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
