import { readInt16At, readInt32At, readInt64At } from '../base/bytes/big-endian.ts';
import type { ErrorCode } from '../base/errors.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  BROKER_ONLY_BITS,
  batchSizeAt,
  codecOf,
  HEADER_BYTES,
  isControl,
  isLogAppendTime,
  isTransactional,
  LAST_OFFSET_DELTA_AT,
  MAGIC_AT,
  MAGIC_V2,
  MAX_TIMESTAMP_AT,
  magicAt,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  RECORD_COUNT_AT,
  verifyCrc,
} from './batch-header.ts';
import { MAX_CODEC_CODE } from './codec.ts';
import { RECORD_BYTES_MIN } from './records-bound.ts';

/** Why a batch is refused: the code for the producer and a line for its log. */
export interface BatchFault {
  readonly code: ErrorCode;
  readonly reason: string;
}

export interface BatchLimits {
  /** `max.message.bytes` of the topic: the whole batch, header included. */
  readonly maxBytes: number;
}

const fault = (code: ErrorCode, reason: string): BatchFault => ({ code, reason });

/**
 * Judges what a producer sent as the records of one partition, without decompressing: exactly one
 * batch, sound, within its limit, its CRC verified. `undefined` means it may be stamped and
 * appended. The checks run in Kafka's order, so that a client meets the same first error; a fault
 * of frame or sum comes before any field is believed.
 */
export const validateBatch = (records: Uint8Array, limits: BatchLimits): BatchFault | undefined =>
  findFrameFault(records, limits.maxBytes) ??
  findSumFault(records) ??
  findFieldFault(records) ??
  findProducerFault(records);

/**
 * Judges a batch that another replica or the disk gave back: its frame and CRC only, because
 * stamps, control batches and compacted ones are legal there.
 */
export const validateStoredBatch = (batch: Uint8Array): BatchFault | undefined =>
  findFrameFault(batch, Number.MAX_SAFE_INTEGER) ?? findSumFault(batch);

const findFrameFault = (records: Uint8Array, maxBytes: number): BatchFault | undefined => {
  if (records.length === 0) return fault('INVALID_RECORD', 'no batch was sent');
  if (records.length <= MAGIC_AT) {
    return fault('CORRUPT_MESSAGE', `${records.length} bytes are too few for a batch`);
  }
  if (magicAt(records, 0) !== MAGIC_V2) {
    return fault(
      'INVALID_RECORD',
      `message format ${magicAt(records, 0)} is not read here: send format ${MAGIC_V2}`,
    );
  }
  const sizeBytes = batchSizeAt(records, 0) ?? 0;
  if (sizeBytes < HEADER_BYTES) {
    return fault('CORRUPT_MESSAGE', `batch declares ${sizeBytes} bytes, below its own header`);
  }
  if (sizeBytes > records.length) {
    return fault(
      'CORRUPT_MESSAGE',
      `batch declares ${sizeBytes} bytes, ${records.length} were sent`,
    );
  }
  if (sizeBytes < records.length) {
    return fault('INVALID_RECORD', 'more than one batch for a partition: send one a request');
  }
  if (sizeBytes > maxBytes) {
    return fault(
      'MESSAGE_TOO_LARGE',
      `batch of ${sizeBytes} bytes is above max.message.bytes=${maxBytes}`,
    );
  }
  return undefined;
};

const findSumFault = (batch: Uint8Array): BatchFault | undefined => {
  const codec = codecOf(readInt16At(batch, ATTRIBUTES_AT));
  if (codec > MAX_CODEC_CODE) {
    return fault('CORRUPT_MESSAGE', `compression code ${codec} names no codec`);
  }
  if (!verifyCrc(batch)) return fault('CORRUPT_MESSAGE', 'CRC-32C does not match: damaged batch');
  return undefined;
};

const findFieldFault = (batch: Uint8Array): BatchFault | undefined => {
  const attributes = readInt16At(batch, ATTRIBUTES_AT);
  const recordCount = readInt32At(batch, RECORD_COUNT_AT);
  const lastOffsetDelta = readInt32At(batch, LAST_OFFSET_DELTA_AT);
  const baseOffset = readInt64At(batch, BASE_OFFSET_AT);
  if (baseOffset !== 0) {
    return fault('INVALID_RECORD', `base offset is ${baseOffset}: producers send 0`);
  }
  if (isControl(attributes)) {
    return fault('INVALID_RECORD', 'control batches are written by brokers only');
  }
  if (recordCount <= 0 || recordCount !== lastOffsetDelta + 1) {
    return fault(
      'INVALID_RECORD',
      `record count ${recordCount} does not fit last offset delta ${lastOffsetDelta}`,
    );
  }
  return findCountFault(batch, recordCount, codecOf(attributes));
};

/** Far above what a codec makes of records that differ in nothing but their delta. */
const COMPRESSION_FACTOR_MAX = 1024;

/**
 * The count decides how many offsets the batch takes, so one that its bytes cannot hold is refused.
 * What is compressed is not opened here: its bound is coarse, and keeps offsets from being leapt
 * over.
 */
const findCountFault = (
  batch: Uint8Array,
  recordCount: number,
  codec: number,
): BatchFault | undefined => {
  const bytesMax = (batch.length - HEADER_BYTES) * (codec === 0 ? 1 : COMPRESSION_FACTOR_MAX);
  if (recordCount * RECORD_BYTES_MIN <= bytesMax) return undefined;
  const sizeBytes = batch.length;
  return fault(
    'INVALID_RECORD',
    `${recordCount} records cannot be in a batch of ${sizeBytes} bytes`,
  );
};

const findProducerFault = (batch: Uint8Array): BatchFault | undefined => {
  const attributes = readInt16At(batch, ATTRIBUTES_AT);
  const producerId = readInt64At(batch, PRODUCER_ID_AT);
  if (producerId >= 0 && readInt32At(batch, BASE_SEQUENCE_AT) < 0) {
    return fault('INVALID_RECORD', `producer ${producerId} sent no sequence number`);
  }
  if (producerId >= 0 && readInt16At(batch, PRODUCER_EPOCH_AT) < 0) {
    return fault('INVALID_RECORD', `producer ${producerId} sent no epoch`);
  }
  if (!Number.isSafeInteger(producerId) || (producerId < 0 && isTransactional(attributes))) {
    return fault('INVALID_RECORD', `producer id ${producerId} is none that was given out`);
  }
  const reserved = attributes & BROKER_ONLY_BITS;
  if (reserved !== 0) {
    return fault(
      'INVALID_RECORD',
      `attribute bits 0x${reserved.toString(16)} are for brokers only`,
    );
  }
  if (isLogAppendTime(attributes)) {
    return fault('INVALID_TIMESTAMP', 'log-append time is set by brokers only');
  }
  if (!hasSafeTimestamps(batch)) {
    return fault('INVALID_TIMESTAMP', 'a timestamp lies beyond 2^53 milliseconds');
  }
  return undefined;
};

const hasSafeTimestamps = (batch: Uint8Array): boolean =>
  Number.isSafeInteger(readInt64At(batch, BASE_TIMESTAMP_AT)) &&
  Number.isSafeInteger(readInt64At(batch, MAX_TIMESTAMP_AT));
