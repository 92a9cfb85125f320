import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, bytes, int16, int32, string, struct } from '../field.ts';

/** A static member's name of its own, which outlives its connection. */
const groupInstanceId = (since: number) => string({ since, nullableSince: 0, default: null });

const joinProtocol = struct({
  name: string(),
  metadata: bytes(),
});

export const joinGroupRequest = struct({
  groupId: string(),
  sessionTimeoutMs: int32(),
  /** -1 in version 0, where the session timeout serves for it. */
  rebalanceTimeoutMs: int32({ since: 1, default: -1 }),
  memberId: string(),
  groupInstanceId: groupInstanceId(5),
  protocolType: string(),
  protocols: array(joinProtocol),
  reason: string({ since: 8, nullableSince: 0, default: null }),
});

const joinedMember = struct({
  memberId: string(),
  groupInstanceId: groupInstanceId(5),
  metadata: bytes(),
});

export const joinGroupResponse = struct({
  throttleTimeMs: int32({ since: 2, default: 0 }),
  errorCode: int16(),
  generationId: int32({ default: -1 }),
  protocolType: string({ since: 7, nullableSince: 0, default: null }),
  /** Before version 7 "" stands for null. */
  protocolName: string({ nullableSince: 7 }),
  leader: string(),
  skipAssignment: boolean({ since: 9, default: false }),
  memberId: string(),
  /** For the leader only, with the metadata of the chosen protocol. */
  members: array(joinedMember),
});

const memberAssignment = struct({
  memberId: string(),
  assignment: bytes(),
});

export const syncGroupRequest = struct({
  groupId: string(),
  generationId: int32(),
  memberId: string(),
  groupInstanceId: groupInstanceId(3),
  protocolType: string({ since: 5, nullableSince: 0, default: null }),
  protocolName: string({ since: 5, nullableSince: 0, default: null }),
  assignments: array(memberAssignment),
});

export const syncGroupResponse = struct({
  throttleTimeMs: int32({ since: 1, default: 0 }),
  errorCode: int16(),
  protocolType: string({ since: 5, nullableSince: 0, default: null }),
  protocolName: string({ since: 5, nullableSince: 0, default: null }),
  assignment: bytes(),
});

export const heartbeatRequest = struct({
  groupId: string(),
  generationId: int32(),
  memberId: string(),
  groupInstanceId: groupInstanceId(3),
});

export const heartbeatResponse = struct({
  throttleTimeMs: int32({ since: 1, default: 0 }),
  errorCode: int16(),
});

const leavingMember = struct({
  memberId: string(),
  groupInstanceId: groupInstanceId(3),
  reason: string({ since: 5, nullableSince: 0, default: null }),
});

/** One member up to version 2, several from then on. */
export const leaveGroupRequest = struct({
  groupId: string(),
  memberId: string({ until: 2, default: '' }),
  members: array(leavingMember, { since: 3, default: [] }),
});

const leftMember = struct({
  memberId: string(),
  groupInstanceId: groupInstanceId(3),
  errorCode: int16(),
});

export const leaveGroupResponse = struct({
  throttleTimeMs: int32({ since: 1, default: 0 }),
  errorCode: int16(),
  members: array(leftMember, { since: 3, default: [] }),
});

export type JoinGroupRequest = Decoded<typeof joinGroupRequest.fields>;
export type JoinGroupResponse = Encodable<typeof joinGroupResponse.fields>;
export type SyncGroupRequest = Decoded<typeof syncGroupRequest.fields>;
export type SyncGroupResponse = Encodable<typeof syncGroupResponse.fields>;
export type HeartbeatRequest = Decoded<typeof heartbeatRequest.fields>;
export type HeartbeatResponse = Encodable<typeof heartbeatResponse.fields>;
export type LeaveGroupRequest = Decoded<typeof leaveGroupRequest.fields>;
export type LeaveGroupResponse = Encodable<typeof leaveGroupResponse.fields>;
