import { describe, expect, it } from 'vitest';
import { IdKeeper } from '../../../../src/broker/dedup/id-keeper.ts';
import { IdRoom } from '../../../../src/broker/dedup/id-room.ts';
import { applyRetention } from '../../../../src/broker/retention.ts';
import { silentLogger } from '../../../../src/env/logger.ts';
import { silentMeter } from '../../../../src/env/meter.ts';
import { drainPromises } from '../../../support/manual-clock.ts';
import type { DelayedCluster } from '../delayed/delayed-cluster.ts';
import { sentBatch } from '../delayed/delayed-cluster.ts';
import { named, sendIds, startDedup, WINDOW_MS } from './dedup-cluster.ts';

const IDS = Array.from({ length: 40 }, (_, index) => `id-${index}`);

/** All of them where nothing else is said. */
const sendAll = (
  world: DelayedCluster,
  brokerId: number,
  ids: readonly string[] = IDS,
): Promise<number[]> => sendIds(world, brokerId, ids);

describe('a repeat is known, with the offset of the first,', () => {
  it.each([false, true])('by the next leader (power cut: %s)', async (power) => {
    const world = await startDedup();
    const { cluster } = world;
    const before = await sendAll(world, 1);

    cluster.broker(1).crash({ power });
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(300);
    const after = await sendAll(world, 2);

    expect(after).toEqual(before);
    expect(world.values(2)).toEqual(IDS);
    cluster.expectHealthy();
  });

  it.each([false, true])('when all brokers have ended (power cut: %s)', async (power) => {
    const world = await startDedup();
    const { cluster } = world;
    const before = await sendAll(world, 1);

    for (const broker of cluster.brokers) broker.crash({ power });
    for (const broker of cluster.brokers) await broker.start();
    await world.run(3000);
    const after = await sendAll(world, 1);

    expect(after).toEqual(before);
    expect(world.values(1)).toEqual(IDS);
    cluster.expectHealthy();
  });

  it('by a replica that fetched it all from the disk of another one', async () => {
    const world = await startDedup();
    const { cluster } = world;
    cluster.broker(3).crash({ power: false });
    cluster.controller.fenceAndDrop(3);
    await world.run(500);
    const before = await sendAll(world, 1);
    await cluster.broker(3).start();
    await world.run(3000);

    cluster.broker(1).crash({ power: true });
    cluster.controller.change('t', { leader: 3, isr: [2, 3] });
    await world.run(500);

    expect(await sendAll(world, 3)).toEqual(before);
    cluster.expectHealthy();
  });

  it('where only the new leader has the first, and does not know that it is committed', async () => {
    const world = await startDedup();
    const { cluster } = world;
    await sendAll(world, 1, ['x']);
    cluster.network.cut('b1', 'b3');
    const first = world.send(1, sentBatch([named('a')]));
    const next = cluster.broker(2).replica('t');
    for (let step = 0; step < 500 && next.log.logEndOffset < 2; step += 1) await world.run(0.2);
    const unanswered = first.outcome;

    cluster.broker(1).crash({ power: true });
    cluster.network.heal();
    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(300);

    expect(unanswered).toBeUndefined();
    expect(await sendAll(world, 2, ['a'])).toEqual([1]);
    expect(world.values(2)).toEqual(['x', 'a']);
  });
});

it('a leader knows what it took over though records without ids keep coming', async () => {
  const world = await startDedup(1);
  const { clock } = world.cluster;
  const broker = world.cluster.broker(1);
  const partition = broker.replica('t');
  const filler = sentBatch([{ value: 'x'.repeat(300_000) }]);
  const fill = () => world.send(1, Uint8Array.from(filler));
  const before = await sendAll(world, 1);
  for (let index = 0; index < 5; index += 1) {
    fill();
    await world.run(20);
  }
  const logger = silentLogger;
  const forgotten = silentMeter.counter({ name: 'forgotten', help: '' });
  const onFatal = (error: Error): void => void broker.fatal.push(error);
  const { disk } = broker;
  const keeper = new IdKeeper({
    ...{ partition, disk, clock, logger, forgotten, onFatal },
    isFromNow: false,
    room: new IdRoom(1000, () => {}),
  });

  // Each time more than it reads in one event.
  for (let event = 0; event < 100; event += 1) {
    fill();
    clock.step(clock.monotonicMs());
    await drainPromises();
  }
  const again = world.send(1, sentBatch([named('id-3')]));
  await world.run(100);
  const closed = keeper.close();
  await world.run(100);
  await closed;

  expect(again.outcome).toMatchObject({ code: 'NONE', baseOffset: before[3], isDuplicate: true });
  world.cluster.expectHealthy();
});

