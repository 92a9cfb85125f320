import { describe, expect, it } from 'vitest';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

interface Place {
  readonly replicas: readonly number[];
  readonly isr?: readonly number[];
  readonly leader?: number;
}

/** What the controller does to a partition that moves, one step at a time. */
const place = (world: DelayedCluster, { replicas, isr, leader }: Place): void => {
  world.cluster.controller.change('t', {
    replicas,
    directories: replicas.map(() => ''),
    ...(isr && { isr }),
    ...(leader && { leader }),
  });
};

/** On broker 1 alone. */
const startedOnOne = async (
  configs: Readonly<Record<string, string>> = {},
): Promise<DelayedCluster> => {
  const world = await DelayedCluster.start(3, { 'min.insync.replicas': '1', ...configs });
  place(world, { replicas: [1], isr: [1] });
  await world.run(500);
  return world;
};

/** To the other broker, which has to catch up before it leads alone. */
const moveTo = async (world: DelayedCluster, from: number, to: number): Promise<void> => {
  place(world, { replicas: [to, from] });
  await world.run(1500);
  expect(world.cluster.broker(from).replica('t').core.maximalIsr).toContain(to);
  place(world, { replicas: [to, from], leader: to });
  await world.run(200);
  place(world, { replicas: [to], isr: [to] });
  await world.run(300);
};

describe('records that wait in a partition that moves', () => {
  it('are delivered once by a broker that has just got them', async () => {
    const world = await startedOnOne();
    const values = Array.from({ length: 40 }, (_, at) => `v${at}`);
    world.send(1, sentBatch(values.map((value, at) => delayed(value, 500 + 100 * at))));
    await world.run(1200);

    await moveTo(world, 1, 2);
    await world.run(8000);

    expect(world.values(2)).toEqual(values);
    expect(world.cluster.broker(1).stores.peek('/data/delayed')).toEqual([]);
    world.cluster.expectHealthy();
  });

  it('are delivered once by a broker that had them, gave them away and got them back', async () => {
    const world = await startedOnOne();
    const values = Array.from({ length: 80 }, (_, at) => `v${at}`);
    world.send(1, sentBatch(values.map((value, at) => delayed(value, 500 + 100 * at))));
    await world.run(1200);

    await moveTo(world, 1, 2);
    await world.run(500);
    await moveTo(world, 2, 1);
    await world.run(8000);

    expect(world.values(1)).toEqual(values);
    world.cluster.expectHealthy();
  });

  it('are delivered once by a broker that was away when they were taken from it', async () => {
    const world = await startedOnOne();
    const { cluster } = world;
    const values = Array.from({ length: 80 }, (_, at) => `v${at}`);
    world.send(1, sentBatch(values.map((value, at) => delayed(value, 500 + 100 * at))));
    place(world, { replicas: [1, 2] });
    await world.run(1500);
    cluster.broker(2).crash({ power: false });

    place(world, { replicas: [1], isr: [1] });
    await world.run(1000);
    await cluster.broker(2).start();
    await world.run(1000);
    await moveTo(world, 1, 2);
    await world.run(8000);

    expect(world.values(2)).toEqual(values);
    cluster.expectHealthy();
  });
});
