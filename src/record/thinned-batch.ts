import type { BatchHeader } from './batch-header.ts';
import {
  CODEC_BITS,
  DELETE_HORIZON_BIT,
  HEADER_BYTES,
  readBatchHeader,
  writeBatchHeader,
} from './batch-header.ts';
import type { RecordSpan } from './record-spans.ts';
import { spansIn } from './record-spans.ts';

/** The greatest timestamp of records that have none. */
const NO_TIMESTAMP = -1;

/**
 * An uncompressed batch without the records at these places, where `isLeftOut` is not 0. Offsets,
 * producer and sequences stay as they were: what is left out is a gap, as behind compaction.
 * Throws CORRUPT_MESSAGE for records that cannot be read.
 */
export const thinnedBatch = (batch: Uint8Array, isLeftOut: Uint8Array): Uint8Array => {
  const header = readBatchHeader(batch);
  const section = batch.subarray(HEADER_BYTES);
  let [recordCount, sizeBytes, maxTimestampMs] = [0, 0, NO_TIMESTAMP];
  for (const { start, end, timestampMs } of spansLeft(header, section, isLeftOut)) {
    recordCount += 1;
    sizeBytes += end - start;
    maxTimestampMs = Math.max(maxTimestampMs, timestampMs);
  }
  if (recordCount === 0) return emptiedBatch({ ...header, maxTimestampMs });
  const thinned = new Uint8Array(HEADER_BYTES + sizeBytes);
  const spans = spansLeft(header, section, isLeftOut);
  thinned.set(joinSpans(section, spans, sizeBytes), HEADER_BYTES);
  writeBatchHeader(thinned, { ...header, maxTimestampMs, recordCount });
  return thinned;
};

/** The header alone: what its offsets and its producer's sequence and epoch are known by. */
export const emptiedBatch = (header: BatchHeader): Uint8Array => {
  const batch = new Uint8Array(HEADER_BYTES);
  writeBatchHeader(batch, {
    ...header,
    attributes: header.attributes & ~(CODEC_BITS | DELETE_HORIZON_BIT),
    baseTimestampMs: header.maxTimestampMs,
    recordCount: 0,
  });
  return batch;
};

/** The bytes of these records of a section, of this size together. */
export const joinSpans = (
  section: Uint8Array,
  spans: Iterable<RecordSpan>,
  sizeBytes: number,
): Uint8Array => {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const { start, end } of spans) {
    bytes.set(section.subarray(start, end), at);
    at += end - start;
  }
  return bytes;
};

function* spansLeft(
  header: BatchHeader,
  section: Uint8Array,
  isLeftOut: Uint8Array,
): Generator<RecordSpan, void> {
  let index = 0;
  for (const span of spansIn(header, section)) {
    if (isLeftOut[index] === 0) yield span;
    index += 1;
  }
}
