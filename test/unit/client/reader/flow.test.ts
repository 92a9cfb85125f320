import { describe, expect, test } from 'vitest';
import { startWorld } from '../fixture.ts';
import { fill, range, readerOf, startFilled, take } from './fixture.ts';

describe('back-pressure', () => {
  test('no more is fetched ahead than the bound and one answer', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    fill(
      world,
      range(400).map((value) => value.padEnd(1000, '.')),
      { batchSize: 1 },
    );
    const reader = readerOf(world, { prefetchBytes: 20_000, maxPartitionBytes: 10_000 });

    await take(world, reader, 1, 60_000);

    // About 11 batches of 1.1 KB fill the bound of the partition; then nothing is asked for.
    expect(world.cluster.broker(1).fetchRequestCount).toBeLessThanOrEqual(4);
  });

  test('one partition that nobody empties does not starve the others', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { partitions: 2 });
    fill(
      world,
      range(50).map((value) => value.padEnd(1000, '.')),
      { partition: 0, batchSize: 1 },
    );
    fill(world, ['other'], { partition: 1 });
    const reader = readerOf(world, { prefetchBytes: 5000 });

    const found = await take(world, reader, 51);

    expect(found).toContain('other');
    expect(found.length).toBe(51);
  });
});

describe('ends', () => {
  test('the signal of the reader ends the iteration quietly', async () => {
    const world = await startFilled(2);
    const abort = new AbortController();
    const reader = readerOf(world, { signal: abort.signal });
    const reading = take(world, reader, 99, 60_000);
    await world.clock.settle(1000);

    abort.abort();

    expect(await reading).toEqual(range(2));
  });

  test('a signal that fired before the topic was found ends the iteration quietly', async () => {
    const world = await startWorld();
    const abort = new AbortController();
    const reader = readerOf(world, { signal: abort.signal });
    const reading = take(world, reader, 1, 60_000);

    abort.abort();

    expect(await reading).toEqual([]);
  });

  test('endOffsets ends when its signal fires before the topic is found', async () => {
    const world = await startWorld();
    for (const { brokerId } of world.cluster.brokers) world.cluster.broker(brokerId).pause();
    const reader = readerOf(world);
    const abort = new AbortController();

    const asked = reader.endOffsets({ signal: abort.signal });
    abort.abort();

    await expect(asked).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('close ends a waiting iteration; a new one is refused', async () => {
    const world = await startFilled(2);
    const reader = readerOf(world);
    const reading = take(world, reader, 99, 60_000);
    await world.clock.settle(1000);

    await reader.close();

    expect(await reading).toEqual(range(2));
    await expect(take(world, reader, 1)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('partitions that are added are read from their first record', async () => {
    const world = await startFilled(2);
    const reader = readerOf(world, { from: 'latest' });
    const taken = take(world, reader, 1, 200_000);
    await world.clock.settle(1000);
    world.cluster.addPartitions('t', 1);
    fill(world, ['early'], { partition: 1 });

    expect(await taken).toEqual(['early']);
  });
});
