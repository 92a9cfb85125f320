import { afterEach, describe, expect, it } from 'vitest';
import { partitionOf } from '../../../src/metadata/image.ts';
import type { World } from '../world.ts';
import { APART, endOn, isrOf, replicasOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

const leaderEpochOf = (): number => {
  const { truth } = world.observer;
  return partitionOf(truth, truth.topicIdsByName.get('t') ?? '', 0)?.leaderEpoch ?? -1;
};

const isLedBy = (nodeId: number): Promise<boolean> =>
  world.until(() => world.leaderOf('t', 0) === nodeId, 30_000);

/** A record that its leader alone has; whoever sent it is gone, and sends it to no other. */
const appendAt = async (nodeId: number, value: string): Promise<void> => {
  const before = endOn(world, nodeId) ?? 0;
  const client = world.client(`sender of ${value}`);
  const producer = client.sdk.producer({ acks: 1, idempotent: false });
  producer.send({ topic: 't', partition: 0, value }).catch(() => {});
  await world.until(() => (endOn(world, nodeId) ?? 0) > before, 5000, 1);
  client.kill();
};

describe('three leaders one after the other, each alone', () => {
  // Source: KAFKA-6361, KIP-279, KAFKA-7415; replication.md 4, bugs 2 and 4.
  it.each([
    ['with a record of its own', true],
    ['without any', false],
  ])('leave logs that part at one place when the last has come %s', async (_, hasRecord) => {
    world = await worldWithTopic(APART);
    const [first, second, third] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    await world.settle();

    // No two of them have a leader epoch in common behind `a`.
    world.cut(first, [second, third]);
    await appendAt(first, 'b');
    world.crash(first);
    await isLedBy(second);
    world.cut(second, [third]);
    await appendAt(second, 'c');
    world.crash(second);
    await isLedBy(third);
    if (hasRecord) await appendAt(third, 'd');
    world.heal();
    for (const nodeId of [first, second]) world.start(nodeId);
    await world.settle();

    const end = hasRecord ? 2 : 1;
    expect([first, second, third].map((nodeId) => endOn(world, nodeId))).toEqual([end, end, end]);
  });
});

describe('a leader that is killed and is back before anyone has noticed', () => {
  // Source: KAFKA-18106; replication.md 4, bug 13.
  it('leads only under a new leader epoch, and acknowledges what it had been sent', async () => {
    world = await worldWithTopic(APART);
    const [first] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    const epochBefore = leaderEpochOf();

    const b = world.produce('t', 0, 'b');
    world.crash(first);
    world.start(first);
    await world.outcome(b, 'b');
    await world.settle();

    expect(leaderEpochOf()).toBeGreaterThan(epochBefore);
    expect(isrOf(world)).toHaveLength(3);
  });
});

describe('two brokers of five that die in one moment', () => {
  // Source: KAFKA-13173; replication.md 4, bug 15.
  it('leave no partition to a dead leader, and both leave every in-sync set', async () => {
    world = await worldWithTopic({ brokers: [1, 2, 3, 4, 5], controllers: [6, 7, 8] });
    await world.createTopic('u', 4, {});
    await world.settle();

    for (const nodeId of [1, 2]) world.crash(nodeId);
    const partitions = (): Array<{ leader: number; isr: readonly number[] }> =>
      [...world.observer.truth.topics.values()].flatMap((topic) => [...topic.partitions]);
    const isDead = (nodeId: number): boolean => nodeId <= 2;
    const isDone = (): boolean =>
      partitions().every(({ leader, isr }) => leader > 2 && !isr.some(isDead));
    const isInTime = await world.until(isDone, 10_000);

    expect(isInTime).toBe(true);
    expect(partitions()).toHaveLength(5);
  });
});
