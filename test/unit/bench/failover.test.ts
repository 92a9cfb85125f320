import { describe, expect, it } from 'vitest';
import { gapAfter } from '../../../bench/measure-failover.ts';

const MEASURED = [1000, 9000] as const;

describe('gapAfter', () => {
  it('is the longest time without an acknowledgement that ended after the kill', () => {
    const gaps = [
      [1100, 1990],
      [1998, 2500],
      [3000, 3050],
    ] as const;

    expect(gapAfter({ measured: MEASURED, gaps }, 2000)).toBe(502);
  });

  it('refuses a kill before or after what was measured: its gap would be hidden', () => {
    const gaps = [[1998, 2500]] as const;

    for (const killedAtMs of [999, 9001]) {
      expect(() => gapAfter({ measured: MEASURED, gaps }, killedAtMs)).toThrow('was not killed');
    }
  });

  it('refuses a run that shows no gap: somebody else was killed', () => {
    const gaps = [[1100, 1990]] as const;

    expect(() => gapAfter({ measured: MEASURED, gaps }, 2000)).toThrow('no gap was seen');
  });
});
