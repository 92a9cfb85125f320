import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import type { ReadRequest, ReadResult } from '../../log/read.ts';
import {
  isDelivery,
  isHeld,
  nextOffsetOf,
  readBatchHeader,
  splitBatches,
} from '../../record/batch-header.ts';
import { missingCodec } from '../../record/batch-reader.ts';
import { loadCodec } from '../../record/compression.ts';
import type { Change } from './held-batch.ts';
import { changesOf } from './held-batch.ts';

const STEP_BYTES = 256 * 1024;

/** What a part of the log does to the records that wait in it. */
export interface LogStep {
  readonly changes: readonly Change[];
  /** Exclusive; where it began when nothing could be read. */
  readonly endOffset: Offset;
  /** Of the last batch read; undefined where none was. */
  readonly leaderEpoch: LeaderEpoch | undefined;
}

type ReadableLog = Pick<PartitionLog, 'isCached' | 'read' | 'readCold'>;

/** From memory within the call, or in the pool. */
export const readAnywhere = async (log: ReadableLog, request: ReadRequest): Promise<ReadResult> =>
  log.isCached(request.fetchOffset) ? log.read(request) : await log.readCold(request);

/** The next part of a log from an offset (inclusive) to another (exclusive). Errors: reading's. */
export const nextChanges = async (
  log: ReadableLog,
  fetchOffset: Offset,
  endOffset: Offset,
): Promise<LogStep> => {
  const request = { fetchOffset, endOffset, maxBytes: STEP_BYTES, atLeastOne: true };
  const { parts } = await readAnywhere(log, request);
  const changes: Change[] = [];
  let at = fetchOffset;
  let leaderEpoch: LeaderEpoch | undefined;
  for (const part of parts) {
    for (const { position, sizeBytes } of splitBatches(part)) {
      const header = readBatchHeader(part, position);
      at = nextOffsetOf(header);
      leaderEpoch = header.partitionLeaderEpoch;
      const { attributes, recordCount } = header;
      if (recordCount === 0 || !(isHeld(attributes) || isDelivery(attributes))) continue;
      const batch = part.subarray(position, position + sizeBytes);
      const missing = missingCodec(batch);
      if (missing !== undefined) await loadCodec(missing);
      changes.push(...changesOf(batch));
    }
  }
  return { changes, endOffset: at, leaderEpoch };
};
