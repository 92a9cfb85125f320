import { describe, expect, it } from 'vitest';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

/** As many batches of five, due from 300 ms on, a record each 20 ms. */
const sendMany = (world: DelayedCluster, count: number): string[] => {
  const values = Array.from({ length: count * 5 }, (_, index) => `v${index}`);
  for (let at = 0; at < values.length; at += 5) {
    const records = values.slice(at, at + 5).map((value, i) => delayed(value, 300 + 20 * (at + i)));
    world.send(1, sentBatch(records));
  }
  return values;
};

describe('each delayed record is delivered exactly once', () => {
  it.each([false, true])('when its leader dies in the middle (power cut: %s)', async (power) => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    const values = sendMany(world, 10);
    await world.run(700);
    const before = world.values(1);

    cluster.broker(1).crash({ power });
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(500);
    await cluster.broker(1).start();
    await world.run(3000);

    expect(before.length).toBeGreaterThan(5);
    expect(before.length).toBeLessThan(values.length);
    expect(world.values(2)).toEqual(values);
    cluster.expectHealthy();
  });

  it('when the leader dies with deliveries that nobody else has', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 300)]));
    await world.run(100);
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');
    await world.run(400);
    const appended = cluster.broker(1).replica('t').log.logEndOffset;

    cluster.broker(1).crash({ power: false });
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(1500);
    cluster.network.heal();
    await cluster.broker(1).start();
    await world.run(2000);

    expect(appended).toBe(2);
    expect(world.values(2)).toEqual(['a']);
    const [one, two] = [1, 2].map((id) => cluster.broker(id).replica('t').log.logEndOffset);
    expect(one).toBe(two);
    cluster.expectHealthy();
  });

  it('when the next leader has a delivery of which it does not know that it is committed', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 300)]));
    await world.run(250);
    const next = cluster.broker(2).replica('t');
    for (let step = 0; step < 500 && next.log.logEndOffset < 2; step += 1) await world.run(0.2);
    const known = next.highWatermark;

    cluster.broker(1).crash({ power: false });
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(2000);

    expect(known).toBe(1);
    expect(world.values(2)).toEqual(['a']);
    cluster.expectHealthy();
  });

  it('when all brokers lose their power in the middle', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    const values = sendMany(world, 10);
    await world.run(700);

    for (const broker of cluster.brokers) broker.crash({ power: true });
    for (const broker of cluster.brokers) await broker.start();
    await world.run(4000);

    expect(world.values(1)).toEqual(values);
    cluster.expectHealthy();
  });

  it('when the index of all of them is lost as well', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    const values = sendMany(world, 10);
    await world.run(700);

    for (const broker of cluster.brokers) {
      broker.crash({ power: true });
      broker.stores.wipe('/data/delayed');
    }
    for (const broker of cluster.brokers) await broker.start();
    await world.run(4000);

    expect(world.values(1)).toEqual(values);
    cluster.expectHealthy();
  });

  it('when it is due as its next leader begins, which remembers less committed than its index', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 1000)]));
    await world.run(200);

    for (const broker of cluster.brokers) broker.crash({ power: false });
    await world.run(1500);
    for (const broker of cluster.brokers) await broker.start();
    const remembered = cluster.broker(1).replica('t').highWatermark;
    await world.run(3000);

    expect(remembered).toBe(0);
    expect(world.values(1)).toEqual(['a']);
    cluster.expectHealthy();
  });

  it('when an entry of the index is gone, as where its store has skipped a write', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 2000), delayed('b', 2500)]));
    await world.run(200);

    for (const broker of cluster.brokers) {
      broker.crash({ power: false });
      broker.stores.corrupt('/data/delayed', 3, 'gone');
    }
    for (const broker of cluster.brokers) await broker.start();
    await world.run(4000);

    expect(world.values(1)).toEqual(['a', 'b']);
    cluster.expectHealthy();
  });
});
