import { afterEach, describe, expect, it } from 'vitest';
import { NONE } from '../../../src/base/ids.ts';
import type { World } from '../world.ts';
import { APART, endOn, isrOf, registrationOf, replicasOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

const elrOf = (): readonly number[] => registrationOf(world)?.elr ?? [];

const leader = (): number => world.leaderOf('t', 0);

/** Down, with a new disk in place of the old one; not started. */
const replaceDisk = async (nodeId: number): Promise<void> => {
  world.powerCut([nodeId]);
  world.atlas.noteAllLost(world.observer.truth, nodeId);
  await world.outcome(world.machine(nodeId).wipe(), 'formatting');
};

/** The in-sync set goes from three to the first alone, with a record committed before each step. */
const shrunkToOne = async (): Promise<[number, number, number]> => {
  world = await worldWithTopic(APART);
  const [first, second, third] = replicasOf(world);
  await world.outcome(world.produce('t', 0, 'a'), 'a');
  world.crash(third);
  await world.until(() => isrOf(world).length === 2, 30_000);
  await world.outcome(world.produce('t', 0, 'b'), 'b');
  world.crash(second);
  await world.until(() => isrOf(world).length === 1, 30_000);
  return [first, second, third];
};

describe('a replica that leaves an in-sync set of as few as the minimum', () => {
  // Source: KIP-966; replication.md 4, bug 11.
  it('leads without loss when the last one in sync is gone for good', async () => {
    const [first, second, third] = await shrunkToOne();
    const eligible = elrOf();
    world.crash(first);
    await world.until(() => isrOf(world).length === 0, 30_000);

    await replaceDisk(first);
    world.start(third);
    await world.advance(3000);
    const leaderWithoutIt = leader();
    world.start(second);
    await world.until(() => leader() === second, 30_000);
    await world.outcome(world.produce('t', 0, 'c'), 'c');
    world.healAll();
    await world.settle();

    expect({ eligible, leaderWithoutIt }).toEqual({ eligible: [second], leaderWithoutIt: NONE });
    expect(endOn(world, first)).toBe(3);
  });

  it('is not eligible any more once it has lost its disk', async () => {
    const [first, second] = await shrunkToOne();

    await replaceDisk(second);
    world.cut(second, [first]);
    world.start(second);
    await world.until(() => !elrOf().includes(second), 5000);
    world.crash(first);
    await world.until(() => isrOf(world).length === 0, 30_000);
    const ledBySecond = await world.until(() => leader() === second, 5000);
    world.healAll();
    await world.settle();
    await world.outcome(world.produce('t', 0, 'c'), 'c');

    expect(ledBySecond).toBe(false);
    expect(endOn(world, second)).toBe(3);
  });

  it('is not eligible where those who stay are enough to commit without it', async () => {
    world = await worldWithTopic(APART);
    const [first, second, third] = replicasOf(world);
    world.crash(third);
    await world.until(() => isrOf(world).length === 2, 30_000);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    for (const nodeId of [first, second]) world.crash(nodeId);
    await world.until(() => isrOf(world).length === 0, 30_000);

    world.start(third);
    const ledByThird = await world.until(() => leader() === third, 5000);
    world.healAll();
    await world.settle();

    expect(ledByThird).toBe(false);
    expect(endOn(world, third)).toBe(1);
  });
});

describe('after all replicas of a topic ended that acknowledges from memory', () => {
  const MEMORY = { 'ack.durability': 'memory', 'min.insync.replicas': '3' };

  it('the one that kept most leads, though others are back before it', async () => {
    world = await worldWithTopic(APART, { configs: MEMORY });
    const [first, second, third] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    for (const nodeId of [first, second, third]) world.machine(nodeId).disk.holdSyncs();
    await world.outcome(world.produce('t', 0, 'b'), 'b');
    // The third is only killed: what is in its page cache survives.
    world.powerCut([first, second], 'what was synced');
    world.crash(third);
    for (const nodeId of [first, second, third]) world.machine(nodeId).disk.releaseSyncs();
    await world.until(() => isrOf(world).length === 0, 30_000);

    for (const nodeId of [first, second]) world.start(nodeId);
    const ledEarly = await world.until(() => leader() !== NONE, 10_000);
    const { elr, lastKnownElr } = registrationOf(world) ?? {};
    world.start(third);
    await world.until(() => leader() !== NONE, 30_000);
    const elected = leader();
    world.healAll();
    await world.settle();

    expect({ ledEarly, elected }).toEqual({ ledEarly: false, elected: third });
    expect([...(lastKnownElr ?? [])].sort()).toEqual([first, second].sort());
    expect(elr).toEqual([third]);
    expect(endOn(world, first)).toBe(2);
  });

  it('one that ended in order leads at once when it is back', async () => {
    world = await worldWithTopic(APART, { configs: MEMORY });
    const [first, second, third] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    world.powerCut([first, second], 'what was synced');
    await world.until(() => isrOf(world).length === 1, 30_000);
    world.stop(third);
    await world.until(() => world.machine(third).state === 'off', 30_000);

    world.start(third);
    const isLed = await world.until(() => leader() === third, 10_000);
    world.healAll();
    await world.settle();

    expect(isLed).toBe(true);
    expect(endOn(world, first)).toBe(1);
  });
});
