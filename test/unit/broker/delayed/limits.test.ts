import { describe, expect, it } from 'vitest';
import { listDelayed } from '../../../../src/broker/client/delayed.ts';
import { removeTopicRecord } from '../../../../src/metadata/records.ts';
import { DELAYS, DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

const YEAR_MS = 365 * 86_400_000;

const entryCountOf = ({ cluster }: DelayedCluster, brokerId: number): number =>
  cluster.broker(brokerId).stores.peek('/data/delayed').length;

describe('a record that waits', () => {
  it('does so for years, and comes when they are over', async () => {
    const world = await DelayedCluster.start();
    const { clock } = world.cluster;
    const sent = world.send(1, sentBatch([delayed('a', 30 * YEAR_MS), { value: 'b' }]));
    await world.run(100);

    clock.jumpWall(30 * YEAR_MS - 5000);
    await world.run(2000);
    const before = world.values(1);
    clock.jumpWall(5000);
    await world.run(2000);

    expect(sent.outcome).toMatchObject({ code: 'NONE', baseOffset: -1 });
    expect(before).toEqual(['b']);
    expect(world.values(1)).toEqual(['b', 'a']);
    world.cluster.expectHealthy();
  });

  it('comes late, and once, where the disk is full when it is due', async () => {
    const world = await DelayedCluster.start(1, { 'min.insync.replicas': '1' });
    const { disk } = world.cluster.broker(1);
    world.send(1, sentBatch([delayed('a', 500), delayed('b', 500)]));
    await world.run(100);

    disk.capacityBytes = 1 << 30;
    disk.capacityBytes -= disk.freeBytes('/data') - 10;
    await world.run(5000);
    const full = world.values(1);
    disk.capacityBytes += 1 << 20;
    await world.run(2000);

    expect(full).toEqual([]);
    expect(world.values(1)).toEqual(['a', 'b']);
    world.cluster.expectHealthy();
  });

  it('goes with its topic, of which a later one of that name has nothing', async () => {
    const world = await DelayedCluster.start();
    const { controller } = world.cluster;
    world.send(1, sentBatch([delayed('a', 1000), delayed('b', 60_000)]));
    await world.run(200);
    const kept = entryCountOf(world, 2);

    controller.commit([removeTopicRecord('t')]);
    await world.run(300);
    const left = [entryCountOf(world, 1), entryCountOf(world, 2)];
    controller.createTopic('t', [1, 2, 3], { configs: DELAYS });
    await world.run(2000);
    world.send(1, sentBatch([{ value: 'c' }]));
    await world.run(500);

    expect(kept).toBeGreaterThan(0);
    expect(left).toEqual([0, 0]);
    expect(world.values(1)).toEqual(['c']);
    const context = world.cluster.broker(1).node.clientContext();
    const asked = { topicId: 't', partition: 0, fromDueMs: 0, fromHeldOffset: 0, maxCount: 10 };
    expect(await listDelayed(context, asked, 1 << 20)).toMatchObject({ errorCode: 0, records: [] });
    world.cluster.expectHealthy();
  });
});
