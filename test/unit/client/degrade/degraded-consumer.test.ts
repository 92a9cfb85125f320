import { describe, expect, test } from 'vitest';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter } from '../fixture.ts';
import type { TextConsumer } from '../group/consumer-fixture.ts';
import {
  committedOf,
  consumerOf,
  fillAll,
  runConsumer,
  startTopic,
} from '../group/consumer-fixture.ts';
import { fill, range } from '../reader/fixture.ts';

/** What is handled, in order, in each of the ways to take records in. */
const WAYS: Readonly<Record<string, (consumer: TextConsumer, values: string[]) => unknown>> = {
  run: (consumer, values) =>
    consumer.run({ order: 'partition', handler: ({ value }) => void values.push(value ?? '') }),
  eachBatch: (consumer, values) =>
    consumer.eachBatch({
      handler: ({ records }) => void values.push(...records.map(({ value }) => value ?? '')),
    }),
  iteration: async (consumer, values) => {
    for await (const { value } of consumer) values.push(value ?? '');
  },
  batches: async (consumer, values) => {
    for await (const { records } of consumer.batches()) {
      values.push(...records.map(({ value }) => value ?? ''));
    }
  },
};

const eachWay = describe.each(Object.entries(WAYS));

const names = (count: number, first = 0): string[] =>
  range(count, first).map((name) => `0-${name}`);

const closed = (world: World, consumer: TextConsumer): Promise<unknown> =>
  outcomeAfter(world.clock, 60_000, consumer.close());

eachWay('a degraded consumer, by %s,', (_, take) => {
  test('skips what is older than it is told to, and commits it as finished', async () => {
    const world = await startTopic(1, 5);
    const consumer = consumerOf(world);
    const values: string[] = [];
    // Records of the fixtures are from long ago.
    consumer.degrade({ skipOlderThanMs: 60_000 });

    void take(consumer, values);
    await world.clock.settle(1000);
    const { skippedCount } = consumer.degraded;
    await closed(world, consumer);

    expect(values).toEqual([]);
    expect([skippedCount, committedOf(world, 0)]).toEqual([5, 5]);
  });

  test('handles a sample of the records, and goes on behind the others', async () => {
    const world = await startTopic(1, 50);
    const consumer = consumerOf(world);
    const values: string[] = [];
    consumer.degrade({ sample: 0.1 });

    void take(consumer, values);
    await world.clock.settle(1000);
    consumer.degrade({});
    fillAll(world, 1, 3, 50);
    await world.clock.settle(1000);
    await closed(world, consumer);

    expect(values.length).toBeGreaterThanOrEqual(3 + 4);
    expect(values.length).toBeLessThanOrEqual(3 + 6);
    expect(values.slice(-3)).toEqual(names(3, 50));
    expect(committedOf(world, 0)).toBe(53);
  });

  test('handles nothing while it is paused, keeps its partitions, and goes on', async () => {
    const world = await startTopic(1, 2);
    const consumer = consumerOf(world);
    const values: string[] = [];
    void take(consumer, values);
    await world.clock.settle(1000);

    consumer.degrade({ pause: true });
    fillAll(world, 1, 3, 2);
    await world.clock.settle(30_000);
    const whilePaused = [...values];
    const held = consumer.partitions.length;
    consumer.degrade({});
    await world.clock.settle(1000);

    expect([whilePaused, held]).toEqual([names(2), 1]);
    expect(values).toEqual(names(5));
  });
});

