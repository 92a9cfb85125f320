import { readInt32At, readInt64At } from '../../base/bytes/big-endian.ts';
import type { Offset } from '../../base/ids.ts';
import {
  BASE_OFFSET_AT,
  HEADER_BYTES,
  RECORD_COUNT_AT,
  readBatchHeader,
  splitBatches,
} from '../../record/batch-header.ts';
import type { ReadResult } from '../read.ts';
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

/** The result without batches that have no records; where it goes on stays the same. */
export const leaveOutEmpty = (result: ReadResult): ReadResult => {
  const parts = result.parts.flatMap(partsWithRecords);
  const sizeBytes = parts.reduce((total, part) => total + part.length, 0);
  return { ...result, parts, sizeBytes };
};

const partsWithRecords = (part: Uint8Array): Uint8Array[] => {
  const runs: Uint8Array[] = [];
  let start = 0;
  for (const { position, sizeBytes } of splitBatches(part)) {
    if (readInt32At(part, position + RECORD_COUNT_AT) > 0) continue;
    if (position > start) runs.push(part.subarray(start, position));
    start = position + sizeBytes;
  }
  if (start === 0) return [part];
  if (start < part.length) runs.push(part.subarray(start));
  return runs;
};
