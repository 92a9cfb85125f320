/** The small parts: majorities, the log's index arithmetic, the printed lines. */
import { describe, expect, test } from 'vitest';
import { describeMessage, describeNode } from '../../../../src/raft/core/describe.ts';
import { decideVote, majorityIndex, majorityOf } from '../../../../src/raft/core/quorum.ts';
import { RaftLog } from '../../../../src/raft/core/raft-log.ts';
import { append, logOf, SoloNode, vote } from './fixture.ts';

describe('majorities', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
  ])('of %i voters it takes %i', (voterCount, needed) => {
    expect(majorityOf(voterCount)).toBe(needed);
  });

  test.each([
    { indexes: [7], reached: 7 },
    { indexes: [7, 3], reached: 3 },
    { indexes: [1, 9, 4], reached: 4 },
    { indexes: [9, 9, 1, 1], reached: 1 },
    { indexes: [10, 9, 8, 2, 1], reached: 8 },
  ])('of $indexes a majority reached $reached', ({ indexes, reached }) => {
    expect(majorityIndex(indexes)).toBe(reached);
  });

  test.each([
    { granted: [1], refused: [], outcome: 'pending' },
    { granted: [1, 2], refused: [3], outcome: 'won' },
    { granted: [1], refused: [2, 3], outcome: 'lost' },
    { granted: [1, 8, 9], refused: [2], outcome: 'pending' },
  ])('of three, granted by $granted and refused by $refused: $outcome', (given) => {
    const votes = new Map<number, boolean>();
    for (const voter of given.granted) votes.set(voter, true);
    for (const voter of given.refused) votes.set(voter, false);

    expect(decideVote([1, 2, 3], votes)).toBe(given.outcome);
  });

  test('of four, two refusals decide nothing for two grants but end the election', () => {
    const votes = new Map([
      [1, true],
      [2, true],
      [3, false],
      [4, false],
    ]);

    expect(decideVote([1, 2, 3, 4], votes)).toBe('lost');
  });
});

describe('the log', () => {
  const cut = RaftLog.restore({ index: 3, term: 2 }, logOf(1, 2, 2, 3, 3).slice(3));

  test.each([
    { index: 2, term: undefined, why: 'cut away' },
    { index: 3, term: 2, why: 'the base' },
    { index: 4, term: 3, why: 'held' },
    { index: 5, term: 3, why: 'the last' },
    { index: 6, term: undefined, why: 'not there yet' },
  ])('the term at $index is $term ($why)', ({ index, term }) => {
    expect(cut.termAt(index)).toBe(term);
  });

  test.each([
    { limit: 9, term: 9, index: 5 },
    { limit: 4, term: 3, index: 4 },
    { limit: 5, term: 2, index: 3 },
    { limit: 5, term: 1, index: 3 },
    { limit: 1, term: 1, index: 3 },
  ])('the newest at most ($limit, t$term) is $index', ({ limit, term, index }) => {
    expect(cut.newestAtMost(limit, term).index).toBe(index);
  });

  test.each([
    { maxBytes: 0, indexes: [4] },
    { maxBytes: 3, indexes: [4] },
    { maxBytes: 4, indexes: [4, 5] },
  ])('a slice of $maxBytes bytes holds $indexes', ({ maxBytes, indexes }) => {
    expect(cut.slice(4, 5, maxBytes).map((entry) => entry.index)).toEqual(indexes);
  });

  test('stored entries below the snapshot serve as a trailing window', () => {
    const log = RaftLog.restore({ index: 3, term: 2 }, logOf(1, 2, 2, 3));

    expect([log.firstIndex, log.lastIndex, log.snapshot.index]).toEqual([2, 4, 3]);
  });

  test('what the snapshot covers cannot be truncated', () => {
    const log = RaftLog.restore({ index: 3, term: 2 }, logOf(1, 2, 2, 3));

    expect(() => log.truncateFrom(3)).toThrow(/not in a snapshot/);
    expect(log.lastIndex).toBe(4);
  });
});

describe('printed lines', () => {
  test('a message prints in one line, without its payload', () => {
    expect(describeMessage(append(3, logOf(1, 1), { commitIndex: 1 }))).toBe(
      'append from 2 t3 after 0/t0 +2 commit 1',
    );
    expect(describeMessage(vote(3, 2, { index: 7, term: 2 }))).toBe('vote from 2 t3 last 7/t2');
  });

  test('a node prints in one line', () => {
    const node = new SoloNode({ entries: logOf(1, 1) });

    expect(describeNode(node.status)).toBe(
      'node 1 follower t1, leader unknown, log 1..2/t1, persisted 2 commit 0, ' +
        'applied 0 snapshot 0, voters 1,2,3',
    );
  });
});
