import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { simulate } from './simulate.ts';

describe('the simulator', () => {
  it('does the same again for the same seed, and something else for another', async () => {
    const plan = { ...planOf(12), safetyMs: 20_000 };

    const first = await simulate(plan);
    const second = await simulate(plan);
    const other = await simulate({ ...planOf(13), safetyMs: 5000 });

    expect(second.traceHash).toBe(first.traceHash);
    expect(other.traceHash).not.toBe(first.traceHash);
  });
});
