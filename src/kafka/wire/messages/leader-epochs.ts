import type { Decoded, Encodable } from '../field.ts';
import { array, int16, int32, int64, string, struct } from '../field.ts';

const askedPartition = struct({
  partition: int32(),
  currentLeaderEpoch: int32({ default: -1 }),
  leaderEpoch: int32(),
});

const askedTopic = struct({
  topic: string(),
  partitions: array(askedPartition),
});

export const offsetForLeaderEpochRequest = struct({
  /** -1 a consumer; -2 nobody in particular. */
  replicaId: int32({ since: 3, default: -2 }),
  topics: array(askedTopic),
});

/** The greatest epoch up to the one asked for, and where it ends; -1 and -1 where there is none. */
const epochEnd = struct({
  errorCode: int16(),
  partition: int32(),
  leaderEpoch: int32({ default: -1 }),
  endOffset: int64({ default: -1 }),
});

const answeredTopic = struct({
  topic: string(),
  partitions: array(epochEnd),
});

export const offsetForLeaderEpochResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  topics: array(answeredTopic),
});

export type OffsetForLeaderEpochRequest = Decoded<typeof offsetForLeaderEpochRequest.fields>;
export type OffsetForLeaderEpochResponse = Encodable<typeof offsetForLeaderEpochResponse.fields>;
