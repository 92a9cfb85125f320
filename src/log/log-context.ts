import { OttlaError } from '../base/errors.ts';
import type { Offset, PartitionId, SettledOffset, TopicId } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Disk } from '../env/disk.ts';
import type { Logger } from '../env/logger.ts';
import type { BatchCache } from './batch-cache.ts';
import type { DirectoryHealth } from './directory-health.ts';
import type { FlushQueue } from './flushable-log.ts';
import type { LeaderEpochHistory } from './leader-epoch-history.ts';
import type { ProducerStates } from './producer-state.ts';
import type { AheadRoom } from './read-ahead.ts';
import type { ReadBuffers } from './read-buffers.ts';
import type { SegmentList } from './segment-list.ts';

/** What the logs of one directory share. */
export interface LogContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly health: DirectoryHealth;
  readonly flusher: FlushQueue;
  readonly cache: BatchCache;
  readonly readBuffers: ReadBuffers;
  readonly aheadRoom: AheadRoom;
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
  readonly settledOffset: SettledOffset;
  readonly epochs: LeaderEpochHistory;
  /** Inclusive: from where on the epoch file may say less than `epochs`; undefined: it does not. */
  readonly unsavedEpochsFrom: Offset | undefined;
  readonly producers: ProducerStates;
  /** Exclusive: compacted up to here; 0 where it never was. */
  readonly cleanEndOffset: Offset;
}

export const notAvailable = (reason: string): OttlaError =>
  new OttlaError('REPLICA_NOT_AVAILABLE', `${reason}: try again`);
