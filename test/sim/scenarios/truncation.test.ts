import { afterEach, describe, expect, it } from 'vitest';
import { nameOf } from '../world/machine.ts';
import type { World } from '../world.ts';
import { APART, endOn, replicasOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

describe('a follower whose log went its own way', () => {
  // Source: KIP-101; replication.md 4, bug 1.
  it('is cut where the logs part, not at its high watermark, which may lag', async () => {
    world = await worldWithTopic(APART);
    const [first, second, third] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    await world.settle();

    // `b` is on both followers; committed when the slow one has synced it, which neither hears.
    world.machine(second).holdSyncs();
    const b = world.produce('t', 0, 'b');
    await world.until(() => endOn(world, second) === 2 && endOn(world, third) === 2, 1000, 1);
    world.cutOneWay(first, second);
    const c = world.produce('t', 0, 'c');
    await world.until(() => endOn(world, third) === 3, 1000, 1);
    world.cutOneWay(first, third);
    world.machine(second).releaseSyncs();
    await world.outcome(b, 'b');

    // The second one leads without `c`; the third is cut, and the second dies before more comes.
    world.network.clog(nameOf(second), nameOf(third), 300);
    world.crash(first);
    await world.until(() => endOn(world, third) !== 3, 30_000);
    const endAfterCut = endOn(world, third);
    world.crash(second);
    await world.until(() => world.leaderOf('t', 0) === third, 30_000);
    for (const nodeId of [first, second]) world.start(nodeId);
    world.heal();
    await world.settle();
    const offsetOfC = await world.outcome(c, 'c');

    expect([endAfterCut, offsetOfC]).toEqual([2, 2]);
  });
});
