import { must } from '../../../src/base/assert.ts';
import { sleep } from '../../../src/env/clock.ts';
import { attempt } from './admin-faults.ts';
import type { FaultAction } from './fault.ts';

const TIMEOUT_MS = 20_000;

/**
 * Operators at work: brokers are made even, or no longer; one is cordoned, drained or left, and
 * taken back later. A broker that others are too few for is refused, as it should be.
 */
export const operate: FaultAction = (scene) => {
  const { world, random, durationMs } = scene;
  const { balance, brokers } = world.client('admin').sdk.admin();
  const options = { timeoutMs: TIMEOUT_MS };
  const { brokers: ids } = world.shape;
  const brokerId = must(ids[random.below(ids.length)], 'there is a broker');
  const verb = (['cordon', 'drain', 'decommission', 'decommission'] as const)[random.below(4)];
  if (random.chance(1, 3)) {
    attempt(scene, 'balance', balance.apply(options));
    return true;
  }
  if (verb === undefined || random.chance(1, 4)) {
    attempt(scene, 'cancel-balance', balance.cancel(options));
    return true;
  }
  const work = async (): Promise<void> => {
    try {
      await brokers[verb](brokerId, options);
      await sleep(world.clock, durationMs);
    } finally {
      await brokers.uncordon(brokerId, options);
    }
  };
  attempt(scene, verb, work());
  return true;
};
