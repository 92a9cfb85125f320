import { NONE } from '../../base/ids.ts';
import { findPartition } from '../../broker/client/context.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { DescribeProducersResponse } from '../wire/messages/producers.ts';
import type { KafkaContext } from './context.ts';
import { failureOf, topicIdNamed } from './context.ts';

type Described = DescribeProducersResponse['topics'][number]['partitions'][number];

/**
 * DescribeProducers, 0: what the leader of a partition remembers of its idempotent producers. There
 * are no transactions, and so no coordinators and no open ones.
 */
export const describeProducersHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.describeProducers, ({ body }) => ({
    topics: body.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partition) => describe(context, name, partition)),
    })),
  }));

const describe = (context: KafkaContext, name: string, partitionIndex: number): Described => {
  const { clock } = context.broker;
  // Activity is kept by the clock that never jumps; clients want the time of day.
  const offsetMs = clock.wallMs() - clock.monotonicMs();
  try {
    const found = findPartition(context.broker, topicIdNamed(context, name), partitionIndex);
    found.requireLeader();
    const activeProducers = [...found.log.producers.all()].map(([producerId, entry]) => ({
      producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: entry.batches.at(-1)?.lastSequence ?? NONE,
      lastTimestamp: Math.round(entry.lastActiveMs + offsetMs),
    }));
    return { partitionIndex, errorCode: 0, activeProducers };
  } catch (error) {
    return { partitionIndex, ...failureOf(error), activeProducers: [] };
  }
};
