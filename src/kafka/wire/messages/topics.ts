import { NO_UUID } from '../codec.ts';
import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, int8, int16, int32, int64, string, struct, uuid } from '../field.ts';

const replicaAssignment = struct({
  partitionIndex: int32(),
  brokerIds: array(int32()),
});

const topicConfig = struct({
  name: string(),
  value: string({ nullableSince: 0 }),
});

const newTopic = struct({
  name: string(),
  /** -1 for the cluster's default, and beside assignments. */
  numPartitions: int32(),
  replicationFactor: int16(),
  assignments: array(replicaAssignment, { default: [] }),
  configs: array(topicConfig, { default: [] }),
});

export const createTopicsRequest = struct({
  topics: array(newTopic),
  timeoutMs: int32({ default: 60_000 }),
  validateOnly: boolean({ default: false }),
});

const createdConfig = struct({
  name: string(),
  value: string({ nullableSince: 0 }),
  readOnly: boolean(),
  configSource: int8({ default: -1 }),
  isSensitive: boolean(),
});

const createdTopic = struct({
  name: string(),
  topicId: uuid({ since: 7, default: NO_UUID }),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0, default: null }),
  topicConfigErrorCode: int16({ since: 5, tag: 0 }),
  numPartitions: int32({ since: 5, default: -1 }),
  replicationFactor: int16({ since: 5, default: -1 }),
  configs: array(createdConfig, { since: 5, nullableSince: 0, default: [] }),
});

export const createTopicsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  topics: array(createdTopic),
});

const topicToDelete = struct({
  name: string({ nullableSince: 0, default: null }),
  topicId: uuid({ default: NO_UUID }),
});

/** By name up to version 5, by name or id from then on. */
export const deleteTopicsRequest = struct({
  topics: array(topicToDelete, { since: 6, default: [] }),
  topicNames: array(string(), { until: 5, default: [] }),
  timeoutMs: int32(),
});

const deletedTopic = struct({
  name: string({ nullableSince: 6 }),
  topicId: uuid({ since: 6, default: NO_UUID }),
  errorCode: int16(),
  errorMessage: string({ since: 5, nullableSince: 0, default: null }),
});

export const deleteTopicsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  responses: array(deletedTopic),
});

const partitionAssignment = struct({
  brokerIds: array(int32()),
});

const grownTopic = struct({
  name: string(),
  /** The new total. */
  count: int32(),
  assignments: array(partitionAssignment, { nullableSince: 0, default: null }),
});

export const createPartitionsRequest = struct({
  topics: array(grownTopic),
  timeoutMs: int32(),
  validateOnly: boolean({ default: false }),
});

const grownTopicResult = struct({
  name: string(),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0, default: null }),
});

export const createPartitionsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  results: array(grownTopicResult),
});

const trimmedPartition = struct({
  partitionIndex: int32(),
  /** Records below it go; -1 for the high watermark. */
  offset: int64(),
});

const trimmedTopic = struct({
  name: string(),
  partitions: array(trimmedPartition),
});

export const deleteRecordsRequest = struct({
  topics: array(trimmedTopic),
  timeoutMs: int32(),
});

const trimmedPartitionResult = struct({
  partitionIndex: int32(),
  lowWatermark: int64(),
  errorCode: int16(),
});

const trimmedTopicResult = struct({
  name: string(),
  partitions: array(trimmedPartitionResult),
});

export const deleteRecordsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  topics: array(trimmedTopicResult),
});

export type CreateTopicsRequest = Decoded<typeof createTopicsRequest.fields>;
export type CreateTopicsResponse = Encodable<typeof createTopicsResponse.fields>;
export type DeleteTopicsRequest = Decoded<typeof deleteTopicsRequest.fields>;
export type DeleteTopicsResponse = Encodable<typeof deleteTopicsResponse.fields>;
export type CreatePartitionsRequest = Decoded<typeof createPartitionsRequest.fields>;
export type CreatePartitionsResponse = Encodable<typeof createPartitionsResponse.fields>;
export type DeleteRecordsRequest = Decoded<typeof deleteRecordsRequest.fields>;
export type DeleteRecordsResponse = Encodable<typeof deleteRecordsResponse.fields>;
