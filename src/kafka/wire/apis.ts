import type { Api } from './api.ts';
import { api, NEVER } from './api.ts';
import { apiVersionsRequest, apiVersionsResponse } from './messages/api-versions.ts';
import {
  describeClusterRequest,
  describeClusterResponse,
  describeQuorumRequest,
  describeQuorumResponse,
} from './messages/cluster.ts';
import {
  alterConfigsRequest,
  alterConfigsResponse,
  describeConfigsRequest,
  describeConfigsResponse,
  incrementalAlterConfigsRequest,
  incrementalAlterConfigsResponse,
} from './messages/configs.ts';
import { electLeadersRequest, electLeadersResponse } from './messages/elect-leaders.ts';
import { fetchRequest, fetchResponse } from './messages/fetch.ts';
import { findCoordinatorRequest, findCoordinatorResponse } from './messages/find-coordinator.ts';
import {
  deleteGroupsRequest,
  deleteGroupsResponse,
  describeGroupsRequest,
  describeGroupsResponse,
  listGroupsRequest,
  listGroupsResponse,
} from './messages/group-admin.ts';
import {
  heartbeatRequest,
  heartbeatResponse,
  joinGroupRequest,
  joinGroupResponse,
  leaveGroupRequest,
  leaveGroupResponse,
  syncGroupRequest,
  syncGroupResponse,
} from './messages/group-membership.ts';
import {
  offsetCommitRequest,
  offsetCommitResponse,
  offsetDeleteRequest,
  offsetDeleteResponse,
  offsetFetchRequest,
  offsetFetchResponse,
} from './messages/group-offsets.ts';
import {
  offsetForLeaderEpochRequest,
  offsetForLeaderEpochResponse,
} from './messages/leader-epochs.ts';
import { listOffsetsRequest, listOffsetsResponse } from './messages/list-offsets.ts';
import { describeLogDirsRequest, describeLogDirsResponse } from './messages/log-dirs.ts';
import { metadataRequest, metadataResponse } from './messages/metadata.ts';
import { produceRequest, produceResponse } from './messages/produce.ts';
import {
  describeProducersRequest,
  describeProducersResponse,
  initProducerIdRequest,
  initProducerIdResponse,
} from './messages/producers.ts';
import {
  alterPartitionReassignmentsRequest,
  alterPartitionReassignmentsResponse,
  listPartitionReassignmentsRequest,
  listPartitionReassignmentsResponse,
} from './messages/reassignments.ts';
import {
  saslAuthenticateRequest,
  saslAuthenticateResponse,
  saslHandshakeRequest,
  saslHandshakeResponse,
} from './messages/sasl.ts';
import {
  describeTopicPartitionsRequest,
  describeTopicPartitionsResponse,
} from './messages/topic-partitions.ts';
import {
  createPartitionsRequest,
  createPartitionsResponse,
  createTopicsRequest,
  createTopicsResponse,
  deleteRecordsRequest,
  deleteRecordsResponse,
  deleteTopicsRequest,
  deleteTopicsResponse,
} from './messages/topics.ts';
import { unregisterBrokerRequest, unregisterBrokerResponse } from './messages/unregister-broker.ts';

/**
 * Every API that can be read and written here, in the versions that clients are told.
 *
 * A handler takes `RequestOf<typeof APIS.fetch>` and answers `ResponseOf<typeof APIS.fetch>`, or
 * the named types of `messages/`. In every version a request has every field: what the version
 * lacks has its default. A response may leave out what has a default, and what the version lacks is
 * dropped, so that one answer serves all versions; only where a name became an id or one became
 * many does a handler look at the version. Names are the protocol's own.
 *
 * `records` are views of the frame on the way in (copy what must outlive it) and are sent from
 * where they lie on the way out (leave them alone until written); other bytes are copies.
 */
