import { describe, expect, it } from 'vitest';
import { ALL_ROWS, COST_ROWS } from '../../../bench/cost-matrix.ts';
import { BASE, TARGET_ROWS } from '../../../bench/matrix.ts';
import { regressionsOf } from '../../../bench/regressions.ts';
import { barChart } from '../../../bench/report/bars.ts';
import { barsOf, renderPage } from '../../../bench/report/page.ts';
import type { RowResult } from '../../../bench/result.ts';
import { resultOf } from '../../../bench/result.ts';
import { judge, TARGETS } from '../../../bench/targets.ts';

const result = (
  name: string,
  figure: string,
  [ottla, kafka]: readonly [readonly number[], readonly number[]],
): RowResult => {
  const row = { name, kind: 'produce', load: BASE, pairs: 5, recordCount: 1 } as const;
  const runs = (values: readonly number[]) => values.map((it) => ({ figures: { [figure]: it } }));
  return resultOf({ row, ottla: runs(ottla), kafka: runs(kafka) });
};

const five = (value: number): number[] => Array(5).fill(value);

const judged = (name: string, results: readonly RowResult[]) =>
  judge(results).find((target) => target.name === name);

describe('judge', () => {
  it('finds every row that a target speaks of among those that are measured for it', () => {
    const rows = [...TARGET_ROWS, ...COST_ROWS].map((row) => {
      const names = ['recordsPerSecond', 'recordsPerCpuSecond', 'ackP99Ms', 'endToEndP99Ms'];
      const others = ['roundP50Ms', 'firstAckMs', 'rssMb', 'manyPartitionsRssMb', 'gapMs'];
      const figures = Object.fromEntries([...names, ...others].map((name) => [name, 1]));
      return resultOf({ row, ottla: [{ figures }], kafka: [{ figures }] });
    });

    expect(judge(rows).filter(({ ratio }) => ratio === undefined)).toEqual([]);
    expect(ALL_ROWS).toEqual(expect.arrayContaining([...TARGET_ROWS, ...COST_ROWS]));
  });

  it('does not count what was not measured as met', () => {
    expect(judge([]).filter(({ met }) => met)).toEqual([]);
    expect(judge([])).toHaveLength(TARGETS.length);
  });

  it('meets an at least by its median, with an interval from 0.95 of the limit on', () => {
    const near = result('produce', 'recordsPerSecond', [[0.95, 1, 1, 1, 1], five(1)]);
    const wide = result('produce', 'recordsPerSecond', [[0.94, 1, 1, 1, 1], five(1)]);

    expect(judged('produce', [near])).toMatchObject({ ratio: 1, limit: 1, met: true });
    expect(judged('produce', [wide])).toMatchObject({ ratio: 1, limit: 1, met: false });
  });

  it('meets an at most by its median, with an interval below 1.05 of the limit', () => {
    const near = result('idle', 'rssMb', [[0.36, 0.35, 0.3, 0.3, 0.3], five(1)]);
    const wide = result('idle', 'rssMb', [[0.37, 0.35, 0.3, 0.3, 0.3], five(1)]);

    expect(judged('idle RSS', [near])).toMatchObject({ ratio: 0.3, met: true });
    expect(judged('idle RSS', [wide])).toMatchObject({ ratio: 0.3, met: false });
  });

  it('misses by its median, though all of the interval is within the tolerance', () => {
    const slow = result('produce', 'recordsPerSecond', [five(0.96), five(1)]);
    const large = result('idle', 'rssMb', [five(0.36), five(1)]);

    expect(judged('produce', [slow])).toMatchObject({ ratio: 0.96, met: false });
    expect(judged('idle RSS', [large])).toMatchObject({ ratio: 0.36, met: false });
  });

  it("sets many partitions against the same system's one, and tells the peer's ratio", () => {
    const one = result('produce', 'recordsPerSecond', [five(10), five(5)]);
    const hundred = result('produce, 100 partitions', 'recordsPerSecond', [five(9), five(4)]);

    const target = judged('100 partitions against its own 1', [one, hundred]);

    expect(target).toMatchObject({ ratio: 0.9, kafkaRatio: 0.8, met: true });
  });

  it('holds nothing against a row of another run, and tells the run of what it judges', () => {
    const from = (run: string) => ({ run, commit: 'abc', loadAfter: 1, tookSeconds: 1 });
    const one = { ...result('produce', 'recordsPerSecond', [five(1), five(1)]), from: from('a') };
    const name = 'produce, 100 partitions';
    const hundred = { ...result(name, 'recordsPerSecond', [five(1), five(1)]), from: from('b') };

    const target = judged('100 partitions against its own 1', [one, hundred]);

    expect(target?.ratio).toBeUndefined();
    expect(judged('produce', [one, hundred])?.from).toEqual(from('a'));
  });
});

