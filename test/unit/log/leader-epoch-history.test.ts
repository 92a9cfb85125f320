import { describe, expect, it } from 'vitest';
import { NONE } from '../../../src/base/ids.ts';
import { LeaderEpochHistory } from '../../../src/log/leader-epoch-history.ts';

/** A history from pairs of epoch and start. */
const historyOf = (...pairs: ReadonlyArray<readonly [number, number]>): LeaderEpochHistory =>
  new LeaderEpochHistory(pairs.map(([leaderEpoch, startOffset]) => ({ leaderEpoch, startOffset })));

const pairsOf = (history: LeaderEpochHistory): number[][] =>
  history.all().map(({ leaderEpoch, startOffset }) => [leaderEpoch, startOffset]);

describe('LeaderEpochHistory', () => {
  it('knows epoch 0 as an epoch like any other', () => {
    const history = historyOf();

    history.assign(0, 0);

    expect(history.latestEpoch).toBe(0);
  });

  it('keeps the start of an epoch that is assigned again further on', () => {
    const history = historyOf([1, 0], [2, 10]);

    history.assign(2, 15);

    expect(pairsOf(history)).toEqual([
      [1, 0],
      [2, 10],
    ]);
  });

  it('drops entries that a new epoch contradicts', () => {
    const history = historyOf([1, 0], [3, 10], [5, 20]);

    history.assign(6, 10);

    expect(pairsOf(history)).toEqual([
      [1, 0],
      [6, 10],
    ]);
  });

  it('ends the latest epoch at the end of the log', () => {
    const history = historyOf([1, 0], [3, 10]);

    expect(history.endOffsetFor(3, 25)).toEqual({ leaderEpoch: 3, endOffset: 25 });
  });

  it('ends an earlier epoch where the next higher one begins', () => {
    const history = historyOf([1, 0], [3, 10]);

    expect(history.endOffsetFor(1, 25)).toEqual({ leaderEpoch: 1, endOffset: 10 });
  });

  it('answers for an epoch it skipped with the greatest one below', () => {
    const history = historyOf([1, 0], [3, 10]);

    expect(history.endOffsetFor(2, 25)).toEqual({ leaderEpoch: 1, endOffset: 10 });
  });

  it('answers for an epoch below the first with the first start', () => {
    const history = historyOf([3, 10], [4, 20]);

    expect(history.endOffsetFor(2, 25)).toEqual({ leaderEpoch: 2, endOffset: 10 });
  });

  it('cannot tell the end of an epoch above the latest', () => {
    const history = historyOf([3, 10]);

    expect(history.endOffsetFor(4, 25)).toEqual({ leaderEpoch: NONE, endOffset: NONE });
  });

  it('cannot tell anything while it is empty', () => {
    expect(historyOf().endOffsetFor(0, 0)).toEqual({ leaderEpoch: NONE, endOffset: NONE });
  });

  it('drops an epoch that begins exactly at the end of a truncation', () => {
    const history = historyOf([1, 0], [2, 10]);

    history.truncateFromEnd(10);

    expect(pairsOf(history)).toEqual([[1, 0]]);
  });

  it('lets the epoch in force at a new start begin there', () => {
    const history = historyOf([1, 0], [2, 10], [3, 20]);

    history.truncateFromStart(15);

    expect(pairsOf(history)).toEqual([
      [2, 15],
      [3, 20],
    ]);
  });

  it('comes back from its file as it was', () => {
    const history = historyOf([0, 0], [7, 1_000_000_000_000]);

    expect(LeaderEpochHistory.decode(history.encode(), 'f')).toEqual(history.all());
  });

  it('refuses a file whose epochs do not rise', () => {
    const bytes = historyOf([2, 0], [1, 10]).encode();

    expect(LeaderEpochHistory.decode(bytes, 'f')).toBeUndefined();
  });
});
