import { describe, expect, it } from 'vitest';
import { bucketsOf, inBuckets, pauseFiguresOf, pausesOf, sinceOf } from '../../../bench/pauses.ts';

const PAGE = `gc_seconds_bucket{le="0.001",kind="minor"} 3
gc_seconds_bucket{le="0.01",kind="minor"} 5
gc_seconds_bucket{le="+Inf",kind="minor"} 5
gc_seconds_bucket{le="0.001",kind="major"} 1
gc_seconds_bucket{le="0.01",kind="major"} 1
gc_seconds_bucket{le="+Inf",kind="major"} 2
`;

const LOG = `[0.010s][info][gc] Using G1
[1.234s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 23M->4M(256M) 3.456ms
[1.300s][info][gc] GC(1) Concurrent Mark Cycle
[1.400s][info][gc] GC(1) Pause Remark 12M->12M(256M) 0.500ms
[1.500s][info][gc] GC(1) Concurrent Mark Cycle 200.000ms
`;

describe('bucketsOf', () => {
  it('counts what each bucket holds alone, over all labels', () => {
    expect(bucketsOf(PAGE, 'gc_seconds')).toEqual([
      [1000, 4],
      [10_000, 2],
      [Number.POSITIVE_INFINITY, 1],
    ]);
  });
});

describe('pausesOf', () => {
  it('takes pauses of a JVM’s log, and no work that goes on beside the program', () => {
    expect(pausesOf(LOG)).toEqual([3456, 500]);
  });
});

describe('inBuckets', () => {
  it('counts a value at a bound in the bucket that ends there', () => {
    expect(inBuckets([1, 2, 3], [2, 4])).toEqual([
      [2, 2],
      [4, 1],
    ]);
  });
});

describe('pauseFiguresOf', () => {
  it('tells of what came between two readings, by upper bounds', () => {
    const before = [
      [1000, 5],
      [2000, 0],
    ] as const;
    const after = [
      [1000, 6],
      [2000, 3],
    ] as const;

    expect(pauseFiguresOf(sinceOf(before, after))).toEqual({
      gcPauseP50Ms: 2,
      gcPauseP99Ms: 2,
      gcPauseMaxMs: 2,
    });
  });

  it('is nothing where there was no pause', () => {
    expect(pauseFiguresOf([[1000, 0]])).toEqual({});
  });
});
