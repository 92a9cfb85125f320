import { OttlaError } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import type { Handler } from '../../env/transport.ts';
import type {
  EpochAnswer,
  EpochQuestion,
  ListOffsetsPartition,
  ListOffsetsResult,
} from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import { guardedCall } from '../guard.ts';
import type { Partition } from '../replication/partition.ts';
import type { ClientContext } from './context.ts';
import { findPartition, numberOf } from './context.ts';

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;

export const listOffsetsHandlers = (context: ClientContext): Handler[] => [
  guardedCall(context.onFatal, ClientService.listOffsets, async ({ partitions }) => ({
    partitions: partitions.map((asked) => lookUpOffset(context, asked)),
  })),
  guardedCall(context.onFatal, ClientService.offsetForLeaderEpoch, async ({ partitions }) => ({
    partitions: partitions.map((asked) => lookUpEpoch(context, asked)),
  })),
];

type Found = Pick<ListOffsetsResult, 'offset' | 'timestampMs' | 'leaderEpoch'>;

const NOT_FOUND: Found = { offset: NONE, timestampMs: NONE, leaderEpoch: NONE };

/** One answer of ListOffsets; an error is in its code. */
export const lookUpOffset = (
  context: ClientContext,
  asked: ListOffsetsPartition,
): ListOffsetsResult => {
  const { topicId, partition } = asked;
  try {
    const found = leaderOf(context, asked);
    return { topicId, partition, errorCode: 0, ...offsetAt(found, asked.timestampMs) };
  } catch (error) {
    return { topicId, partition, errorCode: numberOf(error), ...NOT_FOUND };
  }
};

/** Where a leader epoch ends here, for consumers that look for a truncation below them. */
export const lookUpEpoch = (context: ClientContext, asked: EpochQuestion): EpochAnswer => {
  const { topicId, partition } = asked;
  try {
    const found = leaderOf(context, asked);
    const { leaderEpoch, endOffset } = found.log.endOffsetForEpoch(asked.leaderEpoch);
    return { topicId, partition, errorCode: 0, leaderEpoch, endOffset };
  } catch (error) {
    const errorCode = numberOf(error);
    return { topicId, partition, errorCode, leaderEpoch: NONE, endOffset: NONE };
  }
};

const leaderOf = (
  context: ClientContext,
  asked: { topicId: string; partition: number; currentLeaderEpoch: number },
): Partition => {
  const found = findPartition(context, asked.topicId, asked.partition);
  found.checkLeaderEpoch(asked.currentLeaderEpoch);
  found.requireLeader();
  return found;
};

const offsetAt = (partition: Partition, timestampMs: number): Found => {
  const { log, core, highWatermark } = partition;
  if (timestampMs === EARLIEST) {
    const offset = log.logStartOffset;
    return { offset, timestampMs: NONE, leaderEpoch: log.epochAt(offset) };
  }
  requireLatestKnown(partition);
  if (timestampMs === LATEST) {
    return { offset: highWatermark, timestampMs: NONE, leaderEpoch: core.leaderEpoch };
  }
  const wantedMs = timestampMs === MAX_TIMESTAMP ? log.maxTimestampMs() : timestampMs;
  if (wantedMs < 0) return NOT_FOUND;
  return partition.reader.offsetForTimestamp(wantedMs) ?? NOT_FOUND;
};

/** Until a new leader knows what was committed before it, "latest" could go back (KIP-207). */
export const requireLatestKnown = (partition: Partition): void => {
  if (partition.core.isLatestOffsetKnown) return;
  throw new OttlaError(
    'OFFSET_NOT_AVAILABLE',
    `${partition.describe()} has just got a new leader: ask again`,
  );
};