describe('a paused consumer', () => {
  test('handles nothing more of a batch that it has in hand', async () => {
    const world = await startTopic(1, 5);
    const consumer = consumerOf(world);
    const member = runConsumer(consumer, (value) => {
      if (value === '0-v1') consumer.degrade({ pause: true });
    });

    await world.clock.settle(10_000);
    const whilePaused = [...member.values];
    consumer.degrade({});
    await world.clock.settle(1000);

    expect(whilePaused).toEqual(names(2));
    expect(member.values).toEqual(names(5));
  });

  test('begins none of the records that `run` has taken in', async () => {
    const world = await startTopic(1, 5);
    const consumer = consumerOf(world);
    const values: string[] = [];
    const handler = async ({ value }: { value: string | null }): Promise<void> => {
      values.push(value ?? '');
      if (value === '0-v1') consumer.degrade({ pause: true });
      await world.sleep(10);
    };

    void consumer.run({ order: 'partition', handler });
    await world.clock.settle(10_000);
    const whilePaused = [...values];
    consumer.degrade({});
    await world.clock.settle(1000);

    expect(whilePaused).toEqual(names(2));
    expect(values).toEqual(names(5));
  });

  test('can be closed', async () => {
    const world = await startTopic(1, 5);
    const consumer = consumerOf(world);
    consumer.degrade({ pause: true });
    const member = runConsumer(consumer);
    await world.clock.settle(1000);

    const { isPending } = await outcomeAfter(world.clock, 10_000, consumer.close());

    expect([isPending, member.isDone, member.values]).toEqual([false, true, []]);
  });
});

describe('a group that is degraded', () => {
  test('has its members do so within a heartbeat, and end it', async () => {
    const world = await startTopic(2, 1);
    const first = runConsumer(consumerOf(world));
    const second = runConsumer(consumerOf(world));
    await world.clock.settle(10_000);

    world.cluster.configureGroup('g', { 'degrade.pause': 'true' });
    await world.clock.settle(1500);
    fillAll(world, 2, 1, 1);
    await world.clock.settle(10_000);
    const whilePaused = [...first.values, ...second.values].sort();
    world.cluster.configureGroup('g', {});
    await world.clock.settle(1500);

    expect(whilePaused).toEqual(['0-v0', '1-v0']);
    expect([...first.values, ...second.values].sort()).toEqual(['0-v0', '0-v1', '1-v0', '1-v1']);
  });

  test('has a member that joins later do so before its first record', async () => {
    const world = await startTopic(1, 3);
    world.cluster.configureGroup('g', { 'degrade.pause': 'true' });

    const member = runConsumer(consumerOf(world));
    await world.clock.settle(10_000);

    expect(member.consumer.partitions).toHaveLength(1);
    expect(member.values).toEqual([]);
  });

  test('is degraded beside what its application says', async () => {
    const world = await startTopic(1, 1);
    const { consumer } = runConsumer(consumerOf(world));
    consumer.degrade({ sample: 0.5, skipOlderThanMs: 9000 });

    world.cluster.configureGroup('g', {
      'degrade.sample': '0.2',
      'degrade.skip.older.than.ms': '10000',
    });
    await world.clock.settle(5000);

    expect(consumer.degraded).toMatchObject({ sample: 0.2, skipOlderThanMs: 9000, pause: false });
  });
});

/** Records of now, which nothing leaves out for their age. */
const putNew = (world: World, partition: number, count: number): void => {
  const builder = new BatchBuilder({ maxBytes: 1_000_000 });
  for (let at = 0; at < count; at += 1) {
    const value = Buffer.from('new');
    builder.append({ key: null, value, timestampMs: world.clock.wallMs() });
  }
  world.cluster.partition('t', partition).append(builder.build());
};

test.each(['run', 'eachBatch'] as const)(
  'what is left out takes no turn of what others have to handle, by %s',
  async (by) => {
    const world = await startTopic(2, 0);
    fill(world, range(200), { partition: 0, batchSize: 50 });
    putNew(world, 1, 50);
    const consumer = consumerOf(world);
    let handledCount = 0;
    const handler = async (): Promise<void> => {
      await world.sleep(100);
      handledCount += 1;
    };
    if (by === 'run') void consumer.run({ order: 'none', concurrency: 1, handler });
    else void consumer.eachBatch({ maxRecords: 1, concurrency: 1, handler });
    await world.clock.settle(500);

    consumer.degrade({ skipOlderThanMs: 60_000 });
    await world.clock.settle(500);

    expect(handledCount).toBeLessThan(12);
    expect(consumer.degraded.skippedCount).toBeGreaterThan(190);
  },
);
