import { OttlaError } from '../base/errors.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { isHeld, nextOffsetOf } from '../record/batch-header.ts';
import { decodeBatch } from '../record/batch-reader.ts';
import type { Segment } from './segment.ts';
import { scanBatches } from './segment-scan.ts';

export interface TimestampedOffset {
  readonly offset: Offset;
  readonly timestampMs: number;
  readonly leaderEpoch: LeaderEpoch;
}

/** Offsets from `startOffset` (inclusive) to `endOffset` (exclusive) are looked at. */
export interface TimeLookup {
  readonly timestampMs: number;
  readonly startOffset: Offset;
  readonly endOffset: Offset;
}

/** The first record of the segments at or after the timestamp. Batch maxima find the batch. */
export const lookupTimestamp = (
  segments: readonly Segment[],
  lookup: TimeLookup,
): TimestampedOffset | undefined => {
  for (const segment of segments) {
    if (segment.maxTimestampMs < lookup.timestampMs) continue;
    const found = lookupInSegment(segment, lookup);
    if (found !== undefined) return found;
  }
  return undefined;
};

const lookupInSegment = (segment: Segment, lookup: TimeLookup): TimestampedOffset | undefined => {
  let found: TimestampedOffset | undefined;
  const start = segment.positionForTimestamp(lookup.timestampMs);
  const options = { start, end: segment.sizeBytes, verify: false };
  scanBatches(segment.file, options, ({ header, position }) => {
    if (nextOffsetOf(header) > lookup.endOffset) return false;
    if (header.maxTimestampMs < lookup.timestampMs) return true;
    if (nextOffsetOf(header) <= lookup.startOffset) return true;
    if (isHeld(header.attributes)) return true;
    const batch = new Uint8Array(header.sizeBytes);
    segment.file.read(batch, position);
    found = lookupInBatch(batch, header, lookup);
    return found === undefined;
  });
  return found;
};

/** Exact where the batch can be decoded here; else its first offset, never one too late. */
const lookupInBatch = (
  batch: Uint8Array,
  header: BatchHeader,
  lookup: TimeLookup,
): TimestampedOffset | undefined => {
  const leaderEpoch = header.partitionLeaderEpoch;
  try {
    const record = decodeBatch(batch).records.find(
      ({ offset, timestampMs }) =>
        offset >= lookup.startOffset && timestampMs >= lookup.timestampMs,
    );
    return record && { offset: record.offset, timestampMs: record.timestampMs, leaderEpoch };
  } catch (error) {
    if (!(error instanceof OttlaError)) throw error;
    const offset = Math.max(header.baseOffset, lookup.startOffset);
    return { offset, timestampMs: header.maxTimestampMs, leaderEpoch };
  }
};
