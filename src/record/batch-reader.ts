import { readInt16At, readInt32At } from '../base/bytes/big-endian.ts';
import { ByteReader } from '../base/bytes/reader.ts';
import { OttlaError } from '../base/errors.ts';
import { nearestSafeInteger } from '../base/safe-integer.ts';
import type { BatchHeader } from './batch-header.ts';
import {
  ATTRIBUTES_AT,
  codecOf,
  HEADER_BYTES,
  isControl,
  isLogAppendTime,
  isTransactional,
  MAGIC_V2,
  RECORD_COUNT_AT,
  readBatchHeader,
  verifyCrc,
} from './batch-header.ts';
import type { Codec, CodecName } from './codec.ts';
import { codecNameOf } from './codec.ts';
import { codecIfLoaded } from './compression.ts';
import type { DecodedRecord, RecordHeader } from './record.ts';
import { DEFAULT_MAX_DECOMPRESSED_BYTES, RECORD_BYTES_MIN } from './records-bound.ts';

const MIN_RECORD_HEADER_BYTES = 2;
const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);

export interface DecodeOptions {
  /** Default 128 MiB. */
  readonly maxDecompressedBytes?: number;
  /** False skips the CRC for bytes that were verified before. Default true. */
  readonly verifyCrc?: boolean;
}

export interface DecodedBatch {
  readonly header: BatchHeader;
  /** A control batch: its one record is a marker, hidden from users, its offset counted. */
  readonly isControl: boolean;
  readonly isTransactional: boolean;
  readonly records: readonly DecodedRecord[];
}

const corrupt = (message: string): OttlaError => new OttlaError('CORRUPT_MESSAGE', message);

/**
 * The codec that `decodeBatch` would miss, to be given to `loadCodec` first; `undefined` when the
 * batch can be decoded at once.
 */
export const missingCodec = (batch: Uint8Array): CodecName | undefined => {
  if (batch.length < HEADER_BYTES || readInt32At(batch, RECORD_COUNT_AT) === 0) return undefined;
  const code = codecOf(readInt16At(batch, ATTRIBUTES_AT));
  return codecIfLoaded(code) === undefined ? codecNameOf(code) : undefined;
};

/**
 * Decodes exactly one batch. Keys, values and header values are views: into `batch` when it is not
 * compressed, else into the decompressed buffer; who keeps one record keeps that whole buffer, and
 * who reuses `batch` must copy first. Offsets may have gaps and `records` may be empty after
 * compaction: go on at `nextOffsetOf(header)`. In a log-append-time batch all records have its
 * maximum timestamp; one that base and delta carry beyond 2^53 is the nearest safe integer, so that
 * readers get past it. Throws `CORRUPT_MESSAGE` (retriable: fetch again) for damage of any kind or
 * an output above its bound, `UNSUPPORTED_COMPRESSION_TYPE` for a codec that is not loaded.
 */
export const decodeBatch = (batch: Uint8Array, options: DecodeOptions = {}): DecodedBatch => {
  const header = readBatchHeader(batch);
  if (header.sizeBytes !== batch.length) {
    throw corrupt(`batch declares ${header.sizeBytes} bytes, ${batch.length} are given`);
  }
  if (header.magic !== MAGIC_V2) throw corrupt(`message format ${header.magic} is not read here`);
  if (options.verifyCrc !== false && !verifyCrc(batch)) {
    throw corrupt(`CRC-32C of the batch at offset ${header.baseOffset} does not match: damaged`);
  }
  return {
    header,
    isControl: isControl(header.attributes),
    isTransactional: isTransactional(header.attributes),
    records: decodeRecords(header, openRecords(batch, header, options)),
  };
};

/**
 * The records of a batch as one run of bytes, decompressed where they are compressed; a view of the
 * batch where they are not. Throws as `decodeBatch`, and verifies nothing.
 */
