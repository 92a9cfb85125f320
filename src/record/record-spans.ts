import { ByteReader } from '../base/bytes/reader.ts';
import { OttlaError } from '../base/errors.ts';
import type { BatchHeader } from './batch-header.ts';
import { RECORD_BYTES_MIN } from './records-bound.ts';

/** Where one record lies in the records of its batch, and what may decide over its staying. */
export interface RecordSpan {
  /** Position of the length that opens it. */
  readonly start: number;
  /** Position behind its timestamp delta. */
  readonly restStart: number;
  /** Exclusive. */
  readonly end: number;
  /** By base and delta; a safe integer. */
  readonly timestampMs: number;
  readonly offsetDelta: number;
  /** A view; null where the record has none. */
  readonly key: Uint8Array | null;
  /** It has no value: its key is to be forgotten. */
  readonly isTombstone: boolean;
}

const NULL_LENGTH = -1;

const corrupt = (message: string): OttlaError => new OttlaError('CORRUPT_MESSAGE', message);

/** Throws CORRUPT_MESSAGE where a batch declares more records than its bytes can hold. */
export const requireFit = ({ recordCount }: BatchHeader, section: Uint8Array): void => {
  if (recordCount >= 0 && recordCount * RECORD_BYTES_MIN <= section.length) return;
  throw corrupt(`${section.length} bytes cannot hold the ${recordCount} records declared`);
};

/**
 * The records of a batch, one at a time, without decoding more of them than their keys. `section`
 * is what `openRecords` gave. Throws CORRUPT_MESSAGE, on the way, where lengths or deltas do not
 * fit the bytes, or where base timestamp and delta come to no safe integer: no header can state
 * such a time.
 */
export const spansIn = function* (
  header: BatchHeader,
  section: Uint8Array,
): Generator<RecordSpan, void> {
  const reader = new ByteReader(section);
  for (let index = 0; index < header.recordCount; index += 1) yield readSpan(reader, header);
  if (reader.remainingBytes > 0) {
    throw corrupt(`${reader.remainingBytes} bytes are left over behind the last record`);
  }
};

const readSpan = (reader: ByteReader, header: BatchHeader): RecordSpan => {
  const start = reader.position;
  const bodyBytes = reader.readVarint();
  const end = reader.position + bodyBytes;
  if (bodyBytes < 0 || bodyBytes > reader.remainingBytes) {
    throw corrupt(`record declares ${bodyBytes} bytes, ${reader.remainingBytes} remain: truncated`);
  }
  reader.skip(1);
  const timestampDelta = reader.readVarlong();
  const timestampMs = header.baseTimestampMs + timestampDelta;
  if (!Number.isSafeInteger(timestampMs)) {
    throw corrupt(`timestamp delta ${timestampDelta} leads beyond 2^53 milliseconds`);
  }
  const restStart = reader.position;
  const offsetDelta = reader.readVarint();
  if (offsetDelta < 0 || offsetDelta > header.lastOffsetDelta) {
    throw corrupt(`offset delta ${offsetDelta} lies outside 0..${header.lastOffsetDelta}`);
  }
  const keyBytes = reader.readVarint();
  const key = keyBytes === NULL_LENGTH ? null : reader.readBytes(keyBytes);
  const valueBytes = reader.readVarint();
  if (valueBytes < NULL_LENGTH || reader.position + Math.max(0, valueBytes) > end) {
    throw corrupt(`record at offset delta ${offsetDelta} does not end where its length says`);
  }
  reader.skip(end - reader.position);
  const isTombstone = valueBytes === NULL_LENGTH;
  return { start, restStart, end, timestampMs, offsetDelta, key, isTombstone };
};
