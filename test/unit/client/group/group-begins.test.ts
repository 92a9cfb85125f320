import { describe, expect, test } from 'vitest';
import type { World } from '../fixture.ts';
import { outcomeAfter } from '../fixture.ts';
import { fill, range } from '../reader/fixture.ts';
import {
  committedOf,
  consumerOf,
  fillAll,
  runConsumer,
  SESSION_MS,
  startTopic,
} from './consumer-fixture.ts';

/** How many partitions the group has committed something of. */
const committedParts = (world: World, partitions: number): number =>
  range(partitions).filter((_, partition) => committedOf(world, partition) !== undefined).length;

describe('where a group begins', () => {
  test('at the end by default; what comes before the first commit is not lost to a crash', async () => {
    const world = await startTopic(1, 3);
    const options = { offsetReset: 'latest', autoCommit: false } as const;
    const crashing = world.network.transportFor('crashing');
    const first = runConsumer(
      consumerOf({ ...world, client: world.clientOver(crashing) }, options),
    );
    await world.clock.settle(1000);
    expect(committedOf(world, 0)).toBe(3);
    void crashing.close();
    fill(world, ['while nobody was there']);

    const second = runConsumer(consumerOf(world, options));
    await world.clock.settle(SESSION_MS * 2);

    expect(first.values).toEqual([]);
    expect(second.values).toEqual(['while nobody was there']);
  });

  test.each([
    ['has begun', 0],
    ['has handled and committed', 1],
  ])('at the end for each member of a new group, whatever another %s', async (_, count) => {
    const world = await startTopic(6, 3);
    const options = { offsetReset: 'latest', autoCommitIntervalMs: 500 } as const;
    const begunAfter = (delayMs: number) => ({ onAssigned: () => world.sleep(delayMs) });
    const first = runConsumer(consumerOf(world, { ...options, listener: begunAfter(5000) }));
    await world.clock.settle(1000);
    const second = runConsumer(consumerOf(world, { ...options, listener: begunAfter(20_000) }));
    await world.clock.settle(20_000);
    fillAll(world, 6, count, 3);
    await world.clock.settle(2000);
    expect(committedParts(world, 6)).toBe(3);

    await world.clock.settle(30_000);
    fillAll(world, 6, 1, 9);
    await world.clock.settle(2000);

    expect(first.values.length).toBe(3 * (count + 1));
    expect(second.values.length).toBe(3);
    expect(second.values.every((value) => value.endsWith('-v9'))).toBe(true);
  });

  test('none: the iteration ends, with the remedy', async () => {
    const world = await startTopic(1, 3);

    const running = runConsumer(consumerOf(world, { offsetReset: 'none' }));
    await world.clock.settle(1000);

    expect(running.error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect(running.error?.message).toContain('set offsetReset');
  });

  test('a partition that is added is read from its start within the metadata age', async () => {
    const world = await startTopic(1, 1);
    const running = runConsumer(
      consumerOf(world, { offsetReset: 'latest', metadataMaxAgeMs: 10_000 }),
    );
    await world.clock.settle(1000);

    world.cluster.addPartitions('t', 1);
    fill(world, ['early'], { partition: 1 });
    await world.clock.settle(11_000);

    expect(running.values).toEqual(['early']);
  });

  test('so it is where offsetReset is none', async () => {
    const world = await startTopic(1, 1);
    const first = runConsumer(consumerOf(world));
    await world.clock.settle(1000);
    await outcomeAfter(world.clock, 1000, first.consumer.close());
    const options = { offsetReset: 'none', metadataMaxAgeMs: 10_000 } as const;
    const running = runConsumer(consumerOf(world, options));
    await world.clock.settle(1000);

    world.cluster.addPartitions('t', 1);
    fill(world, ['early'], { partition: 1 });
    await world.clock.settle(11_000);

    expect(running.error).toBeUndefined();
    expect(running.values).toEqual(['early']);
  });

  test('none: one of which nothing is committed any more was there with those behind it', async () => {
    const world = await startTopic(2, 1);
    const first = runConsumer(consumerOf(world));
    await world.clock.settle(1000);
    await outcomeAfter(world.clock, 1000, first.consumer.close());
    const forgotten = [{ topic: 't', partition: 0 }];
    const { groups } = world.client.admin();
    await outcomeAfter(world.clock, 1000, groups.deleteOffsets('g', forgotten));
    expect([committedOf(world, 0), committedOf(world, 1)]).toEqual([undefined, 1]);

    const running = runConsumer(consumerOf(world, { offsetReset: 'none' }));
    await world.clock.settle(1000);

    expect(running.error).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });

  test('so is one that is added before a member comes, which gets it', async () => {
    const world = await startTopic(1, 1);
    const options = { offsetReset: 'latest', metadataMaxAgeMs: 600_000 } as const;
    const one = runConsumer(consumerOf(world, options));
    await world.clock.settle(1000);
    world.cluster.addPartitions('t', 1);
    fill(world, ['early'], { partition: 1 });

    const two = runConsumer(consumerOf({ ...world, client: world.otherClient() }, options));
    await world.clock.settle(20_000);

    expect([...one.values, ...two.values]).toEqual(['early']);
  });

  test('and one that is added while the others only just begin', async () => {
    const world = await startTopic(1, 1);
    const listener = { onAssigned: () => world.sleep(5000) };
    const options = { offsetReset: 'latest', metadataMaxAgeMs: 60_000, listener } as const;
    const running = runConsumer(consumerOf(world, options));
    await world.clock.settle(4000);
    expect(running.consumer.partitions).toEqual([{ topic: 't', partition: 0 }]);

    world.cluster.addPartitions('t', 1);
    fill(world, ['early'], { partition: 1 });
    await world.clock.settle(80_000);

    expect(running.values).toEqual(['early']);
  });

  test('a listener may seek before anything is handed out', async () => {
    const world = await startTopic(1, 3);
    const consumer = consumerOf(world, {
      listener: { onAssigned: () => consumer.seek(0, 2) },
    });

    const running = runConsumer(consumer);
    await world.clock.settle(1000);

    expect(running.values).toEqual(['0-v2']);
  });
});
