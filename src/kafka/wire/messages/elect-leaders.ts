import type { Decoded, Encodable } from '../field.ts';
import { array, int8, int16, int32, string, struct } from '../field.ts';

const topicPartitions = struct({
  topic: string(),
  partitions: array(int32()),
});

export const electLeadersRequest = struct({
  /** 0 the preferred replica, 1 any replica, at the price of records. */
  electionType: int8({ since: 1, default: 0 }),
  /** Null for all. */
  topicPartitions: array(topicPartitions, { nullableSince: 0 }),
  timeoutMs: int32({ default: 60_000 }),
});

const partitionResult = struct({
  partitionId: int32(),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0, default: null }),
});

const electionResult = struct({
  topic: string(),
  partitionResult: array(partitionResult),
});

export const electLeadersResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16({ since: 1, default: 0 }),
  replicaElectionResults: array(electionResult),
});

export type ElectLeadersRequest = Decoded<typeof electLeadersRequest.fields>;
export type ElectLeadersResponse = Encodable<typeof electLeadersResponse.fields>;
