import { OttlaError } from '../../../src/base/errors.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import {
  isDelivery,
  isHeld,
  readBatchHeader,
  splitBatches,
} from '../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import type { DecodedRecord } from '../../../src/record/record.ts';
import type { SimSchedule, Tick } from '../workload/schedules.ts';
import { scheduleIn, tickIn } from '../workload/schedules.ts';

const READ_BYTES = 1 << 20;

/** What one record does to those that wait. */
export interface Step {
  readonly kind: 'hold' | 'delivery' | 'cancellation';
  readonly offset: number;
  /** Where the one that it is about was held first. */
  readonly firstOffset: number;
  readonly value: string;
  /** Of a hold: when it is due. Else: when its leader says that it appended it. */
  readonly dueMs: number;
  /** One that waited before, under the same first offset, waits no longer. */
  readonly takes: boolean;
  /** Of a hold that takes one: where that was held. */
  readonly replaces?: number;
  /** Of a hold: by which it repeats. */
  readonly schedule?: SimSchedule;
  /** Of the delivery of one that repeats. */
  readonly tick?: Tick;
}

export type Batches = readonly Uint8Array[];

/** What can be read of a log from one offset (inclusive) to another (exclusive). */
export const readBatches = (log: PartitionLog, from: number, endOffset: number): Batches => {
  const batches: Uint8Array[] = [];
  try {
    for (let at = from; at < endOffset; ) {
      const request = { fetchOffset: at, endOffset, maxBytes: READ_BYTES, atLeastOne: true };
      const { parts, nextOffset } = log.read(request);
      if (nextOffset === at) break;
      for (const part of parts) {
        for (const { position, sizeBytes } of splitBatches(part))
          batches.push(part.subarray(position, position + sizeBytes));
      }
      at = nextOffset;
    }
  } catch (error) {
    // It is being cut, was closed, or is damaged: another replica has it.
    if (!(error instanceof OttlaError)) throw error;
  }
  return batches;
};

/** Read from the bytes, and not by what wrote them. */
export const stepsOf = (batch: Uint8Array): Step[] => {
  const { attributes, recordCount } = readBatchHeader(batch);
  if (recordCount === 0 || !(isHeld(attributes) || isDelivery(attributes))) return [];
  return decodeBatch(batch).records.map(isHeld(attributes) ? holdOf : deliveryOf);
};

const holdOf = (record: DecodedRecord): Step => {
  if (record.headers.at(-1)?.key === 'ottla-drop') return cancellationOf(record);
  const value = lastHeader(record, 'ottla-hold');
  const schedule = scheduleIn(record.headers);
  const [dueMs, replaces, first] = [0, 8, 16].map((at) => Number(value.readBigInt64BE(at)));
  return {
    kind: 'hold',
    offset: record.offset,
    firstOffset: first === undefined || first < 0 ? record.offset : first,
    value: textOf(record.value),
    dueMs: dueMs ?? 0,
    takes: replaces !== undefined && replaces >= 0,
    ...(replaces !== undefined && replaces >= 0 && { replaces }),
    ...(schedule !== undefined && { schedule }),
  };
};

const cancellationOf = (record: DecodedRecord): Step => ({
  kind: 'cancellation',
  offset: record.offset,
  firstOffset: Number(lastHeader(record, 'ottla-drop').readBigInt64BE(0)),
  value: '',
  dueMs: record.timestampMs,
  takes: true,
});

const deliveryOf = (record: DecodedRecord): Step => {
  const tick = tickIn(record.headers);
  return {
    kind: 'delivery',
    offset: record.offset,
    value: textOf(record.value),
    dueMs: record.timestampMs,
    firstOffset: Number(lastHeader(record, 'ottla-held-offset').toString()),
    takes: true,
    ...(tick !== undefined && { tick }),
  };
};

const lastHeader = ({ headers, offset }: DecodedRecord, name: string): Buffer => {
  const { key, value } = headers.at(-1) ?? {};
  if (key !== name || value === null || value === undefined)
    throw new Error(`the record at ${offset} has no last header ${name}`);
  return Buffer.from(value);
};

/** Without the padding. */
const textOf = (value: Uint8Array | null): string =>
  Buffer.from(value ?? [])
    .toString()
    .split('|')[0] ?? '';
