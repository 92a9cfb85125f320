import type { KafkaHandler } from '../handler.ts';
import { alterConfigsHandler, incrementalAlterConfigsHandler } from './alter-configs.ts';
import { apiVersionsHandler } from './api-versions.ts';
import type { KafkaContext } from './context.ts';
import { createPartitionsHandler } from './create-partitions.ts';
import { createTopicsHandler } from './create-topics.ts';
import { deleteTopicsHandler } from './delete-topics.ts';
import { describeClusterHandler, describeQuorumHandler } from './describe-cluster.ts';
import { describeConfigsHandler } from './describe-configs.ts';
import { describeLogDirsHandler } from './describe-log-dirs.ts';
import { describeProducersHandler } from './describe-producers.ts';
import { describeTopicPartitionsHandler } from './describe-topic-partitions.ts';
import { electLeadersHandler } from './elect-leaders.ts';
import { fetchHandler } from './fetch.ts';
import { initProducerIdHandler } from './init-producer-id.ts';
import { listOffsetsHandler } from './list-offsets.ts';
import { metadataHandler } from './metadata.ts';
import { offsetForLeaderEpochHandler } from './offset-for-leader-epoch.ts';
import { produceHandler } from './produce.ts';

/** Every API that is served: the table that the server dispatches by, and what clients are told. */
export const kafkaHandlers = (context: KafkaContext): KafkaHandler[] => {
  const handlers = [
    produceHandler(context),
    fetchHandler(context),
    listOffsetsHandler(context),
    metadataHandler(context),
    initProducerIdHandler(context),
    createTopicsHandler(context),
    deleteTopicsHandler(context),
    createPartitionsHandler(context),
    offsetForLeaderEpochHandler(context),
    describeConfigsHandler(context),
    alterConfigsHandler(context),
    incrementalAlterConfigsHandler(context),
    electLeadersHandler(context),
    describeLogDirsHandler(context),
    describeClusterHandler(context),
    describeQuorumHandler(context),
    describeProducersHandler(context),
    describeTopicPartitionsHandler(context),
  ];
  return [apiVersionsHandler(handlers), ...handlers];
};
