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
