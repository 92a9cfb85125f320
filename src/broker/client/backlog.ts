import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { Handler } from '../../env/transport.ts';
import type { BacklogPartition, BacklogResult } from '../../gen/ottla.ts';
import { ClientService, ReplicaService } from '../../gen/ottla.ts';
import { nextOffsetOf, readBatchHeader, splitBatches } from '../../record/batch-header.ts';
import type { RecordPlace } from '../../record/first-record.ts';
import { firstRecordFrom } from '../../record/first-record.ts';
import { openedBytesMax } from '../../record/records-bound.ts';
import { guardedCall } from '../guard.ts';
import type { Partition } from '../replication/partition.ts';
import type { ClientContext } from './context.ts';
import { findPartition, numberOf } from './context.ts';
import { requireLatestKnown } from './list-offsets.ts';

/** Of one read. Before the first record may lie very many batches that are not due. */
const STEP_BYTES = 64 * 1024;

type BacklogContext = Pick<
  ClientContext,
  'clock' | 'config' | 'metadata' | 'findReplica' | 'onFatal'
>;

/** For clients. */
export const backlogHandler = (context: BacklogContext): Handler =>
  guardedCall(context.onFatal, ClientService.backlog, async ({ partitions }, { signal }) => ({
    partitions: await lookUpBacklogs(context, partitions, signal),
  }));

/** For the coordinators of groups on other brokers. */
export const peerBacklogHandler = (context: BacklogContext): Handler =>
  guardedCall(context.onFatal, ReplicaService.backlog, async ({ partitions }, { signal }) => ({
    partitions: await lookUpBacklogs(context, partitions, signal),
  }));

/**
 * One after the other, and the event loop is free in between, until the asker has gone; errors are
 * in the answers' codes.
 */
export const lookUpBacklogs = async (
  context: BacklogContext,
  questions: readonly BacklogPartition[],
  signal?: AbortSignal,
): Promise<BacklogResult[]> => {
  const results: BacklogResult[] = [];
  for (const asked of questions) {
    if (signal?.aborted) break;
    results.push(await lookUpBacklog(context, asked));
    await breathe(context.clock);
  }
  return results;
};

type Found = Omit<BacklogResult, 'topicId' | 'partition' | 'errorCode'>;

const NOTHING: Found = {
  logStartOffset: NONE,
  highWatermark: NONE,
  recordOffset: NONE,
  recordTimestampMs: NONE,
  nowMs: NONE,
};

const lookUpBacklog = async (
  context: BacklogContext,
  { topicId, partition, currentLeaderEpoch, offset }: BacklogPartition,
): Promise<BacklogResult> => {
  try {
    const led = findPartition(context, topicId, partition);
    led.checkLeaderEpoch(currentLeaderEpoch);
    led.requireLeader();
    requireLatestKnown(led);
    return { topicId, partition, errorCode: 0, ...(await backlogAt(led, offset, context.clock)) };
  } catch (error) {
    return { topicId, partition, errorCode: numberOf(error), ...NOTHING };
  }
};

/** Retention may take away what is being read: then it begins anew, at what is left. */
const backlogAt = async (partition: Partition, offset: Offset, clock: Clock): Promise<Found> => {
  for (;;) {
    const { highWatermark, log } = partition;
    const { logStartOffset } = log;
    try {
      const place = Math.max(offset, logStartOffset);
      const record = await firstCommitted(partition, place, highWatermark);
      return {
        logStartOffset,
        highWatermark,
        recordOffset: record?.offset ?? NONE,
        recordTimestampMs: record?.timestampMs ?? NONE,
        nowMs: clock.wallMs(),
      };
    } catch (error) {
      const isOvertaken = error instanceof OttlaError && error.code === 'OFFSET_OUT_OF_RANGE';
      if (!isOvertaken || partition.log.logStartOffset === logStartOffset) throw error;
    }
  }
};

/** `endOffset` is exclusive. */
const firstCommitted = async (
  { reader, log }: Partition,
  fromOffset: Offset,
  endOffset: Offset,
): Promise<RecordPlace | undefined> => {
  const maxDecompressedBytes = openedBytesMax(log.config.maxMessageBytes);
  let fetchOffset = fromOffset;
  while (fetchOffset < endOffset) {
    const request = { fetchOffset, maxBytes: STEP_BYTES, atLeastOne: true };
    const parts = reader.isCommittedCold(fetchOffset)
      ? (await reader.readCommittedCold(request)).parts
      : reader.readCommitted(request);
    if (parts.length === 0) return undefined;
    for (const batch of parts.flatMap(batchesIn)) {
      const found = await firstRecordFrom(batch, { fromOffset, maxDecompressedBytes });
      if (found !== undefined) return found;
      fetchOffset = nextOffsetOf(readBatchHeader(batch));
    }
  }
  return undefined;
};

const batchesIn = (part: Uint8Array): Uint8Array[] =>
  [...splitBatches(part)].map(({ position, sizeBytes }) =>
    part.subarray(position, position + sizeBytes),
  );

const breathe = (clock: Clock): Promise<void> => new Promise((resolve) => clock.defer(resolve));