describe('regressionsOf', () => {
  const of = (figure: string, value: number): RowResult[] => [
    result('a row', figure, [[value], [1]]),
  ];
  const found = (figure: string, before: number, after: number): number =>
    regressionsOf(of(figure, before), of(figure, after)).regressions.length;

  it('takes throughput below 0.9 for a regression, and 0.9 not', () => {
    expect([found('recordsPerSecond', 100, 90), found('recordsPerSecond', 100, 89)]).toEqual([
      0, 1,
    ]);
  });

  it('takes p99 and memory above 1.25 for one, and 1.25 not', () => {
    for (const figure of ['ackP99Ms', 'rssMb', 'manyPartitionsRssMb']) {
      expect([found(figure, 100, 125), found(figure, 100, 126)]).toEqual([0, 1]);
    }
  });

  it('gates no delays that are told of the broker itself', () => {
    expect([found('gcPauseP99Ms', 1, 9), found('loopDelayP99Ms', 1, 9)]).toEqual([0, 0]);
  });

  it('compares nothing where the runs have no row in common', () => {
    const earlier = [result('another row', 'rssMb', [[1], [1]])];

    expect(regressionsOf(earlier, of('rssMb', 9))).toEqual({ count: 0, regressions: [] });
  });
});

describe('the report', () => {
  const rows = [result('a < b', 'recordsPerSecond', [five(50), five(100)])];
  const machine = { node: 'v20', cpu: 'a cpu', cores: 2 };
  const run = { at: '2026-01-02T03', commit: 'abc', machine, versions: {}, loadBefore: 0.1, rows };

  it('draws both systems to one scale, and escapes what is text', () => {
    const svg = barChart('Rate', barsOf(rows, 'recordsPerSecond'), String);

    expect(svg).toContain('a &lt; b');
    expect([...svg.matchAll(/width="(\d+)" height="12"/g)].map((it) => Number(it[1]))).toEqual([
      185, 370,
    ]);
  });

  it('names commit, machine and missed targets, and shows only charts that have bars', () => {
    const page = renderPage(run, judge(rows));

    expect(page).toContain('Commit abc, Node v20');
    expect(page).toContain('| idle RSS | not measured | at most 0.35 | **no** |');
    expect(page).toContain('performance/throughput.svg');
    expect(page).not.toContain('performance/ack-p99.svg');
  });

  it("tells which share of the machine's limit a row that produces comes to, where it was measured", () => {
    const seconds = { receiveSecondsPerGb: 0.5, crcSecondsPerGb: 0.2, appendSecondsPerGb: 0.3 };
    const ceiling = { ...seconds, megabytesPerCpuSecond: 1000 };
    const row = result('produce', 'cpuSecondsPerGb', [[2], [4]]);

    const page = renderPage({ ...run, ceiling, rows: [row] }, []);

    expect(page).toContain('0.5 + 0.2 + 0.3 s');
    expect(page).toContain('MB a CPU second | 50 % | 25 % |');
    expect(renderPage(run, [])).not.toContain("machine's own limit");
  });
});
