import { describe, expect, it } from 'vitest';
import {
  CLEANER_PAUSE_MS,
  change,
  cutPowerOfAll,
  get,
  heldAgainAtEnd,
  list,
} from './change-rig.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

describe('what waits', () => {
  it('is told by when it is due, a page at a time, and one by one', async () => {
    const world = await DelayedCluster.start();
    const delays = [9000, 5000, 7000, 5000, 8000];
    world.send(
      1,
      sentBatch(delays.map((delayMs, at) => ({ ...delayed(`v${at}`, delayMs), key: `k${at}` }))),
    );
    await world.run(100);
    await heldAgainAtEnd(world);

    const whole = await list(world, 1);
    const paged = await list(world, 1, 2);
    const { record } = await get(world, 1, 2);
    const none = await get(world, 1, 17);

    expect(whole).toEqual({ offsets: [1, 3, 2, 4, 0], pages: 1 });
    expect(paged).toEqual({ offsets: [1, 3, 2, 4, 0], pages: 3 });
    expect(Buffer.from(record?.value ?? []).toString()).toBe('v2');
    expect(record?.headers.map(({ key }) => key)).toEqual(['ottla-delay-ms']);
    expect(none.code).toBe('RESOURCE_NOT_FOUND');
  });

  it('is told by a leader that remembers less committed than its index', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 60_000)]));
    await world.run(200);
    for (const broker of cluster.brokers) broker.crash({ power: false });
    await cluster.broker(1).start();
    await world.run(500);

    const { highWatermark } = cluster.broker(1).replica('t');
    const { offsets } = await list(world, 1);

    expect(highWatermark).toBe(0);
    expect(offsets).toEqual([0]);
  });
});

describe('a new leader that does not know yet that a delivery is committed', () => {
  const delivered = async (): Promise<DelayedCluster> => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 300)]));
    await world.run(250);
    const next = cluster.broker(2).replica('t');
    for (let step = 0; step < 500 && next.log.logEndOffset < 2; step += 1) await world.run(0.2);
    expect(next.highWatermark).toBe(1);
    cluster.broker(1).crash({ power: false });
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    for (let step = 0; step < 500 && !next.isLeader; step += 1) await world.run(0.2);
    return world;
  };

  it('does not tell that the record waits', async () => {
    const world = await delivered();

    const told = await list(world, 2);

    expect(told.offsets).toEqual([]);
  });

  it('cancels nothing', async () => {
    const world = await delivered();

    const asked = change(world, 2, { offset: 0 });
    await world.run(1000);

    expect(asked.code).toBe('RESOURCE_NOT_FOUND');
    expect(world.values(2)).toEqual(['a']);
  });
});

const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.bytes': '600',
  'min.cleanable.dirty.ratio': '0',
  'min.insync.replicas': '1',
};

const fill = (world: DelayedCluster): void => {
  for (let index = 0; index < 40; index += 1) {
    world.send(1, sentBatch([{ key: `other ${index % 3}`, value: 'x'.repeat(50) }]));
  }
};

describe('what compaction takes', () => {
  it.each(['cancelled', 'delivered'])('brings nothing back that was %s', async (what) => {
    const world = await DelayedCluster.start(3, { ...COMPACTED, 'delete.retention.ms': '1000' });
    world.send(1, sentBatch([{ ...delayed('a', 100_000), key: 'k' }]));
    await world.run(100);
    const inMs = what === 'cancelled' ? {} : { inMs: 100 };
    const asked = change(world, 1, { offset: 0, ...inMs });
    for (let time = 0; time < 2; time += 1) {
      fill(world);
      await world.run(2 * CLEANER_PAUSE_MS);
    }

    await cutPowerOfAll(world, { wipe: true });
    await world.run(50_000);

    const values = world.values(1).filter((value) => value === 'a');
    expect(asked.code).toBe('NONE');
    expect(values).toEqual(what === 'cancelled' ? [] : ['a']);
    world.cluster.expectHealthy();
  });

  it.each(['cancelled', 'delivered'])('is missed by no replica that was away: %s', async (what) => {
    const world = await DelayedCluster.start(3, { ...COMPACTED, 'delete.retention.ms': '100000' });
    const { cluster } = world;
    world.send(1, sentBatch([{ ...delayed('a', 100_000), key: 'k' }]));
    await world.run(1000);
    cluster.broker(3).crash({ power: false });
    cluster.controller.change('t', { isr: [1, 2] });
    await world.run(1000);

    change(world, 1, { offset: 0, inMs: 40_000 });
    fill(world);
    await world.run(39_000);
    fill(world);
    if (what === 'cancelled') change(world, 1, { offset: 0 });
    await world.run(2 * CLEANER_PAUSE_MS);
    await cluster.broker(3).start();
    await world.run(5000);
    cluster.controller.change('t', { leader: 3 });
    await world.run(40_000);

    const values = world.values(3).filter((value) => value === 'a');
    expect(values).toEqual(what === 'cancelled' ? [] : ['a']);
    cluster.expectHealthy();
  });
});
