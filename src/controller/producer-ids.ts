import type { AllocateProducerIdsRequest, AllocateProducerIdsResponse } from '../gen/ottla.ts';
import type { MetadataImage } from '../metadata/image.ts';
import { producerIdsRecord } from '../metadata/records.ts';
import { requireBroker } from './brokers.ts';
import type { Decision } from './decision.ts';
import { Plan } from './decision.ts';

export const PRODUCER_ID_BLOCK_COUNT = 1000;

/**
 * Gives a broker a block of producer ids. The record holds the id after the block: holding its
 * first one would give the block out again after a failover (KAFKA-15552). A broker whose answer
 * is lost asks again and gets another block; the first is never used.
 */
export const decideAllocateProducerIds = (
  image: MetadataImage,
  request: AllocateProducerIdsRequest,
): Decision<AllocateProducerIdsResponse> => {
  const broker = requireBroker(image, request.brokerId, request.brokerEpoch);
  const plan = new Plan(image);
  const firstProducerId: number = image.nextProducerId;
  plan.emit(producerIdsRecord(broker, firstProducerId + PRODUCER_ID_BLOCK_COUNT));
  return plan.answer({ errorCode: 0, firstProducerId, count: PRODUCER_ID_BLOCK_COUNT });
};
