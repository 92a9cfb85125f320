import { afterEach, describe, expect, it } from 'vitest';
import { nameOf } from '../world/machine.ts';
import type { World } from '../world.ts';
import { APART, endOn, isrOf, replicasOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

const replicaOn = (nodeId: number) =>
  world.observer.replicas.find(({ machine }) => machine.nodeId === nodeId)?.partition;

describe('the in-sync set', () => {
  // Source: KAFKA-13916, KIP-841; replication.md 4, bug 8.
  it('is not joined by a broker that was fenced while its leader proposed it', async () => {
    world = await worldWithTopic(APART);
    const [first, , third] = replicasOf(world);
    world.crash(third);
    await world.until(() => isrOf(world).length === 2, 30_000);
    await world.outcome(world.produce('t', 0, 'a'), 'a');

    // The proposal is on its way for longer than the broker lives.
    for (const nodeId of APART.controllers) world.network.clog(nameOf(first), nameOf(nodeId), 1500);
    await world.advance(3000);
    world.start(third);
    await world.until(() => replicaOn(first)?.core.pendingIsr !== undefined, 30_000, 1);
    world.crash(third);
    const hasJoined = await world.until(() => isrOf(world).includes(third), 10_000, 1);
    const isFenced = world.observer.truth.brokers.get(third)?.isFenced;
    world.healAll();
    await world.settle();

    expect({ hasJoined, isFenced }).toEqual({ hasJoined: false, isFenced: true });
  });

  // Source: KAFKA-15583; replication.md 4, bug 12.
  it('commits nothing while it is smaller than the minimum, whoever asks for less', async () => {
    world = await worldWithTopic(APART);
    const [first, second, third] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    for (const nodeId of [second, third]) world.crash(nodeId);
    await world.until(() => isrOf(world).length === 1, 30_000);

    const loose = world.client('loose').sdk.producer({ acks: 1, idempotent: false });
    await world.outcome(loose.send({ topic: 't', partition: 0, value: 'b' }), 'b');
    await world.advance(1000);
    const { highWatermark, log } = replicaOn(first) ?? {};
    world.healAll();
    await world.settle();
    await world.advance(500);

    expect([highWatermark, log?.logEndOffset]).toEqual([1, 2]);
    expect(replicaOn(first)?.highWatermark).toBe(2);
  });

  // Source: KAFKA-14010, KAFKA-12751; replication.md 4, bug 34.
  it('shrinks although every answer to the first proposals is lost', async () => {
    world = await worldWithTopic(APART, { config: ['replica.lag.time.max.ms=3000'] });
    const [first, second, third] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'a'), 'a');

    // The third is alive to the controllers, and unheard of by its leader.
    world.cut(third, [first, second]);
    const b = world.produce('t', 0, 'b');
    await world.until(() => replicaOn(first)?.core.pendingIsr !== undefined, 10_000, 1);
    for (const nodeId of APART.controllers) world.cutOneWay(nodeId, first);
    await world.advance(900);
    for (const nodeId of APART.controllers) world.network.heal(nameOf(nodeId), nameOf(first));
    await world.outcome(b, 'b');
    const isrAfter = isrOf(world);
    world.healAll();
    await world.settle();

    expect(isrAfter).not.toContain(third);
    expect(endOn(world, third)).toBe(2);
  });
});
