import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Deadlines } from '../deadlines.ts';
import type { Partition, PartitionWatcher } from './partition.ts';

export interface DeleteRecords {
  /** All below go (exclusive); NONE: all that is committed. */
  readonly beforeOffset: Offset;
  /** How long to wait for the followers that live. */
  readonly timeoutMs: number;
}

/**
 * Deletes the records below an offset from a led partition and waits until no live replica has
 * them; returns the lowest first offset among those. Durable at the leader on return; a follower's
 * own start is checkpointed within a second. Errors: NOT_LEADER_OR_FOLLOWER, POLICY_VIOLATION where
 * the topic is compacted only, OFFSET_OUT_OF_RANGE above the high watermark, OFFSET_NOT_AVAILABLE
 * while a new leader does not know it, REQUEST_TIMED_OUT (the records are gone here, and will be
 * from every replica).
 */
export const deleteRecords = async (
  partition: Partition,
  { beforeOffset, timeoutMs }: DeleteRecords,
  deadlines: Deadlines,
): Promise<Offset> => {
  partition.requireLeader();
  const { leaderEpoch } = partition.core;
  const startOffset = decideStart(partition, beforeOffset);
  await settle(partition, startOffset, timeoutMs);
  partition.log.raiseLogStart(startOffset);
  partition.notifyLogStart();
  // Before that a crash brings the old start back, with all that lies behind it.
  await partition.log.saveMarks();
  const isEnded = (): boolean =>
    !partition.isLeader || partition.core.leaderEpoch !== leaderEpoch || isDone();
  const isDone = (): boolean => partition.core.lowWatermark >= startOffset;
  await until(partition, { isEnded, timeoutMs, deadlines });
  partition.requireLeader();
  if (isDone()) return partition.core.lowWatermark;
  throw new OttlaError(
    'REQUEST_TIMED_OUT',
    `records of ${partition.describe()} below ${startOffset} are deleted here, and not yet on every follower after ${timeoutMs} ms: they will be`,
  );
};

/** What waits below is held anew behind it first: deleting records cancels nothing. */
const settle = async (
  partition: Partition,
  startOffset: Offset,
  timeoutMs: number,
): Promise<void> => {
  const { delays, log } = partition;
  if (delays === undefined && !log.config.delayEnable) return;
  if ((await delays?.untilSettled(startOffset, timeoutMs)) === true) return;
  partition.requireLeader();
  throw new OttlaError(
    'REQUEST_TIMED_OUT',
    `delayed records of ${partition.describe()} below ${startOffset} were not held anew within ${timeoutMs} ms: try again`,
  );
};

const decideStart = (partition: Partition, beforeOffset: Offset): Offset => {
  const { highWatermark, log } = partition;
  if (log.config.cleanupPolicy === 'compact') {
    throw new OttlaError(
      'POLICY_VIOLATION',
      `${partition.describe()} is compacted: add delete to its cleanup.policy, or write tombstones`,
    );
  }
  if (beforeOffset >= 0 && beforeOffset <= highWatermark) return beforeOffset;
  // What was committed before this leader's time may lie above what it knows to be.
  if (beforeOffset >= NONE && !partition.core.isLatestOffsetKnown) {
    throw new OttlaError(
      'OFFSET_NOT_AVAILABLE',
      `${partition.describe()} has just got a new leader: ask again`,
    );
  }
  if (beforeOffset === NONE) return highWatermark;
  throw new OttlaError(
    'OFFSET_OUT_OF_RANGE',
    `${partition.describe()} is committed up to ${highWatermark}: nothing can be deleted up to ${beforeOffset}`,
  );
};

interface Wait {
  readonly isEnded: () => boolean;
  readonly timeoutMs: number;
  readonly deadlines: Deadlines;
}

/** Resolves when the wait has ended by what the partition tells, or by time. */
const until = (partition: Partition, { isEnded, timeoutMs, deadlines }: Wait): Promise<void> =>
  new Promise((resolve) => {
    if (isEnded()) return resolve();
    const end = (): void => {
      deadline.cancel();
      partition.unwatch(watcher);
      resolve();
    };
    const look = (): void => {
      if (isEnded()) end();
    };
    const watcher: PartitionWatcher = { onLogStart: look, onLeadership: look };
    const deadline = deadlines.add(timeoutMs, end);
    partition.watch(watcher);
  });
