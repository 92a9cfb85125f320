import { readInt32At } from '../../base/bytes/big-endian.ts';
import { OttlaError } from '../../base/errors.ts';
import type { PartitionId, TopicId } from '../../base/ids.ts';
import { hasFeature } from '../../metadata/versions.ts';
import { RECORD_COUNT_AT } from '../../record/batch-header.ts';
import { judgedForm } from '../dedup/judged-form.ts';
import { heldFormOf, produceHeld } from '../delayed/produce-held.ts';
import type { BrokerMetrics } from '../metrics.ts';
import type { Partition } from '../replication/partition.ts';
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
 * One batch of a producer, whichever door it came by: found its partition, appended, counted. Where
 * the topic has a compression of its own it is first given that, before an offset is chosen; by a
 * leader of a later epoch than it came to it is refused with NOT_LEADER_OR_FOLLOWER. Where this
 * broker is about to lead, it waits for that, half a second at most.
 * `onDone` is called exactly once, as by `Partition.produce`; no operating error is thrown.
 */
export const appendBatch = (
  context: ClientContext,
  request: AppendRequest,
  onDone: (outcome: ProduceOutcome) => void,
): void => {
  try {
    requireAcks(request.acks);
    const partition = findPartition(context, request.topicId, request.partition);
    const append = (): void => appendNow(context, partition, request, onDone);
    if (!partition.maybeAwaitElection(append)) append();
  } catch (error) {
    onDone(failedProduce(error));
  }
};

const appendNow = (
  context: ClientContext,
  partition: Partition,
  { batch, acks, timeoutMs }: AppendRequest,
  onDone: (outcome: ProduceOutcome) => void,
): void => {
  const { metrics, recompressor } = context;
  try {
    const topic = partition.topicName;
    requireUserTopic(topic);
    metrics.produceRequests.add(1, { topic });
    const end = (outcome: ProduceOutcome): void => {
      count(metrics, { topic, batch, outcome });
      onDone(outcome);
    };
    if (!recompressor.holds(partition, batch)) {
      const mayRepeat = hasFeature(context.metadata.image, 'repeats');
      const held = heldFormOf(partition, batch, { nowMs: context.clock.wallMs(), mayRepeat });
      const ids = judgedForm(partition, { sent: batch, stored: held?.stored ?? batch });
      produceHeld(partition, { batch, held, ids, acks, timeoutMs }, end);
      return;
    }
    const { leaderEpoch } = partition.core;
    recompressor.take(partition, batch, (ready) => {
      if (ready instanceof OttlaError) end(failedProduce(ready));
      else if (partition.core.leaderEpoch !== leaderEpoch) end(failedProduce(ledAnew(partition)));
      else produceHeld(partition, { ...ready, acks, timeoutMs }, end);
    });
  } catch (error) {
    onDone(failedProduce(error));
  }
};

/** What its producer sent later may lie in the log already, by way of a leader in between. */
const ledAnew = (partition: Partition): OttlaError =>
  new OttlaError(
    'NOT_LEADER_OR_FOLLOWER',
    `the leadership of ${partition.describe()} changed under a waiting batch: send it anew`,
  );

interface Ended {
  readonly topic: string;
  /** As it was sent. */
  readonly batch: Uint8Array;
  readonly outcome: ProduceOutcome;
}

const count = (metrics: BrokerMetrics, { topic, batch, outcome }: Ended): void => {
  const { code, isDuplicate, repeatCount = 0 } = outcome;
  if (code !== 'NONE') metrics.failedProduceRequests.add(1, { topic });
  else if (isDuplicate) metrics.duplicateBatches.add(1, { topic });
  else {
    metrics.bytesIn.add(batch.length, { topic });
    metrics.messagesIn.add(readInt32At(batch, RECORD_COUNT_AT) - repeatCount, { topic });
  }
  if (repeatCount > 0) metrics.repeatedRecords.add(repeatCount, { topic });
};

const requireAcks = (acks: number): void => {
  if (acks === 0 || acks === 1 || acks === -1) return;
  throw new OttlaError('INVALID_REQUIRED_ACKS', `acks is ${acks}: use 0, 1 or -1 (all)`);
};
