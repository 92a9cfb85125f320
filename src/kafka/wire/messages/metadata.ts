import { NO_UUID } from '../codec.ts';
import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, int16, int32, string, struct, uuid } from '../field.ts';
import { authorizedOperations } from './authorized-operations.ts';

const requestTopic = struct({
  topicId: uuid({ since: 10, default: NO_UUID }),
  /** Null when the topic is named by its id, which is for version 12 and up. */
  name: string({ nullableSince: 10 }),
});

export const metadataRequest = struct({
  /** All topics: null, or none in version 0. From version 1 none asks for the brokers only. */
  topics: array(requestTopic, { nullableSince: 1 }),
  allowAutoTopicCreation: boolean({ since: 4, default: true }),
  includeClusterAuthorizedOperations: boolean({ since: 8, until: 10, default: false }),
  includeTopicAuthorizedOperations: boolean({ since: 8, default: false }),
});

const broker = struct({
  nodeId: int32(),
  host: string(),
  port: int32(),
  rack: string({ since: 1, nullableSince: 0, default: null }),
});

const partition = struct({
  errorCode: int16(),
  partitionIndex: int32(),
  leaderId: int32(),
  leaderEpoch: int32({ since: 7, default: -1 }),
  replicaNodes: array(int32()),
  isrNodes: array(int32()),
  offlineReplicas: array(int32(), { since: 5, default: [] }),
});

const responseTopic = struct({
  errorCode: int16(),
  name: string({ nullableSince: 12 }),
  topicId: uuid({ since: 10, default: NO_UUID }),
  isInternal: boolean({ since: 1, default: false }),
  partitions: array(partition),
  topicAuthorizedOperations: authorizedOperations({ since: 8 }),
});

export const metadataResponse = struct({
  throttleTimeMs: int32({ since: 3, default: 0 }),
  brokers: array(broker),
  clusterId: string({ since: 2, nullableSince: 0, default: null }),
  controllerId: int32({ since: 1, default: -1 }),
  topics: array(responseTopic),
  clusterAuthorizedOperations: authorizedOperations({ since: 8, until: 10 }),
});

export type MetadataRequest = Decoded<typeof metadataRequest.fields>;
export type MetadataResponse = Encodable<typeof metadataResponse.fields>;
