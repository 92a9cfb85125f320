import { afterEach, describe, expect, it } from 'vitest';
import { nameOf } from '../world/machine.ts';
import type { World } from '../world.ts';
import { APART, endOn, replicasOf, worldWithTopic } from './scenario.ts';

/** Every round goes by a journal of two files of fifteen frames. */
const JOURNAL = [
  'log.journal.enable=true',
  'log.journal.bytes=131072',
  'log.journal.min.partitions=1',
];

let world: World;

afterEach(() => world.close());

describe('a broker with a journal', () => {
  it('brings nothing back that was cut, when power goes right behind the cut', async () => {
    world = await worldWithTopic(APART, { config: JOURNAL });
    const [first, second, third] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    await world.settle();

    // `b` is on the third one alone, and durable there.
    world.cutOneWay(first, second);
    void world.produce('t', 0, 'b').catch(() => undefined);
    await world.until(() => endOn(world, third) === 2, 1000, 1);
    await world.advance(100);
    world.cutOneWay(first, third);
    world.network.clog(nameOf(second), nameOf(third), 300);
    world.crash(first);
    await world.until(() => endOn(world, third) === 1, 30_000, 1);
    await world.advance(100);
    world.crash(second);
    world.powerCut([third], 'what was synced');
    await world.until(() => endOn(world, third) === undefined, 1000, 1);
    world.start(third);
    await world.until(() => endOn(world, third) !== undefined, 30_000, 1);
    const endAfterStart = endOn(world, third);
    for (const nodeId of [first, second]) world.start(nodeId);
    world.heal();
    await world.settle();

    expect(endAfterStart).toBe(1);
  });

  it('has what it acknowledged when power goes in that moment, however slow its disk is', async () => {
    world = await worldWithTopic(APART, { config: JOURNAL });
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    await world.settle();
    const disks = [1, 2, 3].map((nodeId) => world.machine(nodeId).disk);
    const journalled = disks.map(() => 0);
    for (const [index, disk] of disks.entries()) {
      const trace = disk.onOperation;
      disk.onOperation = (op, path) => {
        if (op === 'write' && path.startsWith('/data/journal/')) journalled[index] = 1;
        trace?.(op, path);
      };
      disk.holdSyncs();
    }

    let offset: number | undefined;
    void world.produce('t', 0, 'b').then((at) => {
      offset = at;
    });
    const isEarly = await world.until(() => offset !== undefined, 1000, 1);
    if (!isEarly) for (const disk of disks) disk.releaseSyncs();
    await world.until(() => offset !== undefined, 10_000, 1);
    world.powerCut([1, 2, 3], 'what was synced');
    for (const disk of disks) disk.releaseSyncs();
    for (const nodeId of [1, 2, 3]) world.start(nodeId);
    await world.settle();

    expect(journalled).toEqual([1, 1, 1]);
    expect(offset).toBe(1);
    expect(replicasOf(world).map((nodeId) => endOn(world, nodeId))).toEqual([2, 2, 2]);
  });

  it('has all it acknowledged, however often the journal was turned over', async () => {
    world = await worldWithTopic(APART, { config: JOURNAL });
    const count = 70;
    for (let at = 0; at < count; at += 1) {
      await world.outcome(world.produce('t', 0, `${at}`), `record ${at}`);
    }

    world.powerCut([1, 2, 3], 'what was synced');
    for (const nodeId of [1, 2, 3]) world.start(nodeId);
    await world.settle();

    expect(replicasOf(world).map((nodeId) => endOn(world, nodeId))).toEqual([count, count, count]);
  });
});
