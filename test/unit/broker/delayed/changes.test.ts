import { describe, expect, it } from 'vitest';
import { changeDelayed } from '../../../../src/broker/client/delayed.ts';
import { metadataVersionRecord } from '../../../../src/metadata/records.ts';
import { change, cutPowerOfAll, heldAgainAtEnd, list } from './change-rig.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

/** One record waits on the leader, which no longer hears of its followers. */
const startedWithoutFollowers = async (): Promise<DelayedCluster> => {
  const world = await DelayedCluster.start();
  world.send(1, sentBatch([delayed('a', 60_000)]));
  await world.run(100);
  world.cluster.network.cut('b1', 'b2');
  world.cluster.network.cut('b1', 'b3');
  return world;
};

describe('a delayed record that is cancelled', () => {
  it('is never delivered, and the others are', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 1000), delayed('b', 1000), delayed('c', 1000)]));
    await world.run(100);

    const asked = change(world, 1, { offset: 1 });
    await world.run(100);
    const code = asked.code;
    await world.run(3000);

    expect(code).toBe('NONE');
    expect(world.values(1)).toEqual(['a', 'c']);
    world.cluster.expectHealthy();
  });

  it('stays so when its leader dies', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 1000), delayed('b', 1000)]));
    await world.run(100);
    const asked = change(world, 1, { offset: 0 });
    for (let step = 0; step < 100 && asked.code === undefined; step += 1) await world.run(1);

    cluster.broker(1).crash({ power: true });
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(3000);

    expect(asked.code).toBe('NONE');
    expect(world.values(2)).toEqual(['b']);
    cluster.expectHealthy();
  });

  it.each([false, true])('stays so when all lose their power (index lost: %s)', async (wipe) => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 1000), delayed('b', 1000)]));
    await world.run(100);
    const asked = change(world, 1, { offset: 0 });
    for (let step = 0; step < 100 && asked.code === undefined; step += 1) await world.run(1);

    await cutPowerOfAll(world, { wipe });
    await world.run(4000);

    expect(asked.code).toBe('NONE');
    expect(world.values(1)).toEqual(['b']);
    world.cluster.expectHealthy();
  });

  it('is so again for one who asks again, also after the index is built anew', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 60_000)]));
    await world.run(100);
    change(world, 1, { offset: 0 });
    const together = change(world, 1, { offset: 0 });
    await world.run(100);

    const again = change(world, 1, { offset: 0 });
    await world.run(100);
    await cutPowerOfAll(world, { wipe: true });
    await world.run(2000);
    const later = change(world, 1, { offset: 0 });
    await world.run(100);

    expect([together.code, again.code, later.code]).toEqual(['NONE', 'NONE', 'NONE']);
    expect(world.cluster.broker(1).replica('t').log.logEndOffset).toBe(2);
  });

  it('is so again where the index of its leader has lost the entry that remembers it', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 60_000)]));
    await world.run(100);
    change(world, 1, { offset: 0 });
    await world.run(100);

    for (const broker of cluster.brokers) {
      broker.crash({ power: false });
      // The first of the letters that keys begin with.
      broker.stores.corrupt('/data/delayed', 0, 'gone');
    }
    for (const broker of cluster.brokers) await broker.start();
    await world.run(2000);
    const again = change(world, 1, { offset: 0 });
    await world.run(100);

    expect(again.code).toBe('NONE');
  });

  it('is told so only when all in-sync replicas have it', async () => {
    const world = await startedWithoutFollowers();
    const { cluster } = world;

    const asked = change(world, 1, { offset: 0, timeoutMs: 500 });
    await world.run(300);
    const before = asked.code;
    await world.run(300);
    const after = asked.code;
    cluster.network.heal();

    expect([before, after]).toEqual([undefined, 'REQUEST_TIMED_OUT']);
  });

  it('is told that too few are in sync, where it is in the log and cannot be committed', async () => {
    const world = await startedWithoutFollowers();
    const { cluster } = world;

    const asked = change(world, 1, { offset: 0, timeoutMs: 500 });
    await world.run(100);
    for (const id of [2, 3]) {
      cluster.broker(id).crash({ power: false });
      cluster.controller.fence(id);
    }
    await world.run(500);

    expect(asked.code).toBe('NOT_ENOUGH_REPLICAS_AFTER_APPEND');
  });

  it('is not delivered when it falls due before that', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 500), delayed('b', 500)]));
    await world.run(100);
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');

    const asked = change(world, 1, { offset: 0, timeoutMs: 10_000 });
    await world.run(800);
    cluster.network.heal();
    await world.run(2000);

    expect(asked.code).toBe('NONE');
    expect(world.values(1)).toEqual(['b']);
  });

  it('is known by where it was held first when it was held anew', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 5000), delayed('b', 5000)]));
    await world.run(100);
    await heldAgainAtEnd(world);

    const asked = change(world, 1, { offset: 0 });
    await world.run(100);
    await world.run(8000);

    expect(asked.code).toBe('NONE');
    expect(world.values(1)).toEqual(['b']);
    const [record] = world.records(1);
    expect(Buffer.from(record?.headers.at(-1)?.value ?? []).toString()).toBe('1');
  });
});

