import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../../../../src/base/errors.ts';
import { changeDelayed, getDelayed, listDelayed } from '../../../../src/broker/client/delayed.ts';
import { deleteRecords } from '../../../../src/broker/replication/delete-records.ts';
import { metadataVersionRecord } from '../../../../src/metadata/records.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

const CLEANER_PAUSE_MS = 16_000;
const PAGE_BYTES = 1 << 20;

interface Asked {
  code: string | undefined;
}

/** Asks a broker to cancel the record first held there, or to give it a moment in so long. */
const change = (
  world: DelayedCluster,
  brokerId: number,
  { offset, inMs, timeoutMs = 3000 }: { offset: number; inMs?: number; timeoutMs?: number },
): Asked => {
  const { cluster } = world;
  const context = cluster.broker(brokerId).node.clientContext();
  const dueMs = inMs === undefined ? undefined : Math.round(cluster.clock.wallMs()) + inMs;
  const asked: Asked = { code: undefined };
  const place = { topicId: 't', partition: 0, offset };
  void changeDelayed(context, { ...place, dueMs, timeoutMs }).then(({ errorCode }) => {
    asked.code = errorCodeOf(errorCode);
  });
  return asked;
};

/** All pages of what waits, by their values or the places where they were held first. */
const list = async (world: DelayedCluster, brokerId: number, maxCount = 1000) => {
  const context = world.cluster.broker(brokerId).node.clientContext();
  const offsets: number[] = [];
  let [pages, fromDueMs, fromHeldOffset] = [0, 0, 0];
  while (fromDueMs >= 0) {
    const asked = { topicId: 't', partition: 0, fromDueMs, fromHeldOffset, maxCount };
    let done = false;
    void listDelayed(context, asked, PAGE_BYTES).then((page) => {
      expect(errorCodeOf(page.errorCode)).toBe('NONE');
      offsets.push(...page.records.map(({ offset }) => offset));
      [fromDueMs, fromHeldOffset, done] = [page.nextDueMs, page.nextHeldOffset, true];
    });
    for (let step = 0; step < 100 && !done; step += 1) await world.run(1);
    pages += 1;
  }
  return { offsets, pages };
};

const get = async (world: DelayedCluster, brokerId: number, offset: number) => {
  const context = world.cluster.broker(brokerId).node.clientContext();
  let found: Awaited<ReturnType<typeof getDelayed>> | undefined;
  void getDelayed(context, { topicId: 't', partition: 0, offset }).then((answer) => {
    found = answer;
  });
  for (let step = 0; step < 100 && found === undefined; step += 1) await world.run(1);
  return { code: errorCodeOf(found?.errorCode ?? 0), record: found?.record };
};

const cutPowerOfAll = async ({ cluster }: DelayedCluster, { wipe = false } = {}): Promise<void> => {
  for (const broker of cluster.brokers) {
    broker.crash({ power: true });
    if (wipe) broker.stores.wipe('/data/delayed');
  }
  for (const broker of cluster.brokers) await broker.start();
};

const heldAgainAtEnd = async (world: DelayedCluster): Promise<void> => {
  const { cluster } = world;
  const { deadlines } = cluster.broker(1).node.clientContext();
  const replica = cluster.broker(1).replica('t');
  void deleteRecords(replica, { beforeOffset: -1, timeoutMs: 3000 }, deadlines);
  await world.run(1000);
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

  it('is told so only when all in-sync replicas have it', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 60_000)]));
    await world.run(100);
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');

    const asked = change(world, 1, { offset: 0, timeoutMs: 500 });
    await world.run(300);
    const before = asked.code;
    await world.run(300);
    const after = asked.code;
    cluster.network.heal();

    expect([before, after]).toEqual([undefined, 'REQUEST_TIMED_OUT']);
  });

  it('is told that too few are in sync, where it is in the log and cannot be committed', async () => {
    const world = await DelayedCluster.start();
    const { cluster } = world;
    world.send(1, sentBatch([delayed('a', 60_000)]));
    await world.run(100);
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');

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
