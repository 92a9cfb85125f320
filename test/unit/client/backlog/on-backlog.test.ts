import { describe, expect, test } from 'vitest';
import type { BacklogOptions } from '../../../../src/client/backlog/backlog-options.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter } from '../fixture.ts';
import type { TextConsumer } from '../group/consumer-fixture.ts';
import { consumerOf, fillAll, startTopic } from '../group/consumer-fixture.ts';
import { begin } from '../handling/run-fixture.ts';

interface Watched {
  readonly world: World;
  readonly consumer: TextConsumer;
  readonly told: string[];
  readonly watch: ReturnType<TextConsumer['onBacklog']>;
  /** Of the handler of each record; it hangs until this is 0. */
  isOpen: boolean;
}

const BOUNDS = { above: { lagCount: 10 }, below: { lagCount: 2 }, forMs: 3000, intervalMs: 1000 };

/** A consumer of two partitions whose handlers wait until `isOpen`. */
const startWatched = async (options: Partial<BacklogOptions> = {}): Promise<Watched> => {
  const world = await startTopic(2, 3);
  const consumer = consumerOf(world);
  const told: string[] = [];
  const watch = consumer.onBacklog({
    ...BOUNDS,
    onHigh: ({ lagCount }) => void told.push(`high ${lagCount}`),
    onLow: ({ lagCount }) => void told.push(`low ${lagCount}`),
    ...options,
  });
  const watched: Watched = { world, consumer, told, watch, isOpen: false };
  begin(consumer, async () => {
    while (!watched.isOpen) await world.sleep(100);
  });
  await world.clock.settle(10_000);
  return watched;
};

describe('onBacklog', () => {
  test('tells once that what this member has is high, and once that it is low again', async () => {
    const watched = await startWatched();
    const { world, told, watch } = watched;
    const before = [...told];

    fillAll(world, 2, 5, 3);
    await world.clock.settle(20_000);
    const whileHigh = [...told, watch.isHigh];
    watched.isOpen = true;
    await world.clock.settle(20_000);

    expect(before).toEqual([]);
    expect(whileHigh).toEqual(['high 16', true]);
    expect(told).toEqual(['high 16', 'low 0']);
  });

  test('tells of no peak that is over before its time', async () => {
    const watched = await startWatched();
    const { world, told } = watched;

    fillAll(world, 2, 5, 3);
    await world.clock.settle(2000);
    watched.isOpen = true;
    await world.clock.settle(20_000);

    expect(told).toEqual([]);
  });

  test('goes by the age of the first record that waits where it is told to', async () => {
    const { told } = await startWatched({ above: { lagMs: 60_000 }, below: { lagMs: 1000 } });

    expect(told).toEqual(['high 6']);
  });

  test('goes on where its hook throws', async () => {
    const watched = await startWatched({
      onHigh: () => {
        throw new Error('the side work does not stop');
      },
    });

    fillAll(watched.world, 2, 5, 3);
    await watched.world.clock.settle(10_000);
    watched.isOpen = true;
    await watched.world.clock.settle(10_000);

    expect(watched.told).toEqual(['low 0']);
  });

  test('waits for its hook before it looks again', async () => {
    let endHook = (): void => {};
    const watched = await startWatched({
      onHigh: () =>
        new Promise<void>((resolve) => {
          endHook = resolve;
        }),
    });
    const { world, told } = watched;
    fillAll(world, 2, 5, 3);
    await world.clock.settle(10_000);
    watched.isOpen = true;
    await world.clock.settle(10_000);
    const whileStopping = [...told];

    endHook();
    await world.clock.settle(10_000);

    expect(whileStopping).toEqual([]);
    expect(told).toEqual(['low 0']);
  });

  test.each<[string, (watched: Watched) => unknown]>([
    ['stop', ({ watch }) => watch.stop()],
    ['close', ({ world, consumer }) => outcomeAfter(world.clock, 60_000, consumer.close())],
  ])('tells nothing after %s', async (_, end) => {
    const watched = await startWatched();
    fillAll(watched.world, 2, 5, 3);
    await watched.world.clock.settle(10_000);

    await end(watched);
    watched.isOpen = true;
    await watched.world.clock.settle(20_000);

    expect(watched.told).toEqual(['high 16']);
  });

  test('changes nothing while leaders do not answer, and goes on when they do', async () => {
    const { world, told, watch } = await startWatched();
    for (const broker of world.cluster.brokers) broker.pause();
    fillAll(world, 2, 5, 3);
    await world.clock.settle(8000);
    const whileSilent = watch.isHigh;

    for (const broker of world.cluster.brokers) broker.resume();
    await world.clock.settle(30_000);

    expect(whileSilent).toBe(false);
    expect(told).toEqual(['high 16']);
  });

  test.each<[string, Partial<BacklogOptions>, RegExp]>([
    ['no bound', { above: {} }, /above has no bound/],
    ['a lower bound that is higher', { below: { lagCount: 11 } }, /lagCount=11 is more than/],
    ['a lower bound of something else', { below: { lagMs: 1 } }, /below has lagMs, above has not/],
    ['a bound that is no number', { above: { lagCount: -1 } }, /above.lagCount=-1 is not a whole/],
    ['no hook', { onLow: undefined as never }, /onLow is no function/],
    ['an unknown key', { for: 5 } as never, /unknown onBacklog option: for, did you mean forMs/],
  ])('refuses %s', async (_, options, message) => {
    const world = await startTopic(1, 0);
    const hooks = { onHigh: () => {}, onLow: () => {} };

    const watch = (): unknown => consumerOf(world).onBacklog({ ...BOUNDS, ...hooks, ...options });

    expect(watch).toThrow(message);
  });

  test('begins low at half of the upper bound by default', async () => {
    const watched = await startWatched({ below: {} });
    fillAll(watched.world, 2, 5, 3);
    await watched.world.clock.settle(10_000);

    watched.isOpen = true;
    await watched.world.clock.settle(10_000);

    expect(watched.told).toEqual(['high 16', 'low 0']);
  });
});