describe('a delayed record that is rescheduled', () => {
  it.each([
    ['earlier', 60_000, 500],
    ['later', 500, 2000],
  ])('is delivered once, at its new time: %s', async (_which, delayMs, inMs) => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', delayMs)]));
    await world.run(100);

    const asked = change(world, 1, { offset: 0, inMs });
    await world.run(inMs - 100);
    const early = world.values(1);
    await world.run(1500);
    const inTime = world.values(1);
    await world.run(60_000);

    expect(asked.code).toBe('NONE');
    expect([early, inTime, world.values(1)]).toEqual([[], ['a'], ['a']]);
    world.cluster.expectHealthy();
  });

  it('may be so any number of times, and cancelled then', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 500), delayed('b', 500)]));
    await world.run(100);

    const codes: Array<string | undefined> = [];
    for (const inMs of [60_000, 40_000, 1000]) {
      const [a, b] = [0, 1].map((offset) => change(world, 1, { offset, inMs }));
      await world.run(100);
      codes.push(a?.code, b?.code);
    }
    const cancelled = change(world, 1, { offset: 1 });
    await world.run(3000);

    expect([...codes, cancelled.code]).toEqual(Array(7).fill('NONE'));
    expect(world.values(1)).toEqual(['a']);
    const [record] = world.records(1);
    expect(Buffer.from(record?.headers.at(-1)?.value ?? []).toString()).toBe('0');
  });

  it('is delivered at once when its new time is past', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 60_000)]));
    await world.run(100);

    change(world, 1, { offset: 0, inMs: -5000 });
    await world.run(300);

    expect(world.values(1)).toEqual(['a']);
  });

  it.each([false, true])(
    'is so for the next leader, and after power cuts (index lost: %s)',
    async (wipe) => {
      const world = await DelayedCluster.start();
      const { cluster } = world;
      world.send(1, sentBatch([delayed('a', 1000), delayed('b', 60_000)]));
      await world.run(100);
      const [a, b] = [
        change(world, 1, { offset: 0, inMs: 5000 }),
        change(world, 1, { offset: 1, inMs: 5000 }),
      ];
      for (let step = 0; step < 100 && b.code === undefined; step += 1) await world.run(1);

      cluster.broker(1).crash({ power: true });
      cluster.controller.change('t', { leader: 2, isr: [2, 3] });
      await cluster.broker(1).start();
      await world.run(1000);
      await cutPowerOfAll(world, { wipe });
      await world.run(2000);
      const early = world.values(2);
      await world.run(4000);

      expect([a.code, b.code]).toEqual(['NONE', 'NONE']);
      expect(early).toEqual([]);
      expect(world.values(2)).toEqual(['a', 'b']);
      cluster.expectHealthy();
    },
  );

  it('is written once where the same moment is asked for again', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 60_000)]));
    await world.run(100);
    const context = world.cluster.broker(1).node.clientContext();
    const asked = { topicId: 't', partition: 0, offset: 0, dueMs: 2 ** 45, timeoutMs: 1000 };

    const codes: number[] = [];
    for (let time = 0; time < 2; time += 1) {
      void changeDelayed(context, asked).then(({ errorCode }) => codes.push(errorCode));
      await world.run(100);
    }

    expect(codes).toEqual([0, 0]);
    expect(world.cluster.broker(1).replica('t').log.logEndOffset).toBe(2);
  });
});

describe('a change of a record that does not wait is refused', () => {
  it('when it was delivered, was never held, or is another one now', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 300), delayed('b', 60_000)]));
    await world.run(1000);
    change(world, 1, { offset: 1, inMs: 30_000 });
    await world.run(100);
    const heldAt = world.cluster.broker(1).replica('t').log.logEndOffset - 1;

    const asked = [
      change(world, 1, { offset: 0 }),
      change(world, 1, { offset: 0, inMs: 1000 }),
      change(world, 1, { offset: 2 }),
      change(world, 1, { offset: heldAt }),
      change(world, 1, { offset: 999 }),
      change(world, 1, { offset: -1 }),
    ];
    await world.run(100);

    expect(asked.map(({ code }) => code)).toEqual(Array(6).fill('RESOURCE_NOT_FOUND'));
    expect(world.values(1)).toEqual(['a']);
  });

  it('while an older node of the cluster might deliver it all the same', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 60_000)]));
    world.cluster.controller.commit([metadataVersionRecord(2)]);
    await world.run(100);

    const asked = change(world, 1, { offset: 0 });
    await world.run(100);

    expect(asked.code).toBe('UNSUPPORTED_VERSION');
    expect((await list(world, 1)).offsets).toEqual([0]);
  });

  it('by a broker that does not lead, or has too few in sync', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 60_000)]));
    await world.run(100);

    const elsewhere = change(world, 2, { offset: 0 });
    await world.run(10);
    for (const id of [2, 3]) {
      world.cluster.broker(id).crash({ power: false });
      world.cluster.controller.fence(id);
    }
    world.cluster.controller.change('t', { isr: [1] });
    await world.run(100);
    const alone = change(world, 1, { offset: 0 });
    await world.run(1000);

    expect([elsewhere.code, alone.code]).toEqual(['NOT_LEADER_OR_FOLLOWER', 'NOT_ENOUGH_REPLICAS']);
  });

  it('after its delivery is committed, where that was under way when it was asked', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 300)]));
    await world.run(100);
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');
    await world.run(400);
    const appended = cluster.broker(1).replica('t').log.logEndOffset;

    const asked = change(world, 1, { offset: 0 });
    await world.run(200);
    const before = asked.code;
    cluster.network.heal();
    await world.run(2000);

    expect([appended, before, asked.code]).toEqual([2, undefined, 'RESOURCE_NOT_FOUND']);
    expect(world.values(1)).toEqual(['a']);
  });
});
