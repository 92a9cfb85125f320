import { OttlaError } from '../base/errors.ts';
import type { Offset } from '../base/ids.ts';
import { isControl, isLogAppendTime, readBatchHeader } from './batch-header.ts';
import { decodeBatch, missingCodec } from './batch-reader.ts';
import { loadCodec } from './compression.ts';

export interface RecordPlace {
  readonly offset: Offset;
  readonly timestampMs: number;
}

export interface FirstRecordOptions {
  /** Inclusive. */
  readonly fromOffset: Offset;
  /** What its records may decompress to. */
  readonly maxDecompressedBytes: number;
}

/**
 * The first record at or after an offset in one batch whose sum is right; undefined where it has
 * none there, as behind compaction, or is a marker. A batch that cannot be opened here tells the
 * time of its first record by its header.
 */
export const firstRecordFrom = async (
  batch: Uint8Array,
  { fromOffset, maxDecompressedBytes }: FirstRecordOptions,
): Promise<RecordPlace | undefined> => {
  const header = readBatchHeader(batch);
  if (isControl(header.attributes) || header.recordCount === 0) return undefined;
  try {
    const codec = missingCodec(batch);
    if (codec !== undefined) await loadCodec(codec);
    const { records } = decodeBatch(batch, { maxDecompressedBytes, verifyCrc: false });
    return records.find(({ offset }) => offset >= fromOffset);
  } catch (error) {
    if (!(error instanceof OttlaError)) throw error;
    const { attributes, baseOffset, baseTimestampMs, maxTimestampMs } = header;
    const timestampMs = isLogAppendTime(attributes) ? maxTimestampMs : baseTimestampMs;
    return { offset: Math.max(baseOffset, fromOffset), timestampMs };
  }
};
