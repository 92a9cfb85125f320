import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { BatchHeader } from '../../record/batch-header.ts';
import {
  nextOffsetOf,
  readBatchHeader,
  splitBatches,
  verifyCrc,
} from '../../record/batch-header.ts';
import type { Segment } from '../segment.ts';
import { scanBatches } from '../segment-scan.ts';
import type { ReplayEntry } from './replay.ts';

/**
 * Writes behind the end of a log's last segment what the journal has from there on; not durable on
 * return. Ends at the first batch that does not continue the log, comes from an older leader than
 * the one before it, or has a wrong CRC: the log is then shorter than it was durable, which its
 * owner finds out.
 */
export const refill = (segments: readonly Segment[], entries: readonly ReplayEntry[]): void => {
  const segment = segments.at(-1);
  if (segment === undefined || entries.length === 0) return;
  let leaderEpoch = lastEpochIn(segments);
  for (const entry of entries) {
    if (entry.endOffset <= segment.nextOffset) continue;
    const run = continuing(entry.bytes, { nextOffset: segment.nextOffset, leaderEpoch });
    if (run.headers.length > 0) segment.append(run.bytes, run.headers);
    leaderEpoch = run.headers.at(-1)?.partitionLeaderEpoch ?? leaderEpoch;
    if (segment.nextOffset < entry.endOffset) return;
  }
};

/** Of the last batch of the log; NONE where there is no batch. */
const lastEpochIn = (segments: readonly Segment[]): LeaderEpoch => {
  const last = segments.findLast(({ sizeBytes }) => sizeBytes > 0);
  let leaderEpoch: LeaderEpoch = NONE;
  if (last === undefined) return leaderEpoch;
  const range = { start: last.positionAtOrBelow(last.nextOffset - 1), end: last.sizeBytes };
  scanBatches(last.file, { ...range, verify: false }, ({ header }) => {
    leaderEpoch = header.partitionLeaderEpoch;
    return true;
  });
  return leaderEpoch;
};

/** The batches of `bytes` from the one that begins at `nextOffset`, as far as they are sound. */
const continuing = (
  bytes: Uint8Array,
  end: { readonly nextOffset: Offset; readonly leaderEpoch: LeaderEpoch },
): { readonly bytes: Uint8Array; readonly headers: readonly BatchHeader[] } => {
  const headers: BatchHeader[] = [];
  let startByte = 0;
  let endByte = 0;
  let { nextOffset, leaderEpoch } = end;
  for (const { position, sizeBytes } of splitBatches(bytes)) {
    const header = readBatchHeader(bytes, position);
    if (headers.length === 0 && nextOffsetOf(header) <= nextOffset) continue;
    if (header.baseOffset !== nextOffset || header.partitionLeaderEpoch < leaderEpoch) break;
    if (!verifyCrc(bytes.subarray(position, position + sizeBytes))) break;
    if (headers.length === 0) startByte = position;
    headers.push(header);
    nextOffset = nextOffsetOf(header);
    leaderEpoch = header.partitionLeaderEpoch;
    endByte = position + sizeBytes;
  }
  return { bytes: bytes.subarray(startByte, Math.max(startByte, endByte)), headers };
};
