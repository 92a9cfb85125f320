import { describe, expect, it } from 'vitest';
import { merge, percentile, percentilesOf } from '../../../bench/histogram.ts';

describe('merge', () => {
  it('adds counts of equal values, and orders by value as numbers', () => {
    const merged = merge([
      [
        [9, 1],
        [100, 2],
      ],
      [
        [9, 3],
        [20, 1],
      ],
    ]);

    expect(merged).toEqual([
      [9, 4],
      [20, 1],
      [100, 2],
    ]);
  });
});

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => [at + 1, 1] as const);

  it('is the value that so many of a hundred are at or below', () => {
    expect([0, 50, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([
      1, 50, 99, 100,
    ]);
  });

  it('is no number where nothing was counted', () => {
    expect(percentile([], 50)).toBeNaN();
  });
});

describe('percentilesOf', () => {
  it('tells ms of us', () => {
    const histogram = [
      [1500, 999],
      [70_000, 1],
    ] as const;

    expect(percentilesOf(histogram)).toEqual({ p50Ms: 1.5, p99Ms: 1.5, p999Ms: 1.5, maxMs: 70 });
  });
});