export const openRecords = (
  batch: Uint8Array,
  header: BatchHeader,
  options: DecodeOptions = {},
): Uint8Array => {
  const section = batch.subarray(HEADER_BYTES);
  return codecToOpen(header)?.decompress(section, boundOf(options)) ?? section;
};

/** As `openRecords`, in another thread where large; the batch must not change meanwhile. */
export const openRecordsInPool = async (
  batch: Uint8Array,
  header: BatchHeader,
  options: DecodeOptions = {},
): Promise<Uint8Array> => {
  const section = batch.subarray(HEADER_BYTES);
  return (await codecToOpen(header)?.decompressInPool(section, boundOf(options))) ?? section;
};

const boundOf = ({
  maxDecompressedBytes = DEFAULT_MAX_DECOMPRESSED_BYTES,
}: DecodeOptions): number => maxDecompressedBytes;

const codecToOpen = ({ attributes, recordCount }: BatchHeader): Codec | undefined => {
  const code = codecOf(attributes);
  // Compaction may leave a bare header that still names its codec: there is nothing to decompress.
  if (code === 0 || recordCount === 0) return undefined;
  const name = codecNameOf(code);
  if (name === undefined) throw corrupt(`compression code ${code} names no codec`);
  const codec = codecIfLoaded(code);
  if (codec !== undefined) return codec;
  throw new OttlaError(
    'UNSUPPORTED_COMPRESSION_TYPE',
    `codec ${name} is not loaded: await loadCodec('${name}') before decoding`,
  );
};

const decodeRecords = (header: BatchHeader, section: Uint8Array): DecodedRecord[] => {
  const { recordCount } = header;
  if (recordCount < 0 || recordCount * RECORD_BYTES_MIN > section.length) {
    throw corrupt(`${section.length} bytes cannot hold the ${recordCount} records declared`);
  }
  const reader = new ByteReader(section);
  const records: DecodedRecord[] = [];
  for (let index = 0; index < recordCount; index += 1) records.push(decodeRecord(reader, header));
  if (reader.remainingBytes > 0) {
    throw corrupt(`${reader.remainingBytes} bytes are left over behind the last record`);
  }
  return records;
};

const decodeRecord = (reader: ByteReader, header: BatchHeader): DecodedRecord => {
  const bodyBytes = reader.readVarint();
  const end = reader.position + bodyBytes;
  if (bodyBytes > reader.remainingBytes) {
    throw corrupt(`record declares ${bodyBytes} bytes, ${reader.remainingBytes} remain: truncated`);
  }
  reader.skip(1);
  const timestampDelta = reader.readVarlong();
  const offsetDelta = reader.readVarint();
  if (offsetDelta < 0 || offsetDelta > header.lastOffsetDelta) {
    throw corrupt(`offset delta ${offsetDelta} lies outside 0..${header.lastOffsetDelta}`);
  }
  const key = decodeField(reader);
  const value = decodeField(reader);
  const headers = decodeHeaders(reader);
  if (reader.position !== end) {
    throw corrupt(`record at offset delta ${offsetDelta} does not end where its length says`);
  }
  return {
    offset: header.baseOffset + offsetDelta,
    timestampMs: isLogAppendTime(header.attributes)
      ? header.maxTimestampMs
      : nearestSafeInteger(header.baseTimestampMs + timestampDelta),
    key,
    value,
    headers,
  };
};

const decodeField = (reader: ByteReader): Uint8Array | null => {
  const length = reader.readVarint();
  return length === -1 ? null : reader.readBytes(length);
};

const decodeHeaders = (reader: ByteReader): readonly RecordHeader[] => {
  const count = reader.readVarint();
  if (count === 0) return NO_HEADERS;
  if (count < 0 || count * MIN_RECORD_HEADER_BYTES > reader.remainingBytes) {
    throw corrupt(`${count} record headers do not fit the ${reader.remainingBytes} bytes left`);
  }
  const headers: RecordHeader[] = [];
  for (let index = 0; index < count; index += 1) {
    headers.push({ key: reader.readUtf8(reader.readVarint()), value: decodeField(reader) });
  }
  return headers;
};
