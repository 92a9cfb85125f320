import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, int16, int32, object, string, struct, uuid } from '../field.ts';
import { authorizedOperations } from './authorized-operations.ts';

const askedTopic = struct({
  name: string(),
});

/** The first partition of the next page. */
const cursor = struct({
  topicName: string(),
  partitionIndex: int32(),
});

/** Metadata in pages, for topics of many partitions. */
export const describeTopicPartitionsRequest = struct({
  topics: array(askedTopic),
  responsePartitionLimit: int32({ default: 2000 }),
  cursor: object(cursor, { nullableSince: 0, default: null }),
});

const describedPartition = struct({
  errorCode: int16(),
  partitionIndex: int32(),
  leaderId: int32(),
  leaderEpoch: int32({ default: -1 }),
  replicaNodes: array(int32()),
  isrNodes: array(int32()),
  eligibleLeaderReplicas: array(int32(), { nullableSince: 0, default: null }),
  lastKnownElr: array(int32(), { nullableSince: 0, default: null }),
  offlineReplicas: array(int32()),
});

const describedTopic = struct({
  errorCode: int16(),
  name: string({ nullableSince: 0 }),
  topicId: uuid(),
  isInternal: boolean({ default: false }),
  partitions: array(describedPartition),
  topicAuthorizedOperations: authorizedOperations({}),
});

export const describeTopicPartitionsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  topics: array(describedTopic),
  nextCursor: object(cursor, { nullableSince: 0, default: null }),
});

export type DescribeTopicPartitionsRequest = Decoded<typeof describeTopicPartitionsRequest.fields>;
export type DescribeTopicPartitionsResponse = Encodable<
  typeof describeTopicPartitionsResponse.fields
>;
