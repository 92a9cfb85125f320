import { must } from '../base/assert.ts';
import { OttlaError } from '../base/errors.ts';
import {
  CODEC_BITS,
  codecOf,
  HEADER_BYTES,
  readBatchHeader,
  writeBatchHeader,
} from './batch-header.ts';
import type { Codec, CodecName } from './codec.ts';
import { codecNameOf } from './codec.ts';
import { loadCodec } from './compression.ts';
import { refusalOfRecords } from './records-bound.ts';

export interface RecompressOptions {
  readonly target: CodecName;
  /** What the records may decompress to. */
  readonly maxRecordsBytes: number;
  /** Called with what they did decompress to, before they are compressed. */
  readonly onOpened?: (recordsBytes: number) => void;
}

/**
 * A producer's batch with the same records under another codec. Nothing else of it changes, the
 * records are not looked at, and it is summed anew. What is large is opened and packed in other
 * threads; `batch`, which was found sound, must not change meanwhile and is left as it is.
 *
 * Throws INVALID_RECORD where it does not decompress though its sum is right: it was damaged before
 * it was sent. MESSAGE_TOO_LARGE where it decompresses to more than its bound, beyond which no
 * memory is spent. UNSUPPORTED_COMPRESSION_TYPE where a library does not load or cannot take so
 * much.
 */
export const recompress = async (
  batch: Uint8Array,
  { target, maxRecordsBytes, onOpened }: RecompressOptions,
): Promise<Uint8Array> => {
  const header = readBatchHeader(batch);
  const source = must(codecNameOf(codecOf(header.attributes)), 'a sound batch names its codec');
  const codec = await loadCodec(target);
  const opened = await loadCodec(source);
  const records = await openInPool(batch.subarray(HEADER_BYTES), opened, maxRecordsBytes);
  onOpened?.(records.length);
  const blob = await packInPool(records, codec);
  const recompressed = new Uint8Array(HEADER_BYTES + blob.length);
  recompressed.set(blob, HEADER_BYTES);
  const attributes = (header.attributes & ~CODEC_BITS) | codec.code;
  writeBatchHeader(recompressed, { ...header, attributes });
  return recompressed;
};

const openInPool = async (
  packed: Uint8Array,
  codec: Codec,
  maxBytes: number,
): Promise<Uint8Array> => {
  try {
    return await codec.decompressInPool(packed, maxBytes);
  } catch (error) {
    throw refusalOfRecords(error);
  }
};

const packInPool = async (records: Uint8Array, codec: Codec): Promise<Uint8Array> => {
  try {
    return await codec.compressInPool(records);
  } catch (cause) {
    if (cause instanceof OttlaError) throw cause;
    // Whatever a client sends ends no broker.
    throw new OttlaError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `${records.length} bytes of records do not compress with ${codec.name} here`,
      { cause },
    );
  }
};
