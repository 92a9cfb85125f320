import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../world.ts';
import { APART, isrOf, replicasOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

/** Ends it, and waits until it is in sync again; true if it led again `withinMs` later. */
const leadsAgain = async (nodeId: number, withinMs: number): Promise<boolean> => {
  world.crash(nodeId);
  await world.until(() => world.leaderOf('t', 0) !== nodeId, 30_000);
  world.start(nodeId);
  await world.until(() => isrOf(world).includes(nodeId), 30_000);
  return await world.until(() => world.leaderOf('t', 0) === nodeId, withinMs);
};

describe('a broker that keeps ending', () => {
  it('leads again at once after the first end, and later after each of the next', async () => {
    world = await worldWithTopic(APART);
    const [first] = replicasOf(world);

    const quickly = await leadsAgain(first, 2500);
    const afterTwo = await leadsAgain(first, 2500);
    const afterTwoInTheEnd = await world.until(() => world.leaderOf('t', 0) === first, 5000);
    const afterThree = await leadsAgain(first, 7000);
    const inTheEnd = await world.until(() => world.leaderOf('t', 0) === first, 6000);

    expect({ quickly, afterTwo, afterTwoInTheEnd }).toEqual({
      quickly: true,
      afterTwo: false,
      afterTwoInTheEnd: true,
    });
    expect({ afterThree, inTheEnd }).toEqual({ afterThree: false, inTheEnd: true });
  });
});
