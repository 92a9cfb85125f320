import { describe, expect, it } from 'vitest';
import { PromMeter } from '../../../../src/platform/prom-meter.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

/** Broker 1 leads, and both of these tell what they count. */
const start = async () => {
  const world = await DelayedCluster.start();
  const meters = [1, 2].map(() => new PromMeter({ process: false }));
  for (const [at, meter] of meters.entries()) {
    const broker = world.cluster.broker(at + 1);
    broker.crash({ power: false });
    broker.meter = meter;
    await broker.start();
  }
  await world.run(1000);
  /** Of a broker: the lines of its page that tell of delayed records, without those of 0. */
  const lines = async (brokerId: number): Promise<string[]> => {
    const page = (await meters[brokerId - 1]?.render()) ?? '';
    return page
      .split('\n')
      .filter((line) => line.startsWith('ottla_delayed_') && !line.endsWith(' 0'));
  };
  return { world, lines };
};

describe('the metrics of delayed records', () => {
  it('tell at the leader alone how many records wait, by topic', async () => {
    const { world, lines } = await start();

    world.send(1, sentBatch([delayed('a', 60_000), delayed('b', 200), { value: 'c' }]));
    await world.run(100);
    const before = [await lines(1), await lines(2)];
    await world.run(500);

    expect(before).toEqual([['ottla_delayed_pending{topic="t"} 2'], []]);
    expect(await lines(1)).toContain('ottla_delayed_pending{topic="t"} 1');
  });

  it('move with the leadership', async () => {
    const { world, lines } = await start();
    world.send(1, sentBatch([delayed('a', 60_000)]));
    await world.run(100);

    world.leads(2);
    await world.run(300);

    expect(await lines(1)).toEqual([]);
    expect(await lines(2)).toEqual(['ottla_delayed_pending{topic="t"} 1']);
  });

  it('tell how late what has waited was delivered', async () => {
    const { world, lines } = await start();

    world.send(1, sentBatch([delayed('soon', 300), { value: 'at once' }]));
    world.send(1, sentBatch([delayed('late', 2000)]));
    await world.run(600);
    world.cluster.clock.jumpWall(10_000);
    await world.run(2000);

    const found = await lines(1);
    expect(found).toContain('ottla_delayed_lateness_ms_count 2');
    expect(found).toContain('ottla_delayed_lateness_ms_bucket{le="5"} 1');
    expect(found).toContain('ottla_delayed_lateness_ms_bucket{le="5000"} 1');
    expect(found).toContain('ottla_delayed_lateness_ms_bucket{le="10000"} 2');
  });
});
