import { OttlaError } from '../base/errors.ts';
import type { FlushedOffset, Offset, PartitionId, TopicId } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import { sleep } from '../env/clock.ts';
import type { Disk } from '../env/disk.ts';
import type { Logger } from '../env/logger.ts';
import type { BatchCache } from './batch-cache.ts';
import type { DirectoryHealth } from './directory-health.ts';
import type { FlushQueue } from './flusher.ts';
import type { LeaderEpochHistory } from './leader-epoch-history.ts';
import type { ProducerStates } from './producer-state.ts';
import type { SegmentList } from './segment-list.ts';

/** What the logs of one directory share. */
export interface LogContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly health: DirectoryHealth;
  readonly flusher: FlushQueue;
  readonly cache: BatchCache;
  /**
   * Resolves when every log's flushed offset and start, as they are at the call, are checkpointed.
   */
  readonly saveMarks: () => Promise<void>;
  /** Flushed offset or start have moved: checkpoint them some time soon. */
  readonly onMarksMoved: () => void;
}

export interface LogIdentity {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
  readonly directory: string;
}

/** A log as recovery found it. */
export interface LogState {
  readonly segments: SegmentList;
  readonly logStartOffset: Offset;
  readonly flushedOffset: FlushedOffset;
  readonly epochs: LeaderEpochHistory;
  /** The epoch file says what `epochs` does. */
  readonly areEpochsDurable: boolean;
  readonly producers: ProducerStates;
  /** Exclusive: compacted up to here; 0 where it never was. */
  readonly cleanEndOffset: Offset;
}

export const notAvailable = (reason: string): OttlaError =>
  new OttlaError('REPLICA_NOT_AVAILABLE', `${reason}: try again`);

const ROOM_RETRY_MS = 1000;

/**
 * Checkpoints a mark that was lowered, before what it covered is cut: a start would take a log that
 * ends below its mark for damaged, and set a whole copy aside. On a full disk it waits for room;
 * until then nothing is cut, and a crash leaves the log as it was. Throws REPLICA_NOT_AVAILABLE,
 * with nothing cut, when the log is closed meanwhile.
 */
export const saveLoweredMarks = async (
  context: LogContext,
  name: string,
  isClosed: () => boolean,
): Promise<void> => {
  for (let isTold = false; ; isTold = true) {
    try {
      return await context.saveMarks();
    } catch (error) {
      if (!(error instanceof OttlaError) || error.code !== 'DISK_FULL') throw error;
    }
    if (!isTold) context.logger.warn('disk is full: a log waits for room to be cut', { log: name });
    await sleep(context.clock, ROOM_RETRY_MS);
    if (isClosed()) throw notAvailable(`${name} was closed before it was cut`);
  }
};
