import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../world.ts';
import { APART, endOn, isrOf, replicasOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

describe('a broker whose sync failed', () => {
  // Source: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.
  it('counts what its page cache still shows only once it has written it again', async () => {
    world = await worldWithTopic(APART);
    const [first, second, third] = replicasOf(world);
    world.crash(third);
    await world.until(() => isrOf(world).length === 2, 30_000);
    const { disk } = world.machine(second);
    world.machine(second).excuseDiskFailure();
    disk.failNext({ op: 'sync', pathIncludes: '.log', code: 'EIO' });

    // Acknowledged only when the second one has it too; then that one is all that is left of it.
    const offset = await world.outcome(world.produce('t', 0, 'a'), 'the write');
    world.crash(first);
    await world.until(() => world.leaderOf('t', 0) === second, 30_000);
    world.powerCut([second]);
    world.start(second);
    await world.until(() => endOn(world, second) !== undefined, 30_000);
    const endAfterCut = endOn(world, second);
    world.healAll();
    await world.settle();

    expect(endAfterCut).toBe(offset + 1);
  });
});
