import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { simulate } from './simulate.ts';
import { describeFailure } from './swarm.ts';

/** The first ones, and every one that has ever found something: see docs/reliability.md. */
const SEEDS = [1, 2, 4, 14, 16, 106, 1181, 3296];

describe('a cluster under a swarm of faults', () => {
  it.each(SEEDS)(
    'keeps every property, and is whole again when they end (seed %i)',
    async (seed) => {
      const plan = planOf(seed);

      const result = await simulate(plan);

      const failure = result.violation === undefined ? [] : describeFailure(plan, result);
      expect(failure).toEqual([]);
      expect(result.acknowledgedCount).toBeGreaterThan(0);
    },
  );
});
