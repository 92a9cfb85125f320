import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import { nextOffsetOf, splitBatches } from '../../record/batch-header.ts';
import { decodeBatch, missingCodec } from '../../record/batch-reader.ts';
import { loadCodec } from '../../record/compression.ts';
import type { Partition } from '../replication/partition.ts';
import { decodeGroupRecord } from './stored-records.ts';
import type { GroupRecord } from './types.ts';

/** Read and applied in one event: other partitions are served between two of them. */
const STEP_BYTES = 256 * 1024;

export interface LoadOptions {
  readonly partition: Partition;
  readonly clock: Clock;
  /** False once the leadership that is loaded for is over: the loading ends. */
  readonly isCurrent: () => boolean;
  readonly onRecord: (groupId: string, record: GroupRecord) => void;
}

/**
 * Reads a led partition of `__consumer_offsets` from its start to where it ended when this broker
 * began to lead, in the order of the log. What a deposed leader left behind there may not be
 * committed yet: nothing is handed out before it is. Resolves true when all is read, false when the
 * leadership is over. Errors: those of reading, CORRUPT_STORE for a record that cannot be read.
 */
export const loadRecords = async (options: LoadOptions): Promise<boolean> => {
  const { partition, clock, isCurrent } = options;
  const endOffset = partition.log.logEndOffset;
  let at: Offset = 0;
  for (;;) {
    at = Math.max(at, partition.log.logStartOffset);
    if (!isCurrent()) return false;
    if (at >= endOffset) return true;
    const next = at < partition.highWatermark ? await readStep(options, at) : at;
    const hasStopped = next === at && at >= partition.log.logStartOffset;
    if (hasStopped && isCurrent()) await untilMoved(options);
    at = next;
    await new Promise<void>((resolve) => clock.defer(resolve));
  }
};

/** The offset behind what was read. */
const readStep = async (options: LoadOptions, at: Offset): Promise<Offset> => {
  const { partition, isCurrent } = options;
  const request = { fetchOffset: at, maxBytes: STEP_BYTES, atLeastOne: true };
  let parts: readonly Uint8Array[];
  try {
    parts = partition.reader.isCommittedCold(at)
      ? (await partition.reader.readCommittedCold(request)).parts
      : partition.reader.readCommitted(request);
  } catch (error) {
    // Cleaned away meanwhile, or the leadership is over: the loop finds out which.
    if (error instanceof OttlaError && PASSING.has(error.code)) return at;
    throw error;
  }
  let next = at;
  for (const part of parts) {
    for (const { position, sizeBytes } of splitBatches(part)) {
      const batch = part.subarray(position, position + sizeBytes);
      const codec = missingCodec(batch);
      if (codec !== undefined) await loadCodec(codec);
      if (!isCurrent()) return next;
      next = applyBatch(options, batch);
    }
  }
  return next;
};

const PASSING: ReadonlySet<string> = new Set(['OFFSET_OUT_OF_RANGE', 'NOT_LEADER_OR_FOLLOWER']);

const applyBatch = ({ onRecord }: LoadOptions, batch: Uint8Array): Offset => {
  const { header, isControl, records } = decodeBatch(batch, { verifyCrc: false });
  for (const { key, value } of isControl ? [] : records) {
    if (key === null) continue;
    const decoded = decodeGroupRecord({ key, value });
    if (decoded !== undefined) onRecord(decoded.groupId, decoded.record);
  }
  return nextOffsetOf(header);
};

/** Until the high watermark moves, or the leadership ends. */
const untilMoved = ({ partition }: LoadOptions): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      partition.unwatch(watcher);
      resolve();
    };
    const watcher = { onHighWatermark: done, onLeadership: done };
    partition.watch(watcher);
  });
