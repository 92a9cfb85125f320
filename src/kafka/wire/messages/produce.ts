import type { Decoded, Encodable } from '../field.ts';
import { array, int16, int32, int64, object, records, string, struct } from '../field.ts';
import { leaderIdAndEpoch, nodeEndpoint } from './leaders.ts';

const partitionData = struct({
  index: int32(),
  records: records({ nullableSince: 0 }),
});

const topicData = struct({
  name: string(),
  partitionData: array(partitionData),
});

export const produceRequest = struct({
  transactionalId: string({ nullableSince: 0, default: null }),
  /** -1 all in-sync replicas, 1 the leader, 0 no answer at all. */
  acks: int16(),
  timeoutMs: int32(),
  topicData: array(topicData),
});

const recordError = struct({
  batchIndex: int32(),
  batchIndexErrorMessage: string({ nullableSince: 0, default: null }),
});

const partitionResponse = struct({
  index: int32(),
  errorCode: int16(),
  /** -1 beside an error. */
  baseOffset: int64(),
  /** -1 unless the topic stamps records itself. */
  logAppendTimeMs: int64({ default: -1 }),
  logStartOffset: int64({ since: 5, default: -1 }),
  recordErrors: array(recordError, { since: 8, default: [] }),
  errorMessage: string({ since: 8, nullableSince: 0, default: null }),
  currentLeader: object(leaderIdAndEpoch, { since: 10, tag: 0 }),
});

const topicResponse = struct({
  name: string(),
  partitionResponses: array(partitionResponse),
});

export const produceResponse = struct({
  responses: array(topicResponse),
  throttleTimeMs: int32({ default: 0 }),
  nodeEndpoints: array(nodeEndpoint, { since: 10, tag: 0 }),
});

export type ProduceRequest = Decoded<typeof produceRequest.fields>;
export type ProduceResponse = Encodable<typeof produceResponse.fields>;
