import { describe, expect, test } from 'vitest';
import type { BacklogLimits } from '../../../../src/client/backlog/backlog-core.ts';
import { BacklogCore } from '../../../../src/client/backlog/backlog-core.ts';

const LIMITS: BacklogLimits = { above: { lagCount: 100 }, below: { lagCount: 50 }, forMs: 20 };

/** What is told of looks ten milliseconds apart, as `at lag`; undefined: not to be had. */
const told = (
  looks: readonly (number | undefined)[],
  limits: Partial<BacklogLimits> = {},
): string[] => {
  const core = new BacklogCore({ ...LIMITS, ...limits });
  return looks.flatMap((lagCount, at) => {
    const lag = lagCount === undefined ? undefined : { lagCount, lagMs: 0 };
    return core.onLook(lag, at * 10) ? [`${core.isHigh ? 'high' : 'low'} at ${at}`] : [];
  });
};

describe('a backlog', () => {
  test('becomes high when it was above its bound for long enough, once', () => {
    expect(told([0, 101, 101, 101, 101, 101])).toEqual(['high at 3']);
  });

  test('becomes low again at its lower bound only', () => {
    expect(told([101, 101, 101, 51, 51, 51, 50, 50, 50])).toEqual(['high at 2', 'low at 8']);
  });

  test('that is over its bound for a moment only stays low', () => {
    expect(told([101, 101, 100, 101, 101, 0])).toEqual([]);
  });

  test('that grows again before it was low for long enough stays high', () => {
    expect(told([101, 101, 101, 0, 0, 60, 0, 0])).toEqual(['high at 2']);
  });

  test('that cannot be looked at begins to count anew, and changes nothing', () => {
    expect(told([101, 101, undefined, 101, 101, 101, undefined])).toEqual(['high at 5']);
  });

  test('counts at once where it need not last', () => {
    expect(told([101, 50], { forMs: 0 })).toEqual(['high at 0', 'low at 1']);
  });

  test('is high by one bound, and low by both', () => {
    const above = { lagCount: 100, lagMs: 1000 };
    const core = new BacklogCore({ above, below: { lagCount: 50, lagMs: 500 }, forMs: 0 });

    const changes = [
      { lagCount: 1, lagMs: 1001 },
      { lagCount: 51, lagMs: 0 },
      { lagCount: 50, lagMs: 501 },
      { lagCount: 50, lagMs: 500 },
    ].map((lag, at) => core.onLook(lag, at));

    expect(changes).toEqual([true, false, false, true]);
  });

  test('whose age is not known is neither above a bound of time nor below it', () => {
    const limits = { above: { lagMs: 1000 }, below: { lagMs: 500 }, forMs: 0 };
    const core = new BacklogCore(limits);

    const changes = [undefined, 1001, undefined, 500].map((lagMs, at) =>
      core.onLook({ lagCount: 1, lagMs }, at),
    );

    expect(changes).toEqual([false, true, false, true]);
  });
});
