import { describe, expect, it } from 'vitest';
import { TARGET_ROWS } from '../../../bench/matrix.ts';
import { describeRow, short } from '../../../bench/print.ts';
import { compare, resultOf } from '../../../bench/result.ts';

const [row] = TARGET_ROWS;
if (row === undefined) throw new Error('there are no rows');

describe('compare', () => {
  it('tells the ratio of the medians and the paired ratios apart', () => {
    const comparison = compare([10, 20, 60], [10, 5, 60]);

    expect(comparison.ratio).toBe(2);
    expect(comparison.ratios).toEqual([1, 4, 1]);
  });

  it('has an interval from five pairs on', () => {
    expect(compare([1, 2, 3, 4], [1, 1, 1, 1]).interval).toBeUndefined();
    expect(compare([1, 2, 3, 4, 10], [1, 1, 1, 1, 2]).interval).toEqual({ low: 1, high: 5 });
  });

  it('has no ratio to a median of zero, which no file could keep', () => {
    expect(compare([0], [0])).not.toHaveProperty('ratio');
  });

  it('has no ratio where one system was not measured', () => {
    expect(compare([10, 20], [])).toEqual({ ottla: { median: 15, spread: { low: 10, high: 20 } } });
  });
});

describe('resultOf', () => {
  it('keeps the runs there were, and why there are no more', () => {
    const result = resultOf({ row, ottla: [{ figures: { a: 1 } }], kafka: [], notRun: 'it broke' });

    expect(result.notRun).toBe('it broke');
    expect(result.figures['a']?.ottla?.median).toBe(1);
    expect(describeRow(result)).toEqual([row.name, '  not run: it broke', expect.any(String)]);
  });
});

describe('resultOf a row of latencies', () => {
  it('takes percentiles of the histograms of all runs together', () => {
    const runOf = (valueUs: number, count: number) => ({
      figures: {},
      histograms: { ack: [[valueUs, count]] as const },
    });
    const runs = [runOf(1000, 98), runOf(9000, 2)];

    const { merged } = resultOf({ row: { ...row, kind: 'latency' }, ottla: runs, kafka: [] });

    expect(merged?.ottla['ack']).toEqual({ p50Ms: 1, p99Ms: 9, p999Ms: 9, maxMs: 9 });
  });
});

describe('short', () => {
  it('keeps three digits, and sets thousands apart', () => {
    expect([0.012345, 9.876, 123.4, 1_234_567.8].map(short)).toEqual([
      '0.0123',
      '9.88',
      '123',
      '1,234,568',
    ]);
  });
});
