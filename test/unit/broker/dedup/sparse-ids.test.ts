import { describe, expect, it } from 'vitest';
import { IDS_MAX, IdKeeper } from '../../../../src/broker/dedup/id-keeper.ts';
import { IdRoom } from '../../../../src/broker/dedup/id-room.ts';
import { readWholeFile, replaceFile } from '../../../../src/env/disk.ts';
import { silentLogger } from '../../../../src/env/logger.ts';
import { silentMeter } from '../../../../src/env/meter.ts';
import { decodeCheckedText, encodeCheckedText } from '../../../../src/log/checked-text.ts';
import type { DelayedCluster } from '../delayed/delayed-cluster.ts';
import { sentBatch } from '../delayed/delayed-cluster.ts';
import { named, sendIds, startDedup } from './dedup-cluster.ts';

/** So many records without ids, in batches of 20,000 at most; time passes with each. */
const fill = async (world: DelayedCluster, count: number, batchMs = 20): Promise<void> => {
  const batchCount = Math.min(count, 20_000);
  const filler = sentBatch(Array.from({ length: batchCount }, () => ({ value: 'x' })));
  for (let sentCount = 0; sentCount < count; sentCount += batchCount) {
    world.send(1, Uint8Array.from(filler));
    await world.run(batchMs);
  }
};

const restart = async ({ cluster }: DelayedCluster, brokerId = 1): Promise<void> => {
  cluster.broker(brokerId).crash({ power: true });
  await cluster.broker(brokerId).start();
  await cluster.run(3000);
};

describe('an id is known behind more than a million records without', () => {
  it('by a broker that was restarted', async () => {
    const world = await startDedup(1);
    await sendIds(world, 1, ['a']);
    await fill(world, IDS_MAX + 20_000);

    await restart(world);

    expect(await sendIds(world, 1, ['a'])).toEqual([0]);
    world.cluster.expectHealthy();
  });

  it('by a replica that was away while they came, and leads then', async () => {
    const world = await startDedup();
    const { cluster } = world;
    cluster.broker(3).crash({ power: false });
    cluster.controller.fenceAndDrop(3);
    await world.run(500);
    await sendIds(world, 1, ['a']);
    await fill(world, IDS_MAX + 20_000);
    await cluster.broker(3).start();
    await world.run(5000);

    cluster.broker(1).crash({ power: true });
    cluster.controller.change('t', { leader: 3, isr: [2, 3] });
    await world.run(500);

    expect(await sendIds(world, 3, ['a'])).toEqual([0]);
    cluster.expectHealthy();
  });
});

it('a broker with room for few ids reads the newest of them, whatever lies between', async () => {
  const world = await startDedup(1);
  const broker = world.cluster.broker(1);
  broker.dedupMaxIds = 10;
  await restart(world);
  const ids = Array.from({ length: 10 }, (_, index) => `id-${index}`);
  const before: number[] = [];
  for (const id of ids) {
    before.push(...(await sendIds(world, 1, [id])));
    await fill(world, 100, 5000);
  }

  await restart(world);

  expect(await sendIds(world, 1, ids)).toEqual(before);
  world.cluster.expectHealthy();
});

it('a follower that crashed knows what its newest marks have, with room for few ids', async () => {
  const world = await startDedup();
  const { cluster } = world;
  cluster.broker(2).dedupMaxIds = 10;
  await restart(world, 2);
  await sendIds(world, 1, ['first']);
  await world.run(10_000);
  const before = await sendIds(world, 1, ['a']);
  await fill(world, 100, 10_000);
  await fill(world, 100, 1000);

  await restart(world, 2);
  cluster.broker(1).crash({ power: true });
  cluster.controller.change('t', { leader: 2, isr: [2, 3] });
  await world.run(500);

  expect(await sendIds(world, 2, ['a'])).toEqual(before);
  cluster.expectHealthy();
});

describe('where a file does not tell how many ids lie where', () => {
  /** A keeper that begins with this file, in a broker with room for 1000 ids. */
  const begin = async (world: DelayedCluster, change: (lines: readonly string[]) => string[]) => {
    const { cluster } = world;
    const broker = cluster.broker(1);
    const partition = broker.replica('t');
    const { disk } = broker;
    const path = `${partition.log.directory}/id-marks`;
    const lines = decodeCheckedText(
      'id-marks',
      readWholeFile(disk, path) ?? new Uint8Array(),
      path,
    );
    const replaced = replaceFile(disk, path, encodeCheckedText('id-marks', change(lines ?? [])));
    await world.run(100);
    await replaced;
    const told: object[] = [];
    const warn = (_: string, fields?: object): void => void told.push({ ...fields });
    const keeper = new IdKeeper({
      ...{ partition, disk, clock: cluster.clock, logger: { ...silentLogger, warn } },
      forgotten: silentMeter.counter({ name: 'forgotten', help: '' }),
      onFatal: (error) => void broker.fatal.push(error),
      isFromNow: false,
      room: new IdRoom(1000, () => {}),
    });
    await world.run(2000);
    const again = world.send(1, sentBatch([named('a')]));
    await world.run(100);
    const closed = keeper.close();
    await world.run(100);
    await closed;
    return { told, again: again.outcome };
  };

  /** 'a' at 0, then some marks with 3000 records. */
  const start = async (): Promise<DelayedCluster> => {
    const world = await startDedup(1);
    await sendIds(world, 1, ['a']);
    await fill(world, 100);
    for (let round = 0; round < 3; round += 1) {
      await world.run(10_000);
      await fill(world, 1000);
    }
    return world;
  };

  const isMark = (line: string): boolean => line.split(' ').length === 3;

  it.each([
    ['is of a release that counts none', (lines: readonly string[]) => lines.filter(isMark), 2101],
    ['is lost', () => [], 2101],
  ])(
    'it %s, each offset counts as one, and what is not looked at is said',
    async (_, change, end) => {
      const world = await start();

      const { told, again } = await begin(world, change);

      expect(told).toEqual([expect.objectContaining({ startOffset: 0, endOffset: end })]);
      expect(again).toMatchObject({ code: 'NONE', baseOffset: 3101 });
      world.cluster.expectHealthy();
    },
  );

  it('it does, and nothing is passed over', async () => {
    const world = await start();

    const { told, again } = await begin(world, (lines) => [...lines]);

    expect(told).toEqual([]);
    expect(again).toMatchObject({ code: 'NONE', baseOffset: 0, isDuplicate: true });
    world.cluster.expectHealthy();
  });
});
