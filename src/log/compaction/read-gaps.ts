import { readInt16At, readInt32At, readInt64At } from '../../base/bytes/big-endian.ts';
import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  HEADER_BYTES,
  isHeld,
  RECORD_COUNT_AT,
  readBatchHeader,
  splitBatches,
} from '../../record/batch-header.ts';
import type { BoundedRead, ReadResult } from '../read.ts';
import { gapBatch, gapOf, isGap } from './gap-batch.ts';

/**
 * A result whose first batch is a gap that begins before `fetchOffset`, with that gap beginning at
 * it: replicas compact on their own, so that what one needs next may lie within another's gap.
 */
export const trimGap = (result: ReadResult, fetchOffset: Offset): ReadResult => {
  const [first, ...others] = result.parts;
  if (first === undefined || readInt64At(first, BASE_OFFSET_AT) >= fetchOffset) return result;
  const header = readBatchHeader(first);
  if (!isGap(header)) return result;
  const trimmed = gapBatch({ ...gapOf(header), baseOffset: fetchOffset });
  const rest = first.length > HEADER_BYTES ? [first.subarray(HEADER_BYTES)] : [];
  return { ...result, parts: [trimmed, ...rest, ...others] };
};

/**
 * The result without batches that have no records, or none that is due; where it goes on stays the
 * same.
 */
export const leaveOutHidden = (result: ReadResult): ReadResult => {
  const parts = result.parts.flatMap(partsToShow);
  const sizeBytes = parts.reduce((total, part) => total + part.length, 0);
  return { ...result, parts, sizeBytes };
};

/** One gap in the place of all that was read, which nobody may see. */
export const onlyGap = (
  { nextOffset }: ReadResult,
  { fetchOffset, epochAt }: Pick<BoundedRead, 'fetchOffset' | 'epochAt'>,
): ReadResult => {
  const leaderEpoch = epochAt(fetchOffset);
  const gap = { baseOffset: fetchOffset, nextOffset, leaderEpoch, maxTimestampMs: NONE };
  return { parts: [gapBatch(gap)], sizeBytes: HEADER_BYTES, nextOffset };
};

const partsToShow = (part: Uint8Array): Uint8Array[] => {
  const runs: Uint8Array[] = [];
  let start = 0;
  for (const { position, sizeBytes } of splitBatches(part)) {
    const isHidden = isHeld(readInt16At(part, position + ATTRIBUTES_AT));
    if (readInt32At(part, position + RECORD_COUNT_AT) > 0 && !isHidden) continue;
    if (position > start) runs.push(part.subarray(start, position));
    start = position + sizeBytes;
  }
  if (start === 0) return [part];
  if (start < part.length) runs.push(part.subarray(start));
  return runs;
};
