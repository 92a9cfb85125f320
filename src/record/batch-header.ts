import {
  byteAt,
  readInt8At,
  readInt16At,
  readInt32At,
  readInt64At,
  readUint32At,
  writeInt16At,
  writeInt32At,
  writeInt64At,
} from '../base/bytes/big-endian.ts';
import { crc32c } from '../base/bytes/crc32c.ts';
import { OttlaError } from '../base/errors.ts';
import type { LeaderEpoch, Offset, ProducerEpoch, ProducerId } from '../base/ids.ts';

/**
 * The 61 bytes that open a record batch (format v2, magic 2): big-endian, the same on the wire, on
 * disk and in replication. The CRC-32C covers everything from `attributes` to the end, so that the
 * broker can stamp the base offset and the leader epoch, which lie before it, without re-summing.
 * Source: KIP-98.
 */
export const HEADER_BYTES = 61;
/** Bytes before those that `batchLength` counts. */
export const LENGTH_PREFIX_BYTES = 12;
export const MAGIC_V2 = 2;

export const BASE_OFFSET_AT = 0;
export const BATCH_LENGTH_AT = 8;
export const PARTITION_LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORD_COUNT_AT = 57;

/** The codec's number. */
export const CODEC_BITS = 0x07;
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
/** The base timestamp says when the tombstones of the batch may go: compaction sets it. */
export const DELETE_HORIZON_BIT = 0x40;
/** Its records were held until now: the last header of each says where. */
export const DELIVERY_BIT = 0x4000;
/** It is nobody's to read: records that are not due. */
export const HELD_BIT = 0x8000;
/** No producer may set these. Those between mean nothing, and pass, as in Kafka's broker. */
export const BROKER_ONLY_BITS = HELD_BIT | DELIVERY_BIT | DELETE_HORIZON_BIT;

