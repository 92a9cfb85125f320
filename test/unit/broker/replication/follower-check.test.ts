import { describe, expect, test } from 'vitest';
import {
  decideTruncation,
  findDivergence,
} from '../../../../src/broker/replication/follower-check.ts';
import { LeaderEpochHistory } from '../../../../src/log/leader-epoch-history.ts';
import { codeOfThrown } from '../harness/test-cluster.ts';

/** A log from its leader epochs: [epoch, first offset] pairs and its end. */
const logOf = (
  entries: ReadonlyArray<readonly [number, number]>,
  logEndOffset: number,
  logStartOffset = 0,
) => {
  const history = new LeaderEpochHistory(
    entries.map(([leaderEpoch, startOffset]) => ({ leaderEpoch, startOffset })),
  );
  return {
    logStartOffset,
    logEndOffset,
    endOffsetForEpoch: (epoch: number) => history.endOffsetFor(epoch, logEndOffset),
  };
};

describe('a leader', () => {
  const leader = logOf(
    [
      [1, 0],
      [3, 10],
      [6, 20],
    ],
    30,
  );
  const judge = (fetchOffset: number, lastFetchedEpoch: number) =>
    findDivergence(leader, { fetchOffset, lastFetchedEpoch });

  test('finds nothing wrong with a prefix of its own log', () => {
    expect(judge(0, -1)).toBeUndefined();
    expect(judge(10, 1)).toBeUndefined();
    expect(judge(15, 3)).toBeUndefined();
    expect(judge(30, 6)).toBeUndefined();
  });

  test('tells where an epoch ended that the follower has more of', () => {
    expect(judge(25, 3)).toEqual({ leaderEpoch: 3, endOffset: 20 });
  });

  test('tells the epoch below one that it never had (KIP-279)', () => {
    expect(judge(25, 5)).toEqual({ leaderEpoch: 3, endOffset: 20 });
  });

  test('tells it even where the ends are equal (KAFKA-10706)', () => {
    expect(judge(20, 4)).toEqual({ leaderEpoch: 3, endOffset: 20 });
  });

  test('answers out of range below its start before it looks for a divergence (KAFKA-12996)', () => {
    const short = logOf([[6, 20]], 30, 20);

    const act = (): unknown => findDivergence(short, { fetchOffset: 5, lastFetchedEpoch: 2 });

    expect(codeOfThrown(act)).toBe('OFFSET_OUT_OF_RANGE');
  });

  test('answers out of range beyond its end', () => {
    expect(codeOfThrown(() => judge(31, -1))).toBe('OFFSET_OUT_OF_RANGE');
  });
});

describe('a follower', () => {
  const own = logOf(
    [
      [1, 0],
      [2, 5],
      [4, 15],
    ],
    25,
  );

  test('cuts at the end that the leader has for an epoch that both know', () => {
    expect(decideTruncation(own, { leaderEpoch: 2, endOffset: 8 })).toBe(8);
  });

  test('cuts at its own end of that epoch, where the leader has more of it', () => {
    expect(decideTruncation(own, { leaderEpoch: 2, endOffset: 20 })).toBe(15);
  });

  test('cuts at the end of the largest smaller epoch, where it does not know the one told', () => {
    expect(decideTruncation(own, { leaderEpoch: 3, endOffset: 18 })).toBe(15);
  });

  test('never cuts beyond its end', () => {
    expect(decideTruncation(own, { leaderEpoch: 7, endOffset: 99 })).toBe(25);
  });
});
