import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, int16, int32, int64, string, struct } from '../field.ts';

const commitPartition = struct({
  partitionIndex: int32(),
  committedOffset: int64(),
  committedLeaderEpoch: int32({ since: 6, default: -1 }),
  committedMetadata: string({ nullableSince: 0, default: null }),
});

const commitTopic = struct({
  name: string(),
  partitions: array(commitPartition),
});

export const offsetCommitRequest = struct({
  groupId: string(),
  /** -1 from a consumer that is no member. */
  generationIdOrMemberEpoch: int32({ default: -1 }),
  memberId: string({ default: '' }),
  groupInstanceId: string({ since: 7, nullableSince: 0, default: null }),
  retentionTimeMs: int64({ until: 4, default: -1 }),
  topics: array(commitTopic),
});

const partitionError = struct({
  partitionIndex: int32(),
  errorCode: int16(),
});

const topicErrors = struct({
  name: string(),
  partitions: array(partitionError),
});

export const offsetCommitResponse = struct({
  throttleTimeMs: int32({ since: 3, default: 0 }),
  topics: array(topicErrors),
});

const fetchTopic = struct({
  name: string(),
  partitionIndexes: array(int32()),
});

const fetchGroup = struct({
  groupId: string(),
  memberId: string({ since: 9, nullableSince: 0, default: null }),
  memberEpoch: int32({ since: 9, default: -1 }),
  topics: array(fetchTopic, { nullableSince: 0 }),
});

/** One group up to version 7, several from then on; null topics ask for all that were committed. */
export const offsetFetchRequest = struct({
  groupId: string({ until: 7, default: '' }),
  topics: array(fetchTopic, { until: 7, nullableSince: 2, default: [] }),
  groups: array(fetchGroup, { since: 8, default: [] }),
  requireStable: boolean({ since: 7, default: false }),
});

const fetchedPartition = struct({
  partitionIndex: int32(),
  /** -1 where nothing was committed. */
  committedOffset: int64(),
  committedLeaderEpoch: int32({ since: 5, default: -1 }),
  /** "" where nothing was committed. */
  metadata: string({ nullableSince: 0 }),
  errorCode: int16(),
});

const fetchedTopic = struct({
  name: string(),
  partitions: array(fetchedPartition),
});

const fetchedGroup = struct({
  groupId: string(),
  topics: array(fetchedTopic),
  errorCode: int16({ default: 0 }),
});

export const offsetFetchResponse = struct({
  throttleTimeMs: int32({ since: 3, default: 0 }),
  topics: array(fetchedTopic, { until: 7, default: [] }),
  errorCode: int16({ since: 2, until: 7, default: 0 }),
  groups: array(fetchedGroup, { since: 8, default: [] }),
});

const deletePartition = struct({
  partitionIndex: int32(),
});

const deleteTopic = struct({
  name: string(),
  partitions: array(deletePartition),
});

export const offsetDeleteRequest = struct({
  groupId: string(),
  topics: array(deleteTopic),
});

export const offsetDeleteResponse = struct({
  errorCode: int16(),
  throttleTimeMs: int32({ default: 0 }),
  topics: array(topicErrors),
});

export type OffsetCommitRequest = Decoded<typeof offsetCommitRequest.fields>;
export type OffsetCommitResponse = Encodable<typeof offsetCommitResponse.fields>;
export type OffsetFetchRequest = Decoded<typeof offsetFetchRequest.fields>;
export type OffsetFetchResponse = Encodable<typeof offsetFetchResponse.fields>;
export type OffsetDeleteRequest = Decoded<typeof offsetDeleteRequest.fields>;
export type OffsetDeleteResponse = Encodable<typeof offsetDeleteResponse.fields>;
