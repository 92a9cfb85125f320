import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, bytes, int16, int32, string, struct } from '../field.ts';
import { authorizedOperations } from './authorized-operations.ts';

export const describeGroupsRequest = struct({
  groups: array(string()),
  includeAuthorizedOperations: boolean({ since: 3, default: false }),
});

const describedMember = struct({
  memberId: string(),
  groupInstanceId: string({ since: 4, nullableSince: 0, default: null }),
  clientId: string(),
  clientHost: string(),
  memberMetadata: bytes(),
  memberAssignment: bytes(),
});

const describedGroup = struct({
  errorCode: int16(),
  groupId: string(),
  /** PreparingRebalance, CompletingRebalance, Stable, Empty, or Dead where there is none. */
  groupState: string(),
  protocolType: string(),
  protocolData: string(),
  members: array(describedMember),
  authorizedOperations: authorizedOperations({ since: 3 }),
});

export const describeGroupsResponse = struct({
  throttleTimeMs: int32({ since: 1, default: 0 }),
  groups: array(describedGroup),
});

/** Empty filters let every group pass. */
export const listGroupsRequest = struct({
  statesFilter: array(string(), { since: 4, default: [] }),
  typesFilter: array(string(), { since: 5, default: [] }),
});

const listedGroup = struct({
  groupId: string(),
  protocolType: string(),
  groupState: string({ since: 4 }),
  groupType: string({ since: 5, default: 'classic' }),
});

export const listGroupsResponse = struct({
  throttleTimeMs: int32({ since: 1, default: 0 }),
  errorCode: int16(),
  groups: array(listedGroup),
});

export const deleteGroupsRequest = struct({
  groupsNames: array(string()),
});

const deletedGroup = struct({
  groupId: string(),
  errorCode: int16(),
});

export const deleteGroupsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  results: array(deletedGroup),
});

export type DescribeGroupsRequest = Decoded<typeof describeGroupsRequest.fields>;
export type DescribeGroupsResponse = Encodable<typeof describeGroupsResponse.fields>;
export type ListGroupsRequest = Decoded<typeof listGroupsRequest.fields>;
export type ListGroupsResponse = Encodable<typeof listGroupsResponse.fields>;
export type DeleteGroupsRequest = Decoded<typeof deleteGroupsRequest.fields>;
export type DeleteGroupsResponse = Encodable<typeof deleteGroupsResponse.fields>;
