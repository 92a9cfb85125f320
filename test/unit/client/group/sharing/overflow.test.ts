import { describe, expect, test } from 'vitest';
import type { World } from '../../fixture.ts';
import { outcomeAfter } from '../../fixture.ts';
import type { Running, TextOptions } from '../consumer-fixture.ts';
import { consumerOf, fillAll, runConsumer, sharesOf, startTopic } from '../consumer-fixture.ts';

const ALL = '0 1 2 3 4 5';
const HEARTBEAT_MS = 1000;

const limit = (world: World, more: Readonly<Record<string, string>> = {}): void =>
  world.cluster.configureGroup('g', {
    'overflow.above.lag.count': '60',
    'overflow.below.lag.count': '12',
    'overflow.for.ms': '5000',
    ...more,
  });

/** So slow that what it has lags behind. */
interface Pace {
  delayMs: number;
}

const start = (world: World, pace: Pace, options: Partial<TextOptions> = {}): Running =>
  runConsumer(consumerOf(world, { heartbeatIntervalMs: HEARTBEAT_MS, ...options }), async () => {
    if (pace.delayMs > 0) await world.sleep(pace.delayMs);
  });

const lengths = (...running: readonly Running[]): number[] =>
  running.map(({ consumer }) => consumer.partitions.length);

/** A slow member of the main lane, an idle one of the other, and what they handle. */
const startLanes = async (): Promise<{
  world: World;
  pace: Pace;
  main: Running;
  extra: Running;
}> => {
  const world = await startTopic(6, 1);
  const pace = { delayMs: 0 };
  const main = start(world, pace);
  await world.clock.settle(2000);
  limit(world);
  const extra = start(world, pace, { lane: 'overflow' });
  await world.clock.settle(10_000);
  return { world, pace, main, extra };
};

describe('members of the overflow lane', () => {
  test('are idle until the group has been far behind for long enough, and share then', async () => {
    const { world, pace, main, extra } = await startLanes();
    const before = lengths(main, extra);

    pace.delayMs = 500;
    fillAll(world, 6, 60, 1);
    await world.clock.settle(3000);
    const tooSoon = lengths(main, extra);
    await world.clock.settle(12_000);

    expect([before, tooSoon]).toEqual([
      [6, 0],
      [6, 0],
    ]);
    expect(lengths(main, extra)).toEqual([3, 3]);
  });

  test('give their share back when it has been little behind for as long; each record is handled once', async () => {
    const { world, pace, main, extra } = await startLanes();
    pace.delayMs = 500;
    fillAll(world, 6, 60, 1);
    await world.clock.settle(20_000);
    expect(lengths(main, extra)).toEqual([3, 3]);

    pace.delayMs = 0;
    await world.clock.settle(30_000);
    const values = [...main.values, ...extra.values];

    expect(sharesOf(main, extra)).toEqual([ALL, '']);
    expect(extra.values.length).toBeGreaterThan(0);
    expect(values).toHaveLength(6 * 61);
    expect(new Set(values).size).toBe(6 * 61);
  });

  test('share by lag in time as well', async () => {
    const world = await startTopic(6, 0);
    const pace = { delayMs: 500 };
    const main = start(world, pace);
    const extra = start(world, pace, { lane: 'overflow' });
    // Records of the fixtures are from long ago.
    world.cluster.configureGroup('g', { 'overflow.above.lag.ms': '60000', 'overflow.for.ms': '0' });
    await world.clock.settle(10_000);
    const before = lengths(main, extra);

    fillAll(world, 6, 50);
    await world.clock.settle(15_000);

    expect(before).toEqual([6, 0]);
    expect(lengths(main, extra)).toEqual([3, 3]);
  });

  test('stay idle without limits, and begin where they are set', async () => {
    const world = await startTopic(6, 0);
    const pace = { delayMs: 500 };
    const main = start(world, pace);
    await world.clock.settle(2000);
    const extra = start(world, pace, { lane: 'overflow' });
    await world.clock.settle(10_000);
    fillAll(world, 6, 100);
    await world.clock.settle(20_000);
    const without = lengths(main, extra);

    limit(world);
    await world.clock.settle(15_000);

    expect(without).toEqual([6, 0]);
    expect(lengths(main, extra)).toEqual([3, 3]);
  });

  test('give all back where the limits are taken away', async () => {
    const { world, pace, main, extra } = await startLanes();
    pace.delayMs = 500;
    fillAll(world, 6, 200, 1);
    await world.clock.settle(20_000);
    expect(lengths(main, extra)).toEqual([3, 3]);

    world.cluster.configureGroup('g', {});
    await world.clock.settle(10_000);

    expect(sharesOf(main, extra)).toEqual([ALL, '']);
  });

  test('have everything where there is no other, without a limit', async () => {
    const world = await startTopic(6, 3);

    const extra = start(world, { delayMs: 0 }, { lane: 'overflow' });
    await world.clock.settle(5000);

    expect(sharesOf(extra)).toEqual([ALL]);
    expect(extra.values).toHaveLength(18);
  });

  test('keep their share when another member leads, and give it up as it would have them', async () => {
    const { world, pace, main, extra } = await startLanes();
    const second = start(world, pace);
    await world.clock.settle(10_000);
    pace.delayMs = 500;
    fillAll(world, 6, 200, 1);
    await world.clock.settle(20_000);
    expect(lengths(main, second, extra)).toEqual([2, 2, 2]);

    // The first that came has led.
    const shares: number[] = [];
    const left = outcomeAfter(world.clock, 3000, main.consumer.close());
    await left;
    for (let at = 0; at < 4; at += 1) {
      await world.clock.settle(1000);
      shares.push(extra.consumer.partitions.length);
    }
    pace.delayMs = 0;
    await world.clock.settle(40_000);

    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(sharesOf(second, extra)).toEqual([ALL, '']);
  });

  test('do not stop what stays: what the main lane keeps is never revoked', async () => {
    const world = await startTopic(6, 1);
    const pace = { delayMs: 0 };
    const revoked: number[] = [];
    const main = start(world, pace, {
      listener: {
        onRevoked: (gone) => void revoked.push(...gone.map(({ partition }) => partition)),
      },
    });
    limit(world);
    const extra = start(world, pace, { lane: 'overflow' });
    await world.clock.settle(10_000);
    const beforeOpening = [...revoked];

    pace.delayMs = 500;
    fillAll(world, 6, 60, 1);
    await world.clock.settle(20_000);
    const given = sharesOf(extra)[0] ?? '';
    const afterOpening = [...revoked];
    pace.delayMs = 0;
    await world.clock.settle(30_000);

    expect(beforeOpening).toEqual([]);
    expect(afterOpening.sort().join(' ')).toBe(given);
    expect(sharesOf(main, extra)).toEqual([ALL, '']);
    expect(revoked).toEqual(afterOpening);
  });
});