describe('an id is forgotten', () => {
  it('where its broker has as many as it may, the oldest first', async () => {
    const world = await startDedup(1);
    const { cluster } = world;
    const broker = cluster.broker(1);
    broker.crash({ power: false });
    broker.dedupMaxIds = 2;
    await broker.start();
    await world.run(3000);
    await sendAll(world, 1, ['a', 'b', 'c']);

    const again = [await sendAll(world, 1, ['b', 'c']), await sendAll(world, 1, ['a'])];

    expect(again).toEqual([[1, 2], [3]]);
    cluster.expectHealthy();
  });

  it('with the record of a leader that nobody else had', async () => {
    const world = await startDedup();
    const { cluster } = world;
    await sendAll(world, 1, ['x']);
    cluster.network.cut('b1', 'b2');
    cluster.network.cut('b1', 'b3');
    world.send(1, sentBatch([named('lost'), named('kept')]));
    await world.run(50);
    const appended = cluster.broker(1).replica('t').log.logEndOffset;

    cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(300);
    cluster.network.heal();
    const kept = await sendAll(world, 2, ['kept']);
    await world.run(2000);
    cluster.controller.change('t', { leader: 1, isr: [1, 2, 3] });
    await world.run(500);

    expect(appended).toBe(3);
    expect(kept).toEqual([1]);
    expect(await sendAll(world, 1, ['lost', 'kept'])).toEqual([2, 1]);
    expect(world.values(1)).toEqual(['x', 'kept', 'lost']);
    cluster.expectHealthy();
  });

  it.each([
    ['all of the log', 5],
    ['a part of what the others had not', 2],
  ])(
    'with its record where a replica loses %s to a leader that starts behind it',
    async (_, startOffset) => {
      const world = await startDedup();
      const { cluster } = world;
      await sendAll(world, 1, ['x']);
      cluster.network.cut('b1', 'b2');
      cluster.network.cut('b1', 'b3');
      for (const id of ['lost', 'lost too']) world.send(1, sentBatch([named(id)]));
      await world.run(50);
      const former = cluster.broker(1).replica('t');
      const ownEnd = former.log.logEndOffset;
      cluster.controller.change('t', { leader: 2, isr: [2, 3] });
      await world.run(300);
      for (const id of ['1', '2', '3', '4', '5', '6']) await sendAll(world, 2, [id]);
      const { log } = cluster.broker(2).replica('t');
      log.raiseLogStart(startOffset);
      const saved = log.saveMarks();
      await world.run(300);
      await saved;
      log.removeBelow(startOffset);

      cluster.network.heal();
      await world.run(3000);
      const kept = [former.log.logStartOffset, former.log.logEndOffset];
      cluster.controller.change('t', { leader: 1, isr: [1, 2, 3] });
      await world.run(500);

      expect([ownEnd, ...kept]).toEqual([3, startOffset, 7]);
      expect(await sendAll(world, 1, ['lost', 'lost too', '5'])).toEqual([7, 8, 5]);
      cluster.expectHealthy();
    },
  );

  it('a window behind a restart at the latest, which does not count the time away', async () => {
    const world = await startDedup(1);
    const { cluster } = world;
    await sendAll(world, 1, ['a']);
    await world.run(WINDOW_MS / 2);
    cluster.broker(1).crash({ power: false });
    await world.run(5 * WINDOW_MS);
    await cluster.broker(1).start();
    await world.run(1000);

    const soon = await sendAll(world, 1, ['a']);
    await world.run(WINDOW_MS);
    const late = await sendAll(world, 1, ['a']);

    expect([soon, late]).toEqual([[0], [1]]);
  });
});

it('a restarted broker keeps what may be in the window, and forgets what was before', async () => {
  const world = await startDedup(1, { 'segment.bytes': '2000' });
  const { cluster } = world;
  await sendAll(world, 1, ['old']);
  for (let round = 0; round < 12; round += 1) {
    await world.run(WINDOW_MS / 4);
    await sendAll(world, 1, [`round ${round}`]);
  }

  cluster.broker(1).crash({ power: true });
  await cluster.broker(1).start();
  await world.run(2000);
  const { keptFrom } = cluster.broker(1).replica('t').ids ?? {};

  expect(keptFrom).toBeGreaterThan(5);
  expect(await sendAll(world, 1, ['round 11', 'old'])).toEqual([12, 14]);
});

describe('what lies within the window', () => {
  const filler = (): Uint8Array =>
    sentBatch(Array.from({ length: 10 }, (_, i) => ({ value: `${i} ${'x'.repeat(50)}` })));

  const fill = async (world: DelayedCluster): Promise<void> => {
    for (let index = 0; index < 20; index += 1) {
      world.send(1, filler());
      await world.run(20);
    }
  };

  it('outlives retention, and goes behind it', async () => {
    const world = await startDedup(1, { 'segment.bytes': '2000', 'retention.bytes': '4000' });
    const { clock } = world.cluster;
    await sendAll(world, 1, ['a']);
    await fill(world);
    const replica = world.cluster.broker(1).replica('t');

    applyRetention(replica, clock.wallMs());
    const within = replica.log.logStartOffset;
    await world.run(2 * WINDOW_MS);
    applyRetention(replica, clock.wallMs());

    expect(within).toBe(0);
    expect(replica.log.logStartOffset).toBeGreaterThan(100);
  });

  it('outlives compaction', async () => {
    const world = await startDedup(1, {
      'cleanup.policy': 'compact',
      'segment.bytes': '600',
      'min.cleanable.dirty.ratio': '0',
    });
    const { cluster } = world;
    const sent = (value: string) => ({ ...named(value), key: 'k' });
    for (let index = 0; index < 40; index += 1) {
      world.send(1, sentBatch([sent(`v${index}`)]));
      await world.run(10);
    }
    await world.run(40_000);
    cluster.broker(1).crash({ power: true });
    await cluster.broker(1).start();
    await world.run(1000);

    const again = world.send(1, sentBatch([sent('v3')]));
    await world.run(100);

    expect(again.outcome).toMatchObject({ baseOffset: 3, isDuplicate: true });
  });
});
