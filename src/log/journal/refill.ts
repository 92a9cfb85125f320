import type { BatchHeader } from '../../record/batch-header.ts';
import {
  nextOffsetOf,
  readBatchHeader,
  splitBatches,
  verifyCrc,
} from '../../record/batch-header.ts';
import type { Segment } from '../segment.ts';
import type { ReplayEntry } from './replay.ts';

/**
 * Writes behind the end of a log's last segment what the journal has from there on; not durable on
 * return. Ends at the first batch that does not continue the log or has a wrong CRC: the log is
 * then shorter than it was durable, which its owner finds out.
 */
export const refill = (segment: Segment, entries: readonly ReplayEntry[]): void => {
  for (const entry of entries) {
    if (entry.endOffset <= segment.nextOffset) continue;
    const run = continuing(entry.bytes, segment.nextOffset);
    if (run.headers.length > 0) segment.append(run.bytes, run.headers);
    if (segment.nextOffset < entry.endOffset) return;
  }
};

/** The batches of `bytes` from the one that begins at `nextOffset`, as far as they are sound. */
const continuing = (
  bytes: Uint8Array,
  nextOffset: number,
): { readonly bytes: Uint8Array; readonly headers: readonly BatchHeader[] } => {
  const headers: BatchHeader[] = [];
  let start = 0;
  let end = 0;
  let expected = nextOffset;
  for (const { position, sizeBytes } of splitBatches(bytes)) {
    const header = readBatchHeader(bytes, position);
    if (headers.length === 0 && nextOffsetOf(header) <= expected) continue;
    const isSound = verifyCrc(bytes.subarray(position, position + sizeBytes));
    if (header.baseOffset !== expected || !isSound) break;
    if (headers.length === 0) start = position;
    headers.push(header);
    expected = nextOffsetOf(header);
    end = position + sizeBytes;
  }
  return { bytes: bytes.subarray(start, Math.max(start, end)), headers };
};
