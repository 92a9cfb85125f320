import { afterEach, describe, expect, it } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import type { PartitionRegistration } from '../../../src/metadata/image.ts';
import { isBeingReassigned } from '../../../src/metadata/image.ts';
import type { ClusterShape } from '../world/cluster-config.ts';
import { World } from '../world.ts';
import { endOn, quorumOf } from './scenario.ts';

const SHAPE: ClusterShape = { brokers: [1, 2, 3, 4], controllers: [5, 6, 7] };
const HEAL_DELAY_MS = 4000;
const CONFIG = ['auto.balance.enable=true', `replica.heal.delay.ms=${HEAL_DELAY_MS}`];
const RECORD_COUNT = 10;

let world: World;

afterEach(() => world.close());

/** Topic `t` on brokers 1 to 3; 4 has nothing, and does not run. */
const setUp = async (partitionCount: number): Promise<void> => {
  world = await World.create({ seed: 11, maxSyncMs: 20, shape: SHAPE, config: CONFIG });
  await world.settle();
  world.crash(4);
  await world.until(() => world.observer.truth.brokers.get(4)?.isFenced === true, 30_000);
  await world.createTopic('t', partitionCount, { 'min.insync.replicas': '2' });
  await world.until(() => partitions().every(({ isr }) => isr.length === 3), 30_000);
};

const partitions = (): readonly PartitionRegistration[] => {
  const { truth } = world.observer;
  return truth.topics.get(truth.topicIdsByName.get('t') ?? '')?.partitions ?? [];
};

const counts = (): number[] =>
  SHAPE.brokers.map((id) => partitions().filter(({ replicas }) => replicas.includes(id)).length);

const isStill = (): boolean => !partitions().some(isBeingReassigned);

const send = async (prefix: string): Promise<void> => {
  const sent = partitions().flatMap((_, partition) =>
    Array.from({ length: RECORD_COUNT }, (_unused, at) =>
      world.produce('t', partition, `${prefix}${at}`),
    ),
  );
  await world.outcome(Promise.all(sent), prefix);
};

describe('a broker that joins', () => {
  it('has its share of replicas and leaders, though the controller dies meanwhile', async () => {
    await setUp(8);
    await send('before');

    world.start(4);
    await world.until(() => partitions().some(isBeingReassigned), 30_000);
    const { leader } = quorumOf(world);
    world.crash(leader);
    await send('meanwhile');
    world.start(leader);
    const isEven = (): boolean => isStill() && counts().every((count) => count === 6);
    const wasEven = await world.until(isEven, 120_000);
    const leads = await world.until(
      () => partitions().filter((partition) => partition.leader === 4).length === 2,
      60_000,
    );

    expect({ wasEven, leads, counts: counts() }).toEqual({
      wasEven: true,
      leads: true,
      counts: [6, 6, 6, 6],
    });
  });
});

describe('a broker that is away', () => {
  it('keeps its replicas where it is back before the delay', async () => {
    await setUp(1);
    world.start(4);
    await world.settle();
    const [before] = partitions();
    const { replicas } = must(before, 't-0 is there');
    const owner = must(replicas[2], 'there are three');

    world.crash(owner);
    await world.advance(HEAL_DELAY_MS - 2500);
    world.start(owner);
    await world.advance(3 * HEAL_DELAY_MS);

    expect(partitions()[0]).toMatchObject({ replicas, addingReplicas: [] });
  });

  it('has its replica rebuilt elsewhere after it, with every record', async () => {
    await setUp(1);
    world.start(4);
    await world.settle();
    await send('before');
    const owner = must(partitions()[0]?.replicas[2], 'there are three');
    const spare = SHAPE.brokers.find((id) => !partitions()[0]?.replicas.includes(id)) ?? 0;

    world.crash(owner);
    const isHealed = await world.until(
      () => isStill() && partitions()[0]?.isr.includes(spare) === true,
      60_000,
    );
    await send('after');

    expect(isHealed).toBe(true);
    expect(partitions()[0]?.replicas).not.toContain(owner);
    expect(endOn(world, spare)).toBe(2 * RECORD_COUNT);
  });

  it('keeps its replica where it is in sync before the new one is', async () => {
    await setUp(1);
    world.start(4);
    await world.settle();
    await send('before');
    const replicas = must(partitions()[0]?.replicas, 't-0 is there');
    const owner = must(replicas[2], 'there are three');
    const spare = SHAPE.brokers.find((id) => !replicas.includes(id)) ?? 0;

    world.cut(spare, replicas);
    world.crash(owner);
    const hasBegun = await world.until(() => !isStill(), 60_000);
    world.start(owner);
    const isCancelled = await world.until(isStill, 60_000);
    world.heal();
    await send('after');
    await world.settle();

    expect({ hasBegun, isCancelled }).toEqual({ hasBegun: true, isCancelled: true });
    expect(partitions()[0]).toMatchObject({ replicas });
    expect(endOn(world, owner)).toBe(2 * RECORD_COUNT);
  });

  it('has lost it where the new one is in sync first', async () => {
    await setUp(1);
    world.start(4);
    await world.settle();
    await send('before');
    const replicas = must(partitions()[0]?.replicas, 't-0 is there');
    const owner = must(replicas[2], 'there are three');
    const spare = SHAPE.brokers.find((id) => !replicas.includes(id)) ?? 0;

    world.crash(owner);
    world.cut(owner, replicas.slice(0, 2));
    world.cut(spare, replicas);
    await world.until(() => !isStill(), 60_000);
    world.start(owner);
    await world.until(() => world.observer.truth.brokers.get(owner)?.isFenced === false, 30_000);
    await world.advance(3000);
    world.heal();
    world.cut(owner, replicas.slice(0, 2));
    const isDone = await world.until(
      () => isStill() && partitions()[0]?.replicas.includes(spare) === true,
      60_000,
    );
    world.heal();
    await world.settle();

    expect(isDone).toBe(true);
    expect(endOn(world, spare)).toBe(RECORD_COUNT);
  });
});
