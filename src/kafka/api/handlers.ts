import type { KafkaHandler } from '../handler.ts';
import { alterConfigsHandler, incrementalAlterConfigsHandler } from './alter-configs.ts';
import { apiVersionsHandler } from './api-versions.ts';
import type { KafkaContext } from './context.ts';
import { createPartitionsHandler } from './create-partitions.ts';
import { createTopicsHandler } from './create-topics.ts';
import { deleteGroupsHandler } from './delete-groups.ts';
import { deleteRecordsHandler } from './delete-records.ts';
import { deleteTopicsHandler } from './delete-topics.ts';
import { describeClusterHandler, describeQuorumHandler } from './describe-cluster.ts';
import { describeConfigsHandler } from './describe-configs.ts';
import { describeGroupsHandler } from './describe-groups.ts';
import { describeLogDirsHandler } from './describe-log-dirs.ts';
import { describeProducersHandler } from './describe-producers.ts';
import { describeTopicPartitionsHandler } from './describe-topic-partitions.ts';
import { electLeadersHandler } from './elect-leaders.ts';
import { fetchHandler } from './fetch.ts';
import { findCoordinatorHandler } from './find-coordinator.ts';
import { heartbeatHandler } from './heartbeat.ts';
import { initProducerIdHandler } from './init-producer-id.ts';
import { joinGroupHandler } from './join-group.ts';
import { leaveGroupHandler } from './leave-group.ts';
import { listGroupsHandler } from './list-groups.ts';
import { listOffsetsHandler } from './list-offsets.ts';
import { metadataHandler } from './metadata.ts';
import { offsetCommitHandler } from './offset-commit.ts';
import { offsetDeleteHandler } from './offset-delete.ts';
import { offsetFetchHandler } from './offset-fetch.ts';
import { offsetForLeaderEpochHandler } from './offset-for-leader-epoch.ts';
import { produceHandler } from './produce.ts';
import {
  alterPartitionReassignmentsHandler,
  listPartitionReassignmentsHandler,
} from './reassignments.ts';
import { syncGroupHandler } from './sync-group.ts';
import { unregisterBrokerHandler } from './unregister-broker.ts';

/** Every API that is served: the table that the server dispatches by, and what clients are told. */
export const kafkaHandlers = (context: KafkaContext): KafkaHandler[] => {
  const handlers = [
    produceHandler(context),
    fetchHandler(context),
    listOffsetsHandler(context),
    metadataHandler(context),
    initProducerIdHandler(context),
    createTopicsHandler(context),
    deleteRecordsHandler(context),
    deleteTopicsHandler(context),
    createPartitionsHandler(context),
    offsetForLeaderEpochHandler(context),
    describeConfigsHandler(context),
    alterConfigsHandler(context),
    incrementalAlterConfigsHandler(context),
    electLeadersHandler(context),
    alterPartitionReassignmentsHandler(context),
    listPartitionReassignmentsHandler(context),
    unregisterBrokerHandler(context),
    describeLogDirsHandler(context),
    describeClusterHandler(context),
    describeQuorumHandler(context),
    describeProducersHandler(context),
    describeTopicPartitionsHandler(context),
    findCoordinatorHandler(context),
    joinGroupHandler(context),
    syncGroupHandler(context),
    heartbeatHandler(context),
    leaveGroupHandler(context),
    offsetCommitHandler(context),
    offsetFetchHandler(context),
    describeGroupsHandler(context),
    listGroupsHandler(context),
    deleteGroupsHandler(context),
    offsetDeleteHandler(context),
  ];
  return [apiVersionsHandler(context, handlers), ...handlers];
};
