import { NO_UUID } from '../codec.ts';
import type { Decoded, Encodable } from '../field.ts';
import {
  array,
  int8,
  int16,
  int32,
  int64,
  object,
  records,
  string,
  struct,
  uuid,
} from '../field.ts';
import { leaderIdAndEpoch, nodeEndpoint } from './leaders.ts';

/** Consumers are replica -1; Kafka's own followers would say who they are. */
const replicaState = struct({
  replicaId: int32({ default: -1 }),
  replicaEpoch: int64({ default: -1 }),
});

const fetchPartition = struct({
  partition: int32(),
  currentLeaderEpoch: int32({ since: 9, default: -1 }),
  fetchOffset: int64(),
  lastFetchedEpoch: int32({ since: 12, default: -1 }),
  logStartOffset: int64({ since: 5, default: -1 }),
  partitionMaxBytes: int32(),
});

const fetchTopic = struct({
  topic: string({ until: 12, default: '' }),
  topicId: uuid({ since: 13, default: NO_UUID }),
  partitions: array(fetchPartition),
});

const forgottenTopic = struct({
  topic: string({ until: 12, default: '' }),
  topicId: uuid({ since: 13, default: NO_UUID }),
  partitions: array(int32()),
});

export const fetchRequest = struct({
  clusterId: string({ since: 12, nullableSince: 0, tag: 0, default: null }),
  replicaId: int32({ until: 14, default: -1 }),
  replicaState: object(replicaState, { since: 15, tag: 1 }),
  maxWaitMs: int32(),
  minBytes: int32(),
  maxBytes: int32({ default: 0x7fff_ffff }),
  /** 0 read uncommitted, 1 read committed. */
  isolationLevel: int8({ default: 0 }),
  /** Id 0 with epoch -1: no session; epoch 0: all partitions, a session may be made. */
  sessionId: int32({ since: 7, default: 0 }),
  sessionEpoch: int32({ since: 7, default: -1 }),
  topics: array(fetchTopic),
  forgottenTopicsData: array(forgottenTopic, { since: 7, default: [] }),
  rackId: string({ since: 11, default: '' }),
});

const epochEndOffset = struct({
  epoch: int32({ default: -1 }),
  endOffset: int64({ default: -1 }),
});

const snapshotId = struct({
  endOffset: int64({ default: -1 }),
  epoch: int32({ default: -1 }),
});

const abortedTransaction = struct({
  producerId: int64(),
  firstOffset: int64(),
});

const partitionResponse = struct({
  partitionIndex: int32(),
  errorCode: int16(),
  highWatermark: int64(),
  lastStableOffset: int64({ default: -1 }),
  logStartOffset: int64({ since: 5, default: -1 }),
  divergingEpoch: object(epochEndOffset, { since: 12, tag: 0 }),
  currentLeader: object(leaderIdAndEpoch, { since: 12, tag: 1 }),
  snapshotId: object(snapshotId, { since: 12, tag: 2 }),
  /** Sorted by first offset; null for readers of uncommitted records. */
  abortedTransactions: array(abortedTransaction, { nullableSince: 0, default: null }),
  preferredReadReplica: int32({ since: 11, default: -1 }),
  /** Kafka allows null, which broke librdkafka: without records, send none instead. */
  records: records({ nullableSince: 0 }),
});

const topicResponse = struct({
  topic: string({ until: 12, default: '' }),
  topicId: uuid({ since: 13, default: NO_UUID }),
  partitions: array(partitionResponse),
});

export const fetchResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16({ since: 7, default: 0 }),
  sessionId: int32({ since: 7, default: 0 }),
  responses: array(topicResponse),
  nodeEndpoints: array(nodeEndpoint, { since: 16, tag: 0 }),
});

export type FetchRequest = Decoded<typeof fetchRequest.fields>;
export type FetchResponse = Encodable<typeof fetchResponse.fields>;
