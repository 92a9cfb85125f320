import { describe, expect, it } from 'vitest';
import type { MarkedLog } from '../../../../src/broker/dedup/id-marks.ts';
import { IdMarks } from '../../../../src/broker/dedup/id-marks.ts';

const WINDOW_MS = 800_000;

/** A log written in one epoch. */
const logOf = (logEndOffset: number, leaderEpoch = 3): MarkedLog => ({
  logStartOffset: 0,
  logEndOffset,
  epochAt: () => leaderEpoch,
});

const noted = (...ends: readonly (readonly [endOffset: number, atMs: number])[]): IdMarks => {
  const marks = new IdMarks();
  for (const [endOffset, atMs] of ends) marks.note(logOf(endOffset), WINDOW_MS, atMs);
  return marks;
};

describe('the marks of a log', () => {
  it('say which part of it was appended before the window', () => {
    const marks = noted([10, 0], [20, 100_000], [30, 200_000]);

    expect(marks.endBefore(150_000)).toBe(20);
    expect(marks.endBefore(0)).toBe(0);
  });

  it('say by when a batch was appended: at the latest now', () => {
    const marks = noted([10, 0], [20, 100_000]);

    expect([5, 10, 11, 21].map((end) => marks.appendedBy(end, 777_000))).toEqual([
      0, 0, 100_000, 777_000,
    ]);
  });

  it('are made an eighth of the window apart, and where something was appended', () => {
    const marks = new IdMarks();
    const isMark = [
      marks.note(logOf(10), WINDOW_MS, 0),
      marks.note(logOf(20), WINDOW_MS, 99_999),
      marks.note(logOf(20), WINDOW_MS, 100_000),
      marks.note(logOf(20), WINDOW_MS, 300_000),
    ];

    expect(isMark).toEqual([true, false, true, false]);
  });

  it('are no more than the window needs', () => {
    const marks = new IdMarks();
    for (let round = 1; round <= 100; round += 1) {
      marks.note(logOf(round), WINDOW_MS, round * 100_000);
    }

    expect(marks.lines(10_000_000)).toHaveLength(10);
    expect(marks.endBefore(10_000_000 - WINDOW_MS)).toBe(91);
  });

  it('come back with their ages, whatever the clocks say by then', () => {
    const lines = noted([10, 0], [20, 100_000]).lines(150_000);
    const marks = new IdMarks();

    marks.load(lines, logOf(50), 7000);

    expect(marks.appendedBy(10, 7000)).toBe(7000 - 150_000);
    expect(marks.appendedBy(20, 7000)).toBe(7000 - 50_000);
  });

  it('of another history than that of the log come to nothing', () => {
    const lines = noted([10, 0], [20, 100_000]).lines(150_000);
    const [shorter, other] = [new IdMarks(), new IdMarks()];

    shorter.load(lines, logOf(15), 0);
    other.load(lines, logOf(50, 4), 0);

    expect(shorter.lines(0)).toEqual(['10 4 150000']);
    expect(other.lines(0)).toEqual([]);
  });

  it('that are none come to nothing', () => {
    const marks = new IdMarks();

    marks.load(['', '1 2', '1 2 x', '5 4 100'], logOf(50), 0);

    expect(marks.lines(0)).toEqual(['5 4 100']);
  });

  it('behind a cut go with it', () => {
    const marks = noted([10, 0], [20, 100_000]);

    marks.truncate(19);

    expect(marks.appendedBy(11, 5)).toBe(5);
  });
});

describe('the ids between marks', () => {
  /** A mark every 100 s at every hundredth offset, with so many ids before each but the first. */
  const counted = (...counts: readonly number[]): IdMarks => {
    const marks = noted(...counts.map((_, at) => [100 * (at + 1), 100_000 * (at + 1)] as const));
    const countIn = (startOffset: number): number => counts[startOffset / 100] as number;
    marks.count({ startOffset: 0, endOffset: 100 * counts.length, countIn });
    return marks;
  };

  const startOf = (marks: IdMarks, maxCount: number, oldestMs = 0): number =>
    marks.unread(logOf(550), { oldestMs, maxCount }).startOffset;

  it.each([
    ['what is behind the newest mark counts as nothing', 1, 300],
    ['no part is read where newer ones have enough', 5, 300],
    ['parts without ids cost nothing of the room', 6, 100],
    ['below the first mark each offset counts as one', 40, 70],
    ['no more is read than there is', 1000, 0],
  ])('%s', (_, maxCount, startOffset) => {
    expect(startOf(counted(7, 5, 0, 5), maxCount)).toBe(startOffset);
  });

  it('that lie below the window are not read, and nothing is said of them', () => {
    const marks = counted(1, 1, 1, 1);

    const unread = marks.unread(logOf(550), { oldestMs: 250_000, maxCount: 1000 });

    expect(unread).toEqual({ startOffset: 200, skippedFrom: undefined });
  });

  it('are passed over where there are more than there is room for, and known to be', () => {
    const unread = counted(5, 5, 5).unread(logOf(550), { oldestMs: 0, maxCount: 5 });

    expect(unread).toEqual({ startOffset: 200, skippedFrom: undefined });
  });

  it('may be passed over where nobody counted, which is said', () => {
    const marks = noted([100, 0], [200, 100_000]);

    const unread = marks.unread(logOf(550), { oldestMs: 0, maxCount: 150 });

    expect(unread).toEqual({ startOffset: 50, skippedFrom: 0 });
  });

  it('are counted only where all of them are known', () => {
    const marks = noted([100, 0], [200, 100_000], [300, 200_000]);

    marks.count({ startOffset: 150, endOffset: 300, countIn: () => 9 });
    marks.count({ startOffset: 100, endOffset: 299, countIn: () => 1 });

    expect(marks.lines(200_000)).toEqual([
      '100 4 200000',
      '200 4 100000',
      '200 1',
      '300 4 0',
      '300 9',
    ]);
  });

  it('come back with the marks, in lines that a release without counts takes for none', () => {
    const lines = counted(7, 5, 0).lines(300_000);
    const marks = new IdMarks();

    marks.load(lines, logOf(550), 0);

    expect(lines.filter((line) => line.split(' ').length === 3)).toEqual(
      noted([100, 100_000], [200, 200_000], [300, 300_000]).lines(300_000),
    );
    expect(marks.lines(0)).toEqual(lines);
  });

  it('are not known of a mark whose forerunner is gone', () => {
    const marks = new IdMarks();

    marks.load(['200 4 100', '200 5', '300 4 0', '300 0'], logOf(550), 0);

    expect(marks.lines(0)).toEqual(['200 4 100', '300 4 0', '300 0']);
    expect([0, 199, 200, 299, 300].map((offset) => marks.nextFrom(offset))).toEqual([
      0, 199, 300, 300, 300,
    ]);
  });
});
