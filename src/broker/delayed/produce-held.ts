import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import { readBatchHeader } from '../../record/batch-header.ts';
import type { Partition } from '../replication/partition.ts';
import type { ProduceOptions, ProduceOutcome } from '../replication/produce-outcome.ts';
import { deliveryBatch } from './held-batch.ts';
import type { HeldForm, HoldLimits } from './hold-back.ts';
import { holdBack } from './hold-back.ts';

/** As `holdBack`, where the topic holds records back and this broker leads. */
export const heldFormOf = (
  { isLeader, log }: Partition,
  batch: Uint8Array,
  { nowMs, mayRepeat }: Pick<HoldLimits, 'nowMs' | 'mayRepeat'>,
): HeldForm | undefined => {
  const { name, config } = log;
  if (!isLeader || !config.delayEnable) return undefined;
  return holdBack(batch, { name, config, nowMs, mayRepeat });
};

export interface ProducedBatch
  extends Pick<ProduceOptions, 'acks' | 'timeoutMs' | 'opened' | 'ids'> {
  /** As it was sent, or recompressed. */
  readonly batch: Uint8Array;
  /** Undefined: no record of it has to wait. */
  readonly held?: HeldForm | undefined;
}

/**
 * As `Partition.produce`. Of a batch that is held, those records that are due at once are delivered
 * right behind it in the same event, so that they keep their order with what is appended next.
 */
export const produceHeld = (
  partition: Partition,
  produced: ProducedBatch,
  onDone: (outcome: ProduceOutcome) => void,
): void => {
  const { batch, held, acks, timeoutMs, opened, ids } = produced;
  const options = { acks, timeoutMs, opened, ids };
  if (held === undefined) partition.produce(batch, options, onDone);
  else partition.produce(batch, { ...options, held: inPlaceOf(partition, held, ids) }, onDone);
};

const inPlaceOf = (
  partition: Partition,
  held: HeldForm,
  ids: ProducedBatch['ids'],
): NonNullable<ProduceOptions['held']> => {
  const onAppended = (endOffset: Offset): void => {
    const baseOffset = endOffset - readBatchHeader(held.stored).recordCount;
    const due = held.due.filter(({ index }) => ids?.isRepeat(index) !== true);
    deliverAtOnce(partition, { ...held, due }, baseOffset);
  };
  return { stored: held.stored, onAppended };
};

/** What cannot be appended now, for want of room above all, waits: the schedule tries again. */
const deliverAtOnce = (partition: Partition, held: HeldForm, baseOffset: Offset): void => {
  const { due } = held;
  if (due.length === 0) return;
  const placed = due.map(({ index, record }) => ({ firstOffset: baseOffset + index, record }));
  try {
    partition.appendOwn(deliveryBatch(placed, held.nowMs));
  } catch (error) {
    if (error instanceof OttlaError) return;
    throw error;
  }
  partition.delays?.noteDelivered(placed.map(({ firstOffset }) => firstOffset));
};
