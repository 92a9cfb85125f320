import { describe, expect, test } from 'vitest';
import type { World } from '../../fixture.ts';
import { outcomeAfter } from '../../fixture.ts';
import { fill } from '../../reader/fixture.ts';
import type { Running, TextOptions } from '../consumer-fixture.ts';
import { consumerOf, fillAll, runConsumer, sharesOf, startTopic } from '../consumer-fixture.ts';

const OLD = '0 1 2';
const ALL = '0 1 2 3 4 5';

/** Three partitions more behind a fence, which producers have settled with or not. */
const grow = (world: World, { settledInMs = 0, groups = ['g'] } = {}): void => {
  fence(world, settledInMs, groups);
  world.cluster.addPartitions('t', 3);
};

const fence = (world: World, settledInMs: number, groups: string[] = ['g']): void => {
  world.cluster.fences.set('t', { firstPartition: 3, groups, settledInMs });
};

const start = (
  world: World,
  pace: { delayMs: number } = { delayMs: 0 },
  options: Partial<TextOptions> = {},
): Running =>
  runConsumer(consumerOf(world, { metadataMaxAgeMs: 1000, ...options }), async () => {
    if (pace.delayMs > 0) await world.sleep(pace.delayMs);
  });

const untilShareIs = async (world: World, running: Running, share: string): Promise<void> => {
  for (let step = 0; step < 1000 && sharesOf(running)[0] !== share; step += 1) {
    await world.clock.settle(20);
  }
  expect(sharesOf(running)).toEqual([share]);
};

const fillNew = (world: World): void => {
  for (const partition of [3, 4, 5]) fill(world, [`${partition}-new`], { partition });
};

describe('partitions behind a fence', () => {
  test('are given to nobody of the group before it has consumed what was before', async () => {
    const world = await startTopic(3, 20);
    const pace = { delayMs: 1000 };
    const only = start(world, pace);
    await world.clock.settle(5000);

    grow(world);
    fillNew(world);
    await world.clock.settle(30_000);
    const during = sharesOf(only);
    await world.clock.settle(60_000);

    expect(during).toEqual([OLD]);
    expect(sharesOf(only)).toEqual([ALL]);
    expect(only.values.slice(60).sort()).toEqual(['3-new', '4-new', '5-new']);
    expect(only.values).toHaveLength(63);
  });

  test('wait for producers to settle, and for what these write until then', async () => {
    const world = await startTopic(3, 1);
    const pace = { delayMs: 0 };
    const only = start(world, pace);
    await world.clock.settle(5000);

    grow(world, { settledInMs: 5000 });
    fillNew(world);
    await world.clock.settle(20_000);
    const unsettled = sharesOf(only);
    pace.delayMs = 2000;
    fillAll(world, 3, 5, 1);
    fence(world, 0);
    await world.clock.settle(12_000);
    const behind = sharesOf(only);
    await world.clock.settle(40_000);

    expect([unsettled, behind]).toEqual([[OLD], [OLD]]);
    expect(sharesOf(only)).toEqual([ALL]);
    const firstNew = only.values.findIndex((value) => value.endsWith('new'));
    expect(only.values.slice(0, firstNew)).toHaveLength(18);
  });

  test('are another group’s at once', async () => {
    const world = await startTopic(3, 1);
    grow(world, { settledInMs: 60_000, groups: ['g', 'h'] });

    const [fenced, free] = ['h', 'i'].map((groupId) => start(world, undefined, { groupId }));
    await world.clock.settle(5000);

    expect([fenced, free].map((it) => it && sharesOf(it)[0])).toEqual([OLD, ALL]);
  });

  test('are given at once where the fence is lifted', async () => {
    const world = await startTopic(3, 1);
    grow(world, { settledInMs: 60_000 });
    const only = start(world);
    await world.clock.settle(5000);
    const before = sharesOf(only);

    world.cluster.fences.delete('t');
    world.cluster.createTopic('u');
    await world.clock.settle(5000);

    expect([before, sharesOf(only)]).toEqual([[OLD], [ALL]]);
  });

  test('stay withheld when another member leads', async () => {
    const world = await startTopic(3, 30);
    const pace = { delayMs: 1000 };
    const first = start(world, pace);
    await world.clock.settle(2000);
    const second = start(world, pace);
    await world.clock.settle(5000);
    grow(world);
    fillNew(world);
    await world.clock.settle(5000);

    await outcomeAfter(world.clock, 3000, first.consumer.close());
    const third = start(world, pace);
    await world.clock.settle(10_000);
    const during = sharesOf(second, third).join(' ').trim().split(' ').sort().join(' ');
    await world.clock.settle(90_000);

    const values = [...first.values, ...second.values, ...third.values];
    expect(during).toBe(OLD);
    expect(sharesOf(second, third).join(' ').split(' ').sort().join(' ')).toBe(ALL);
    expect(new Set(values).size).toBe(93);
  });

  test('stay given when another member leads, who has not seen the fence', async () => {
    const world = await startTopic(3, 1);
    grow(world);
    const first = start(world);
    await world.clock.settle(5000);
    const revoked: number[] = [];
    const second = start(world, undefined, {
      listener: {
        onRevoked: (gone) => void revoked.push(...gone.map(({ partition }) => partition)),
      },
    });
    await world.clock.settle(10_000);
    const before = sharesOf(first, second).join(' ').split(' ').sort().join(' ');

    await outcomeAfter(world.clock, 5000, first.consumer.close());
    await world.clock.settle(2000);

    expect(before).toBe(ALL);
    expect(sharesOf(second)).toEqual([ALL]);
    expect(revoked).toEqual([]);
  });

  test('stay given to a group that passed, and starts anew with more to read in the others', async () => {
    const world = await startTopic(3, 2);
    const crashing = world.network.transportFor('crashing');
    const first = start({ ...world, client: world.clientOver(crashing) });
    await world.clock.settle(10_000);
    grow(world);
    await untilShareIs(world, first, ALL);
    void crashing.close();
    fillAll(world, 3, 30, 2);

    const second = start(world, { delayMs: 1000 });
    await untilShareIs(world, second, ALL);

    expect(second.values.length).toBeLessThan(5);
  });

  test('are given to nobody before it is stored that the fence was passed', async () => {
    const world = await startTopic(3, 2);
    const only = start(world);
    await world.clock.settle(10_000);
    world.cluster.groups.commitRefusal = 'INVALID_COMMIT_OFFSET_SIZE';
    grow(world);
    await world.clock.settle(10_000);
    const refused = sharesOf(only);

    world.cluster.groups.commitRefusal = undefined;
    await world.clock.settle(5000);

    expect([refused, sharesOf(only)]).toEqual([[OLD], [ALL]]);
  });

  test('are read from their start by a group that begins at the end of what was there', async () => {
    const world = await startTopic(3, 3);
    grow(world, { settledInMs: 60_000 });
    const only = start(world, undefined, { offsetReset: 'latest' });
    await world.clock.settle(5000);
    fillNew(world);
    const before = sharesOf(only);

    fence(world, 0);
    await world.clock.settle(20_000);

    expect(before).toEqual([OLD]);
    expect(only.values.sort()).toEqual(['3-new', '4-new', '5-new']);
  });
});
