import { afterEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../support/seeded-random.ts';
import { combined } from '../world/cluster-config.ts';
import type { World } from '../world.ts';
import { APART, endOn, isrOf, replicasOf, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

describe('a broker that starts', () => {
  // Source: KAFKA-10471, KAFKA-15375; replication.md 4, bug 26.
  it('does not take a start that was cut short for an orderly stop', async () => {
    world = await worldWithTopic(combined(1), { configs: { 'min.insync.replicas': '1' } });
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    world.stop(1);
    await world.until(() => world.machine(1).state === 'off', 30_000);

    // It has served, and written, once more before two starts are cut short.
    world.start(1);
    await world.outcome(world.produce('t', 0, 'b'), 'b');
    world.crash(1);
    for (const atChange of [1, 3]) {
      world.start(1);
      world.machine(1).cutPowerAt(atChange, new SeededRandom(atChange));
      await world.until(() => world.machine(1).state === 'off', 10_000);
    }
    world.start(1);
    await world.settle();

    expect(endOn(world, 1)).toBe(2);
  });

  // Source: KAFKA-10101, KIP-966; replication.md 4, bugs 11 and 27.
  it('counts a tail it has found as durable only once it has synced it, as the last in sync', async () => {
    world = await worldWithTopic(APART, { configs: { 'min.insync.replicas': '1' } });
    const [first, second, third] = replicasOf(world);
    for (const nodeId of [second, third]) world.crash(nodeId);
    await world.until(() => isrOf(world).length === 1, 30_000);
    await world.outcome(world.produce('t', 0, 'a'), 'a');

    // `b` is in the page cache when the process dies, and its new one has not synced yet.
    world.machine(first).disk.holdSyncs();
    const b = world.produce('t', 0, 'b');
    await world.until(() => endOn(world, first) === 2, 1000, 1);
    world.crash(first);
    world.start(first);
    await world.advance(300);
    world.powerCut([first], 'what was synced');
    world.healAll();
    await world.settle();
    const offset = await world.outcome(b, 'b');

    expect(offset).toBe(1);
  });

  // Source: KAFKA-7866, KAFKA-6683; replication.md 4, bug 30.
  it('has given no offset twice after an index alone could not be written', async () => {
    // Each batch has a segment of its own: the index is written when the next one begins.
    const configs = { 'index.interval.bytes': '1', 'segment.bytes': '100' };
    world = await worldWithTopic(APART, { configs });
    const [first] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'a'), 'a');
    const machine = world.machine(first);
    machine.excuseDiskFailure();
    machine.disk.failNext({ op: 'write', pathIncludes: '.index', code: 'EIO' });

    const offsets = [];
    for (const value of ['b', 'c', 'd']) {
      offsets.push(await world.outcome(world.produce('t', 0, value), value));
    }
    const wasRefused = machine.disk.plannedFaultCount === 0;
    world.healAll();
    await world.settle();

    expect([wasRefused, offsets]).toEqual([true, [1, 2, 3]]);
  });

  // Source: KAFKA-16157, KAFKA-14616; replication.md 4, bug 32.
  it('sets aside the data of a topic that was made anew while it was down', async () => {
    world = await worldWithTopic(APART);
    const [first, second, third] = replicasOf(world);
    await world.outcome(world.produce('t', 0, 'old'), 'old');
    world.crash(third);
    await world.advance(3000);

    const admin = world.client('admin').sdk.admin();
    await world.outcome(admin.deleteTopic('t'), 'the deletion');
    const configs = { 'min.insync.replicas': '1' };
    const assignments = [[first, second, third]];
    const anew = admin.createTopic({ name: 't', assignments, configs });
    await world.outcome(anew, 'the creation');
    const producer = world.client('new').sdk.producer();
    await world.outcome(producer.send({ topic: 't', partition: 0, value: 'new' }), 'new');
    world.start(third);
    await world.settle();

    expect(endOn(world, third)).toBe(1);
    expect(
      world
        .machine(third)
        .disk.files('/data')
        .map(({ path }) => path),
    ).toContainEqual(expect.stringMatching(/\.(stray|deleted)-/));
  });
});
