import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { seedsAsked } from './seeds.ts';
import { simulate } from './simulate.ts';
import { describeFailure } from './swarm.ts';

describe('a cluster under a swarm of faults', () => {
  it.each(seedsAsked(process.env['SIM_SEEDS']))(
    'keeps every property, and is whole again when they end (seed %i)',
    async (seed) => {
      const plan = planOf(seed);

      const result = await simulate(plan);

      const failure =
        result.violation === undefined ? [] : describeFailure({ seed, reduction: {} }, result);
      // As the message, too: an assertion cuts what it compares after forty characters.
      expect(failure.join('\n'), failure[0]).toBe('');
      expect(result.acknowledgedCount).toBeGreaterThan(0);
    },
  );
});