export interface BatchHeader {
  readonly baseOffset: Offset;
  /** The whole batch, header included. */
  readonly sizeBytes: number;
  readonly partitionLeaderEpoch: LeaderEpoch;
  readonly magic: number;
  readonly crc: number;
  readonly attributes: number;
  /** Last offset minus base offset; it outlives the records that compaction removes. */
  readonly lastOffsetDelta: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** Number of the codec, 0-7; 5-7 name none. */
export const codecOf = (attributes: number): number => attributes & CODEC_BITS;
export const isLogAppendTime = (attributes: number): boolean =>
  (attributes & LOG_APPEND_TIME_BIT) !== 0;
export const isTransactional = (attributes: number): boolean =>
  (attributes & TRANSACTIONAL_BIT) !== 0;
export const hasDeleteHorizon = (attributes: number): boolean =>
  (attributes & DELETE_HORIZON_BIT) !== 0;
export const isControl = (attributes: number): boolean => (attributes & CONTROL_BIT) !== 0;
export const isDelivery = (attributes: number): boolean => (attributes & DELIVERY_BIT) !== 0;
export const isHeld = (attributes: number): boolean => (attributes & HELD_BIT) !== 0;

/** Offset that follows the batch (exclusive end). */
export const nextOffsetOf = (header: BatchHeader): Offset =>
  header.baseOffset + header.lastOffsetDelta + 1;

/**
 * Size of the batch at `position` as its length field has it, or `undefined` where fewer than 12
 * bytes remain. The number is as foreign as the bytes: below `HEADER_BYTES` it is no batch.
 */
export const batchSizeAt = (bytes: Uint8Array, position: number): number | undefined =>
  bytes.length - position < LENGTH_PREFIX_BYTES
    ? undefined
    : LENGTH_PREFIX_BYTES + readInt32At(bytes, position + BATCH_LENGTH_AT);

const safeInt64 = (bytes: Uint8Array, position: number, field: string): number => {
  const value = readInt64At(bytes, position);
  if (Number.isSafeInteger(value)) return value;
  throw new OttlaError('CORRUPT_MESSAGE', `${field} of the batch lies beyond 2^53`);
};

/**
 * Reads the header at `position`. Judges nothing but what cannot be represented:
 * `CORRUPT_MESSAGE` where fewer than 61 bytes remain or a 64-bit field is no safe integer.
 */
export const readBatchHeader = (bytes: Uint8Array, position = 0): BatchHeader => {
  const remainingBytes = bytes.length - position;
  if (remainingBytes < HEADER_BYTES) {
    throw new OttlaError(
      'CORRUPT_MESSAGE',
      `batch header at byte ${position} is cut off: ${remainingBytes} of ${HEADER_BYTES} bytes`,
    );
  }
  return {
    baseOffset: safeInt64(bytes, position + BASE_OFFSET_AT, 'base offset'),
    sizeBytes: LENGTH_PREFIX_BYTES + readInt32At(bytes, position + BATCH_LENGTH_AT),
    partitionLeaderEpoch: readInt32At(bytes, position + PARTITION_LEADER_EPOCH_AT),
    magic: readInt8At(bytes, position + MAGIC_AT),
    crc: readUint32At(bytes, position + CRC_AT),
    attributes: readInt16At(bytes, position + ATTRIBUTES_AT),
    lastOffsetDelta: readInt32At(bytes, position + LAST_OFFSET_DELTA_AT),
    baseTimestampMs: safeInt64(bytes, position + BASE_TIMESTAMP_AT, 'base timestamp'),
    maxTimestampMs: safeInt64(bytes, position + MAX_TIMESTAMP_AT, 'max timestamp'),
    producerId: safeInt64(bytes, position + PRODUCER_ID_AT, 'producer id'),
    producerEpoch: readInt16At(bytes, position + PRODUCER_EPOCH_AT),
    baseSequence: readInt32At(bytes, position + BASE_SEQUENCE_AT),
    recordCount: readInt32At(bytes, position + RECORD_COUNT_AT),
  };
};

/**
 * Writes the header over the first 61 bytes of `batch` (one whole batch) and sums it. Size and
 * CRC come from the bytes; `magic` is 2.
 */
export const writeBatchHeader = (
  batch: Uint8Array,
  header: Omit<BatchHeader, 'sizeBytes' | 'crc' | 'magic'>,
): void => {
  writeInt64At(batch, BASE_OFFSET_AT, header.baseOffset);
  writeInt32At(batch, BATCH_LENGTH_AT, batch.length - LENGTH_PREFIX_BYTES);
  writeInt32At(batch, PARTITION_LEADER_EPOCH_AT, header.partitionLeaderEpoch);
  batch[MAGIC_AT] = MAGIC_V2;
  writeInt16At(batch, ATTRIBUTES_AT, header.attributes);
  writeInt32At(batch, LAST_OFFSET_DELTA_AT, header.lastOffsetDelta);
  writeInt64At(batch, BASE_TIMESTAMP_AT, header.baseTimestampMs);
  writeInt64At(batch, MAX_TIMESTAMP_AT, header.maxTimestampMs);
  writeInt64At(batch, PRODUCER_ID_AT, header.producerId);
  writeInt16At(batch, PRODUCER_EPOCH_AT, header.producerEpoch);
  writeInt32At(batch, BASE_SEQUENCE_AT, header.baseSequence);
  writeInt32At(batch, RECORD_COUNT_AT, header.recordCount);
  sumBatch(batch);
};

/** Sets attribute bits of a built batch, in place; sums it anew. */
export const setAttributes = (batch: Uint8Array, bits: number): void => {
  writeInt16At(batch, ATTRIBUTES_AT, readInt16At(batch, ATTRIBUTES_AT) | bits);
  sumBatch(batch);
};

const crcOf = (batch: Uint8Array): number => crc32c(batch.subarray(ATTRIBUTES_AT));

/** Computes the CRC anew, in place, after a field that it covers was changed on purpose. */
const sumBatch = (batch: Uint8Array): void => writeInt32At(batch, CRC_AT, crcOf(batch));

/** True when the stored CRC-32C is that of the bytes; `batch` is exactly one batch. */
export const verifyCrc = (batch: Uint8Array): boolean =>
  batch.length >= HEADER_BYTES && readUint32At(batch, CRC_AT) === crcOf(batch);

/** What the leader of a partition gives a batch on append. */
export interface BatchStamp {
  readonly baseOffset: Offset;
  readonly partitionLeaderEpoch: LeaderEpoch;
}

/** Stamps in place; both fields lie outside the CRC, which stays as the producer wrote it. */
export const stampBatch = (batch: Uint8Array, stamp: BatchStamp): void => {
  writeInt64At(batch, BASE_OFFSET_AT, stamp.baseOffset);
  writeInt32At(batch, PARTITION_LEADER_EPOCH_AT, stamp.partitionLeaderEpoch);
};

/** Who wrote a batch, for idempotence; -1 in all three where nobody in particular did. */
export interface ProducerStamp {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly baseSequence: number;
}

/** Gives a built batch another producer identity, in place; sums it anew. */
export const stampProducer = (batch: Uint8Array, stamp: ProducerStamp): void => {
  writeInt64At(batch, PRODUCER_ID_AT, stamp.producerId);
  writeInt16At(batch, PRODUCER_EPOCH_AT, stamp.producerEpoch);
  writeInt32At(batch, BASE_SEQUENCE_AT, stamp.baseSequence);
  sumBatch(batch);
};

/** Makes the broker's time that of all records of the batch, in place; sums it anew. */
export const stampLogAppendTime = (batch: Uint8Array, timestampMs: number): void => {
  const attributes = readInt16At(batch, ATTRIBUTES_AT) | LOG_APPEND_TIME_BIT;
  writeInt16At(batch, ATTRIBUTES_AT, attributes);
  writeInt64At(batch, MAX_TIMESTAMP_AT, timestampMs);
  sumBatch(batch);
};

/** Where one batch lies within a body of several. */
export interface BatchSpan {
  readonly position: number;
  readonly sizeBytes: number;
}

/**
 * The whole batches of a body, first to last. A batch that the body cuts off at its end is left
 * out, as a fetch may cut one. Throws `CORRUPT_MESSAGE` at a size no batch can have.
 */
export function* splitBatches(bytes: Uint8Array): Generator<BatchSpan, void, undefined> {
  let position = 0;
  while (position < bytes.length) {
    const sizeBytes = batchSizeAt(bytes, position);
    if (sizeBytes === undefined) return;
    if (sizeBytes < HEADER_BYTES) {
      throw new OttlaError(
        'CORRUPT_MESSAGE',
        `batch at byte ${position} declares ${sizeBytes} bytes, a header alone has ${HEADER_BYTES}`,
      );
    }
    if (sizeBytes > bytes.length - position) return;
    yield { position, sizeBytes };
    position += sizeBytes;
  }
}

/** The format version of the batch at `position`; only 2 is read here. */
export const magicAt = (bytes: Uint8Array, position: number): number =>
  byteAt(bytes, position + MAGIC_AT);
