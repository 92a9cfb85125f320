import { NO_UUID } from '../codec.ts';
import type { Decoded, Encodable } from '../field.ts';
import {
  array,
  boolean,
  int8,
  int16,
  int32,
  int64,
  string,
  struct,
  uint16,
  uuid,
} from '../field.ts';
import { authorizedOperations } from './authorized-operations.ts';

export const describeClusterRequest = struct({
  includeClusterAuthorizedOperations: boolean({ default: false }),
  /** 1 brokers, 2 controllers. */
  endpointType: int8({ since: 1, default: 1 }),
});

const broker = struct({
  brokerId: int32(),
  host: string(),
  port: int32(),
  rack: string({ nullableSince: 0, default: null }),
});

export const describeClusterResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16(),
  errorMessage: string({ nullableSince: 0, default: null }),
  endpointType: int8({ since: 1, default: 1 }),
  clusterId: string(),
  controllerId: int32({ default: -1 }),
  brokers: array(broker),
  clusterAuthorizedOperations: authorizedOperations({}),
});

const askedPartition = struct({
  partitionIndex: int32(),
});

const askedTopic = struct({
  topicName: string(),
  partitions: array(askedPartition),
});

/** Clients ask for partition 0 of `__cluster_metadata`. */
export const describeQuorumRequest = struct({
  topics: array(askedTopic),
});

const replicaState = struct({
  replicaId: int32(),
  replicaDirectoryId: uuid({ since: 2, default: NO_UUID }),
  logEndOffset: int64(),
  lastFetchTimestamp: int64({ since: 1, default: -1 }),
  lastCaughtUpTimestamp: int64({ since: 1, default: -1 }),
});

const quorum = struct({
  partitionIndex: int32(),
  errorCode: int16(),
  errorMessage: string({ since: 2, nullableSince: 0, default: null }),
  leaderId: int32(),
  leaderEpoch: int32(),
  highWatermark: int64(),
  currentVoters: array(replicaState),
  observers: array(replicaState),
});

const quorumTopic = struct({
  topicName: string(),
  partitions: array(quorum),
});

const listener = struct({
  name: string(),
  host: string(),
  port: uint16(),
});

const node = struct({
  nodeId: int32(),
  listeners: array(listener),
});

export const describeQuorumResponse = struct({
  errorCode: int16(),
  errorMessage: string({ since: 2, nullableSince: 0, default: null }),
  topics: array(quorumTopic),
  nodes: array(node, { since: 2, default: [] }),
});

export type DescribeClusterRequest = Decoded<typeof describeClusterRequest.fields>;
export type DescribeClusterResponse = Encodable<typeof describeClusterResponse.fields>;
export type DescribeQuorumRequest = Decoded<typeof describeQuorumRequest.fields>;
export type DescribeQuorumResponse = Encodable<typeof describeQuorumResponse.fields>;
