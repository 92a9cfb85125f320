import { afterEach, describe, expect, it } from 'vitest';
import { NONE } from '../../../src/base/ids.ts';
import { combined } from '../world/cluster-config.ts';
import type { World } from '../world.ts';
import { APART, endOn as endOfTopicOn, isrOf, replicasOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

const startWorld = async (): Promise<void> => {
  world = await worldWithTopic(combined(3));
};

const endOn = (nodeId: number): number | undefined => endOfTopicOn(world, nodeId);

describe('a cluster of three', () => {
  it('keeps what it acknowledged when every machine loses power at once', async () => {
    await startWorld();
    const offset = await world.outcome(world.produce('t', 0, 'a'), 'the write');

    world.powerCut([1, 2, 3]);
    for (const nodeId of [1, 2, 3]) world.start(nodeId);
    await world.settle();

    expect([1, 2, 3].map(endOn)).toEqual([offset + 1, offset + 1, offset + 1]);
  });

  it('keeps the names of its segments when no more survives than what was synced', async () => {
    world = await worldWithTopic(combined(3), { configs: { 'segment.bytes': '100' } });
    for (const value of ['a', 'b', 'c']) {
      await world.outcome(world.produce('t', 0, value), 'the write');
    }

    world.powerCut([1, 2, 3], 'what was synced');
    for (const nodeId of [1, 2, 3]) world.start(nodeId);
    await world.settle();

    expect([1, 2, 3].map(endOn)).toEqual([3, 3, 3]);
  });

  it('acknowledges nothing while all syncs of two machines hang, and all of it after', async () => {
    await startWorld();
    for (const nodeId of [2, 3]) world.machine(nodeId).disk.holdSyncs();
    let isAcknowledged = false;

    const write = world.produce('t', 0, 'a').then(() => {
      isAcknowledged = true;
    });
    await world.advance(1000);
    const early = isAcknowledged;
    for (const nodeId of [2, 3]) world.machine(nodeId).disk.releaseSyncs();
    await world.outcome(write, 'the write');

    expect(early).toBe(false);
  });

  it('goes on without the leader that is cut off, and takes it back', async () => {
    await startWorld();
    const old = world.leaderOf('t', 0);
    const others = [1, 2, 3].filter((nodeId) => nodeId !== old);

    world.cut(old, others);
    world.network.cut(`n${old}`, 'producer');
    await world.until(() => others.includes(world.leaderOf('t', 0)), 10_000);
    const offset = await world.outcome(world.produce('t', 0, 'a'), 'the write');
    world.heal();
    await world.settle();

    expect(endOn(old)).toBe(offset + 1);
  });

  it('lets a leader that slept through its successor acknowledge nothing', async () => {
    await startWorld();
    const old = world.leaderOf('t', 0);

    world.pause(old, 8000);
    await world.until(() => world.leaderOf('t', 0) !== old, 10_000);
    const offset = await world.outcome(world.produce('t', 0, 'a'), 'the write');
    await world.advance(8000);
    await world.settle();

    expect(endOn(old)).toBe(offset + 1);
  });

  it('serves again after one machine crashes and another is restarted in order', async () => {
    await startWorld();

    world.crash(2);
    world.restart(3);
    await world.advance(3000);
    world.start(2);
    await world.settle();
    const offset = await world.outcome(world.produce('t', 0, 'a'), 'the write');

    expect(endOn(2)).toBe(offset + 1);
  });

  it('has no leader rather than one that lacks what was acknowledged', async () => {
    world = await worldWithTopic(APART);
    const [first, second, third] = replicasOf(world);
    world.crash(third);
    await world.until(() => isrOf(world).length === 2, 30_000);
    await world.outcome(world.produce('t', 0, 'a'), 'the write');

    for (const nodeId of [first, second]) world.crash(nodeId);
    world.start(third);
    await world.advance(10_000);
    const leader = world.leaderOf('t', 0);
    for (const nodeId of [first, second]) world.start(nodeId);
    await world.settle();

    expect(leader).toBe(NONE);
  });
});