export const APIS = {
  produce: api(0, 'Produce', {
    versions: [3, 11],
    // librdkafka before 2.11.1 compresses only for brokers that list version 0.
    advertisedMinVersion: 0,
    flexibleSince: 9,
    request: produceRequest,
    response: produceResponse,
  }),
  fetch: api(1, 'Fetch', {
    versions: [4, 16],
    flexibleSince: 12,
    request: fetchRequest,
    response: fetchResponse,
  }),
  listOffsets: api(2, 'ListOffsets', {
    versions: [1, 9],
    flexibleSince: 6,
    request: listOffsetsRequest,
    response: listOffsetsResponse,
  }),
  metadata: api(3, 'Metadata', {
    versions: [0, 12],
    flexibleSince: 9,
    request: metadataRequest,
    response: metadataResponse,
  }),
  offsetCommit: api(8, 'OffsetCommit', {
    versions: [2, 9],
    flexibleSince: 8,
    request: offsetCommitRequest,
    response: offsetCommitResponse,
  }),
  offsetFetch: api(9, 'OffsetFetch', {
    versions: [1, 9],
    flexibleSince: 6,
    request: offsetFetchRequest,
    response: offsetFetchResponse,
  }),
  findCoordinator: api(10, 'FindCoordinator', {
    versions: [0, 5],
    flexibleSince: 3,
    request: findCoordinatorRequest,
    response: findCoordinatorResponse,
  }),
  joinGroup: api(11, 'JoinGroup', {
    versions: [0, 9],
    flexibleSince: 6,
    request: joinGroupRequest,
    response: joinGroupResponse,
  }),
  heartbeat: api(12, 'Heartbeat', {
    versions: [0, 4],
    flexibleSince: 4,
    request: heartbeatRequest,
    response: heartbeatResponse,
  }),
  leaveGroup: api(13, 'LeaveGroup', {
    versions: [0, 5],
    flexibleSince: 4,
    request: leaveGroupRequest,
    response: leaveGroupResponse,
  }),
  syncGroup: api(14, 'SyncGroup', {
    versions: [0, 5],
    flexibleSince: 4,
    request: syncGroupRequest,
    response: syncGroupResponse,
  }),
  describeGroups: api(15, 'DescribeGroups', {
    versions: [0, 5],
    flexibleSince: 5,
    request: describeGroupsRequest,
    response: describeGroupsResponse,
  }),
  listGroups: api(16, 'ListGroups', {
    versions: [0, 5],
    flexibleSince: 3,
    request: listGroupsRequest,
    response: listGroupsResponse,
  }),
  saslHandshake: api(17, 'SaslHandshake', {
    versions: [0, 1],
    flexibleSince: NEVER,
    request: saslHandshakeRequest,
    response: saslHandshakeResponse,
  }),
  apiVersions: api(18, 'ApiVersions', {
    versions: [0, 4],
    flexibleSince: 3,
    request: apiVersionsRequest,
    response: apiVersionsResponse,
  }),
  createTopics: api(19, 'CreateTopics', {
    versions: [2, 7],
    flexibleSince: 5,
    request: createTopicsRequest,
    response: createTopicsResponse,
  }),
  deleteTopics: api(20, 'DeleteTopics', {
    versions: [1, 6],
    flexibleSince: 4,
    request: deleteTopicsRequest,
    response: deleteTopicsResponse,
  }),
  deleteRecords: api(21, 'DeleteRecords', {
    versions: [0, 2],
    flexibleSince: 2,
    request: deleteRecordsRequest,
    response: deleteRecordsResponse,
  }),
  initProducerId: api(22, 'InitProducerId', {
    versions: [0, 4],
    flexibleSince: 2,
    request: initProducerIdRequest,
    response: initProducerIdResponse,
  }),
  offsetForLeaderEpoch: api(23, 'OffsetForLeaderEpoch', {
    versions: [2, 4],
    flexibleSince: 4,
    request: offsetForLeaderEpochRequest,
    response: offsetForLeaderEpochResponse,
  }),
  describeConfigs: api(32, 'DescribeConfigs', {
    versions: [1, 4],
    flexibleSince: 4,
    request: describeConfigsRequest,
    response: describeConfigsResponse,
  }),
  alterConfigs: api(33, 'AlterConfigs', {
    versions: [0, 2],
    flexibleSince: 2,
    request: alterConfigsRequest,
    response: alterConfigsResponse,
  }),
  describeLogDirs: api(35, 'DescribeLogDirs', {
    versions: [1, 4],
    flexibleSince: 2,
    request: describeLogDirsRequest,
    response: describeLogDirsResponse,
  }),
  saslAuthenticate: api(36, 'SaslAuthenticate', {
    versions: [0, 2],
    flexibleSince: 2,
    request: saslAuthenticateRequest,
    response: saslAuthenticateResponse,
  }),
  createPartitions: api(37, 'CreatePartitions', {
    versions: [0, 3],
    flexibleSince: 2,
    request: createPartitionsRequest,
    response: createPartitionsResponse,
  }),
  deleteGroups: api(42, 'DeleteGroups', {
    versions: [0, 2],
    flexibleSince: 2,
    request: deleteGroupsRequest,
    response: deleteGroupsResponse,
  }),
  electLeaders: api(43, 'ElectLeaders', {
    versions: [0, 2],
    flexibleSince: 2,
    request: electLeadersRequest,
    response: electLeadersResponse,
  }),
  incrementalAlterConfigs: api(44, 'IncrementalAlterConfigs', {
    versions: [0, 1],
    flexibleSince: 1,
    request: incrementalAlterConfigsRequest,
    response: incrementalAlterConfigsResponse,
  }),
  alterPartitionReassignments: api(45, 'AlterPartitionReassignments', {
    versions: [0, 1],
    flexibleSince: 0,
    request: alterPartitionReassignmentsRequest,
    response: alterPartitionReassignmentsResponse,
  }),
  listPartitionReassignments: api(46, 'ListPartitionReassignments', {
    versions: [0, 0],
    flexibleSince: 0,
    request: listPartitionReassignmentsRequest,
    response: listPartitionReassignmentsResponse,
  }),
  offsetDelete: api(47, 'OffsetDelete', {
    versions: [0, 0],
    flexibleSince: NEVER,
    request: offsetDeleteRequest,
    response: offsetDeleteResponse,
  }),
  describeQuorum: api(55, 'DescribeQuorum', {
    versions: [0, 2],
    flexibleSince: 0,
    request: describeQuorumRequest,
    response: describeQuorumResponse,
  }),
  describeCluster: api(60, 'DescribeCluster', {
    versions: [0, 1],
    flexibleSince: 0,
    request: describeClusterRequest,
    response: describeClusterResponse,
  }),
  describeProducers: api(61, 'DescribeProducers', {
    versions: [0, 0],
    flexibleSince: 0,
    request: describeProducersRequest,
    response: describeProducersResponse,
  }),
  unregisterBroker: api(64, 'UnregisterBroker', {
    versions: [0, 0],
    flexibleSince: 0,
    request: unregisterBrokerRequest,
    response: unregisterBrokerResponse,
  }),
  describeTopicPartitions: api(75, 'DescribeTopicPartitions', {
    versions: [0, 0],
    flexibleSince: 0,
    request: describeTopicPartitionsRequest,
    response: describeTopicPartitionsResponse,
  }),
};

/** An API of which only the key is known. */
export type AnyApi = Api;

const BY_KEY: ReadonlyMap<number, AnyApi> = new Map(
  Object.values(APIS).map((known): [number, AnyApi] => [known.key, known as AnyApi]),
);

/** The API of a key, or undefined where none is served. */
export const apiOfKey = (key: number): AnyApi | undefined => BY_KEY.get(key);
