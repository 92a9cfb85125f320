import type { KafkaHandler } from '../handler.ts';
import { apiVersionsHandler } from './api-versions.ts';
import type { KafkaContext } from './context.ts';
import { createPartitionsHandler } from './create-partitions.ts';
import { createTopicsHandler } from './create-topics.ts';
import { deleteTopicsHandler } from './delete-topics.ts';
import { fetchHandler } from './fetch.ts';
import { initProducerIdHandler } from './init-producer-id.ts';
import { listOffsetsHandler } from './list-offsets.ts';
import { metadataHandler } from './metadata.ts';
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
  ];
  return [apiVersionsHandler(handlers), ...handlers];
};
