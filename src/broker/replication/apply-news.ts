import { errorCodeOf } from '../../base/errors.ts';
import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import type { ReplicaDownPartition } from '../../gen/ottla.ts';
import { nextOffsetOf, readBatchHeader } from '../../record/batch-header.ts';
import { decideTruncation } from './follower-check.ts';
import type { Partition } from './partition.ts';

/**
 * `next`: name the partition in the next fetch. `tell`: in one of its own, at once. `done`: nothing
 * to name. `retry`: name it a little later. A promise: the log is being cut, name it when that has
 * resolved.
 */
export type NewsOutcome = 'next' | 'tell' | 'done' | 'retry' | Promise<void>;

export interface FollowedEpoch {
  readonly partition: Partition;
  readonly leaderEpoch: LeaderEpoch;
}

/**
 * What a follower does with one partition of a leader's message. Data and high watermark that come
 * with a divergence are discarded: they belong to a log that this one has left (KAFKA-14704).
 */
export const applyNews = (
  { partition, leaderEpoch }: FollowedEpoch,
  news: ReplicaDownPartition,
  bytes: Uint8Array,
): NewsOutcome => {
  if (partition.core.role !== 'follower' || partition.core.leaderEpoch !== leaderEpoch) {
    return 'done';
  }
  if (news.errorCode !== 0) return onError({ partition, leaderEpoch }, news);
  if (news.leaderEpoch !== leaderEpoch) return 'retry';
  if (news.diverging !== undefined) {
    const endOffset = decideTruncation(partition.log, news.diverging);
    return partition.truncateTo(Math.max(endOffset, partition.log.logStartOffset), leaderEpoch);
  }
  if (bytes.length > 0 && isHere(bytes, partition.log.logEndOffset)) return 'next';
  if (bytes.length > 0) partition.appendFromLeader(bytes, leaderEpoch);
  const hasNewStart = partition.onLeaderOffsets(news.highWatermark, news.logStartOffset);
  if (bytes.length > 0) return 'next';
  return hasNewStart ? 'tell' : 'done';
};

/**
 * Sent twice, because two fetches crossed: what is here already is not appended again, and never a
 * reason to cut what came after it. A batch that goes on beyond the end is not: the leader's log
 * may start within it, and one that begins anew there needs it (KAFKA-6975).
 */
const isHere = (bytes: Uint8Array, logEndOffset: Offset): boolean =>
  nextOffsetOf(readBatchHeader(bytes)) <= logEndOffset;

const onError = (
  { partition, leaderEpoch }: FollowedEpoch,
  news: ReplicaDownPartition,
): NewsOutcome => {
  const isOutOfRange = errorCodeOf(news.errorCode) === 'OFFSET_OUT_OF_RANGE';
  if (!isOutOfRange || news.leaderEpoch !== leaderEpoch) return 'retry';
  const { logEndOffset } = partition.log;
  if (logEndOffset < news.logStartOffset)
    return partition.resetTo(news.logStartOffset, leaderEpoch);
  if (logEndOffset > news.logEndOffset) {
    return partition.truncateTo(
      Math.max(news.logEndOffset, partition.log.logStartOffset),
      leaderEpoch,
    );
  }
  return 'retry';
};
