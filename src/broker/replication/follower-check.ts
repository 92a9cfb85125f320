import { OttlaError } from '../../base/errors.ts';
import type { BrokerEpoch, FlushedOffset, LeaderEpoch, NodeId, Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';

/** Where a follower says that it stands. */
export interface FollowerPosition {
  readonly brokerId: NodeId;
  readonly brokerEpoch: BrokerEpoch;
  readonly session: object;
  readonly currentLeaderEpoch: LeaderEpoch;
  /** It has all below. */
  readonly fetchOffset: Offset;
  /** Leader epoch of its last batch; `NONE` for an empty log. */
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly flushedOffset: FlushedOffset;
  /** The first offset that it still holds. */
  readonly logStartOffset: Offset;
}

/** The leader's largest epoch not above the follower's, and where it ends (exclusive). */
export interface DivergingPoint {
  readonly leaderEpoch: LeaderEpoch;
  readonly endOffset: Offset;
}

/** What is asked of a log to compare it with another. */
export interface EpochLog {
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  endOffsetForEpoch(leaderEpoch: LeaderEpoch): DivergingPoint;
}

/**
 * Compares a follower's log with this leader's by leader epoch, never by high watermark. Before the
 * leader's start there is nothing to compare: out of range comes first (KAFKA-12996).
 */
export const findDivergence = (
  log: EpochLog,
  position: Pick<FollowerPosition, 'fetchOffset' | 'lastFetchedEpoch'>,
): DivergingPoint | undefined => {
  const { fetchOffset, lastFetchedEpoch } = position;
  if (fetchOffset < log.logStartOffset) throw outOfRange(log, fetchOffset);
  if (lastFetchedEpoch !== NONE) {
    const end = log.endOffsetForEpoch(lastFetchedEpoch);
    if (end.leaderEpoch === NONE) throw outOfRange(log, fetchOffset);
    if (end.leaderEpoch < lastFetchedEpoch || end.endOffset < fetchOffset) return end;
  }
  if (fetchOffset > log.logEndOffset) throw outOfRange(log, fetchOffset);
  return undefined;
};

/**
 * Where a follower cuts its log after a diverging answer: at the end that both know for that
 * epoch, or, without the epoch, where the largest smaller one ends here. May need several rounds
 * (KIP-279).
 */
export const decideTruncation = (log: EpochLog, leader: DivergingPoint): Offset => {
  const own = log.endOffsetForEpoch(leader.leaderEpoch);
  if (own.leaderEpoch === NONE) return Math.min(leader.endOffset, log.logEndOffset);
  if (own.leaderEpoch === leader.leaderEpoch) return Math.min(own.endOffset, leader.endOffset);
  return Math.min(own.endOffset, log.logEndOffset);
};

const outOfRange = (log: EpochLog, fetchOffset: Offset): OttlaError =>
  new OttlaError(
    'OFFSET_OUT_OF_RANGE',
    `the leader has offsets ${log.logStartOffset} to ${log.logEndOffset}, not ${fetchOffset}`,
  );

/** Throws FENCED or UNKNOWN when a caller's view is older or newer; -1 is not checked. */
export const requireEpoch = (asked: LeaderEpoch, own: LeaderEpoch, name: string): void => {
  if (asked === NONE || asked === own) return;
  throw new OttlaError(
    asked < own ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH',
    `${name} is at leader epoch ${own} here, not ${asked}`,
  );
};

/** The leader knows of no such replica, or not yet. */
export const noReplica = (name: string, brokerId: NodeId): OttlaError =>
  new OttlaError(
    'UNKNOWN_LEADER_EPOCH',
    `broker ${brokerId} is no replica of ${name} here: wait for metadata`,
  );
