import { readInt64At } from '../../base/bytes/big-endian.ts';
import { errorCodeOf } from '../../base/errors.ts';
import type { LeaderEpoch } from '../../base/ids.ts';
import type { ReplicaDownPartition } from '../../gen/ottla.ts';
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
  if (bytes.length > 0 && readInt64At(bytes, 0) < partition.log.logEndOffset) {
    // Sent twice, because two fetches crossed: what is here already is not appended again, and
    // never a reason to cut what came after it.
    return 'next';
  }
  if (bytes.length > 0) partition.appendFromLeader(bytes, leaderEpoch);
  const hasNewStart = partition.onLeaderOffsets(news.highWatermark, news.logStartOffset);
  if (bytes.length > 0) return 'next';
  return hasNewStart ? 'tell' : 'done';
};

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
