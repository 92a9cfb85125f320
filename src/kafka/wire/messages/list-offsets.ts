import type { Decoded, Encodable } from '../field.ts';
import { array, int8, int16, int32, int64, string, struct } from '../field.ts';

const listOffsetsPartition = struct({
  partitionIndex: int32(),
  currentLeaderEpoch: int32({ since: 4, default: -1 }),
  /** A time, or -1 latest, -2 earliest, -3 the record with the greatest timestamp, -4, -5 tiers. */
  timestamp: int64(),
});

const listOffsetsTopic = struct({
  name: string(),
  partitions: array(listOffsetsPartition),
});

export const listOffsetsRequest = struct({
  replicaId: int32({ default: -1 }),
  isolationLevel: int8({ since: 2, default: 0 }),
  topics: array(listOffsetsTopic),
});

const partitionResponse = struct({
  partitionIndex: int32(),
  errorCode: int16(),
  timestamp: int64({ default: -1 }),
  offset: int64({ default: -1 }),
  leaderEpoch: int32({ since: 4, default: -1 }),
});

const topicResponse = struct({
  name: string(),
  partitions: array(partitionResponse),
});

export const listOffsetsResponse = struct({
  throttleTimeMs: int32({ since: 2, default: 0 }),
  topics: array(topicResponse),
});

export type ListOffsetsRequest = Decoded<typeof listOffsetsRequest.fields>;
export type ListOffsetsResponse = Encodable<typeof listOffsetsResponse.fields>;
