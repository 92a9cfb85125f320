import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, int16, int32, string, struct } from '../field.ts';

const partitionToMove = struct({
  partitionIndex: int32(),
  /** Null cancels. */
  replicas: array(int32(), { nullableSince: 0, default: null }),
});

export const alterPartitionReassignmentsRequest = struct({
  timeoutMs: int32({ default: 60_000 }),
  allowReplicationFactorChange: boolean({ since: 1, default: true }),
  topics: array(struct({ name: string(), partitions: array(partitionToMove) })),
});

const movedPartition = struct({
  partitionIndex: int32(),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0 }),
});

export const alterPartitionReassignmentsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  allowReplicationFactorChange: boolean({ since: 1, default: true }),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0 }),
  responses: array(struct({ name: string(), partitions: array(movedPartition) })),
});

const topicToList = struct({
  name: string(),
  partitionIndexes: array(int32()),
});

export const listPartitionReassignmentsRequest = struct({
  timeoutMs: int32({ default: 60_000 }),
  /** Null for all. */
  topics: array(topicToList, { nullableSince: 0, default: null }),
});

const ongoing = struct({
  partitionIndex: int32(),
  replicas: array(int32()),
  addingReplicas: array(int32()),
  removingReplicas: array(int32()),
});

export const listPartitionReassignmentsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0 }),
  topics: array(struct({ name: string(), partitions: array(ongoing) })),
});

export type AlterPartitionReassignmentsRequest = Decoded<
  typeof alterPartitionReassignmentsRequest.fields
>;
export type AlterPartitionReassignmentsResponse = Encodable<
  typeof alterPartitionReassignmentsResponse.fields
>;
export type ListPartitionReassignmentsResponse = Encodable<
  typeof listPartitionReassignmentsResponse.fields
>;
