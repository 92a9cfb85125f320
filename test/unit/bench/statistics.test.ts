import { describe, expect, it } from 'vitest';
import { median, medianInterval, pairedRatios, spread } from '../../../bench/statistics.ts';

describe('median', () => {
  it('is the middle value in order of size, not of arrival', () => {
    expect(median([10, 2, 9])).toBe(9);
  });

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it('is not a number where there are no values', () => {
    expect(median([])).toBeNaN();
  });
});

describe('spread', () => {
  it('reaches from the smallest to the largest, as numbers', () => {
    expect(spread([9, 10, 2])).toEqual({ low: 2, high: 10 });
  });
});

describe('pairedRatios', () => {
  it('divides each run by that of its own pair', () => {
    expect(pairedRatios([10, 30], [5, 60])).toEqual([2, 0.5]);
  });

  it('leaves out a run whose pair is missing', () => {
    expect(pairedRatios([10, 30], [5])).toEqual([2]);
  });
});

describe('medianInterval', () => {
  it('is all of five values, which hold the median with 94 %', () => {
    expect(medianInterval([3, 1, 5, 2, 4])).toEqual({ low: 1, high: 5 });
  });

  it('is not there for four values, which hold it with 87.5 % only', () => {
    expect(medianInterval([1, 2, 3, 4])).toBeUndefined();
  });

  it('leaves out one at either end of eight values, and none of seven', () => {
    expect(medianInterval([1, 2, 3, 4, 5, 6, 7, 8])).toEqual({ low: 2, high: 7 });
    expect(medianInterval([1, 2, 3, 4, 5, 6, 7])).toEqual({ low: 1, high: 7 });
  });
});
