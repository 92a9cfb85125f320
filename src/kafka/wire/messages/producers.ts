import type { Decoded, Encodable } from '../field.ts';
import { array, int16, int32, int64, string, struct } from '../field.ts';

export const initProducerIdRequest = struct({
  transactionalId: string({ nullableSince: 0, default: null }),
  transactionTimeoutMs: int32(),
  producerId: int64({ since: 3, default: -1 }),
  producerEpoch: int16({ since: 3, default: -1 }),
});

export const initProducerIdResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  producerId: int64({ default: -1 }),
  producerEpoch: int16({ default: -1 }),
});

const askedTopic = struct({
  name: string(),
  partitionIndexes: array(int32()),
});

export const describeProducersRequest = struct({
  topics: array(askedTopic),
});

const producerState = struct({
  producerId: int64(),
  producerEpoch: int32(),
  lastSequence: int32({ default: -1 }),
  lastTimestamp: int64({ default: -1 }),
  coordinatorEpoch: int32({ default: -1 }),
  currentTxnStartOffset: int64({ default: -1 }),
});

const partitionProducers = struct({
  partitionIndex: int32(),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0, default: null }),
  activeProducers: array(producerState),
});

const topicProducers = struct({
  name: string(),
  partitions: array(partitionProducers),
});

export const describeProducersResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  topics: array(topicProducers),
});

export type InitProducerIdRequest = Decoded<typeof initProducerIdRequest.fields>;
export type InitProducerIdResponse = Encodable<typeof initProducerIdResponse.fields>;
export type DescribeProducersRequest = Decoded<typeof describeProducersRequest.fields>;
export type DescribeProducersResponse = Encodable<typeof describeProducersResponse.fields>;
