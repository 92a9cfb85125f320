import { readInt32At } from '../../base/bytes/big-endian.ts';
import { OttlaError } from '../../base/errors.ts';
import type { PartitionId, TopicId } from '../../base/ids.ts';
import { RECORD_COUNT_AT } from '../../record/batch-header.ts';
import type { ProduceOptions, ProduceOutcome } from '../replication/produce-outcome.ts';
import { failedProduce } from '../replication/produce-outcome.ts';
import type { ClientContext } from './context.ts';
import { findPartition, requireUserTopic } from './context.ts';

export interface AppendRequest extends ProduceOptions {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  /** Exactly one batch, which is the log's from then on. */
  readonly batch: Uint8Array;
}

/**
 * One batch of a producer, whichever door it came by: found its partition, appended, counted.
 * `onDone` is called exactly once, as by `Partition.produce`; no operating error is thrown.
 */
export const appendBatch = (
  context: ClientContext,
  { topicId, partition: number, batch, acks, timeoutMs }: AppendRequest,
  onDone: (outcome: ProduceOutcome) => void,
): void => {
  const { metrics } = context;
  try {
    requireAcks(acks);
    const partition = findPartition(context, topicId, number);
    const topic = partition.topicName;
    requireUserTopic(topic);
    metrics.produceRequests.add(1, { topic });
    partition.produce(batch, { acks, timeoutMs }, (outcome) => {
      if (outcome.code !== 'NONE') metrics.failedProduceRequests.add(1, { topic });
      else if (outcome.isDuplicate) metrics.duplicateBatches.add(1, { topic });
      else {
        metrics.bytesIn.add(batch.length, { topic });
        metrics.messagesIn.add(readInt32At(batch, RECORD_COUNT_AT), { topic });
      }
      onDone(outcome);
    });
  } catch (error) {
    onDone(failedProduce(error));
  }
};

const requireAcks = (acks: number): void => {
  if (acks === 0 || acks === 1 || acks === -1) return;
  throw new OttlaError('INVALID_REQUIRED_ACKS', `acks is ${acks}: use 0, 1 or -1 (all)`);
};
