import { describe, expect, test } from 'vitest';
import type { Aggregate } from '../../../../src/client/aggregate/aggregate.ts';
import { aggregated } from '../../../../src/client/aggregate/aggregate.ts';
import { encodeItems } from '../../../../src/client/aggregate/aggregate-format.ts';
import { dedupe } from '../../../../src/client/dedupe/dedupe.ts';
import { MemoryDedupeStore } from '../../../../src/client/dedupe/memory-dedupe-store.ts';
import type { Consumer } from '../../../../src/client/group/consumer.ts';
import type { RunOptions } from '../../../../src/client/handling/run-options.ts';
import { string } from '../../../../src/client/serde/serde.ts';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld, valuesIn } from '../fixture.ts';
import { committedOf, SESSION_MS } from '../group/consumer-fixture.ts';
import { Gates, never } from '../handling/run-fixture.ts';

type Items = Consumer<string, Aggregate<string, string>>;

/** One record for each list of keys, an item `key@offset.place` each; a text: a plain record. */
const startItems = async (
  ...records: ReadonlyArray<readonly string[] | string>
): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 1 });
  world.cluster.createTopic('dead', { partitions: 1 });
  const builder = new BatchBuilder({ maxBytes: 1_000_000 });
  for (const [offset, keys] of records.entries()) {
    const isPlain = typeof keys === 'string';
    const items = (isPlain ? [keys] : keys).map((key, at) => ({
      key: Buffer.from(key),
      value: Buffer.from(`${key}@${offset}.${at}`),
    }));
    const [first] = items;
    const value = isPlain ? (first?.value ?? null) : encodeItems(items);
    builder.append({ key: isPlain ? Buffer.from(keys) : Buffer.from('by'), value, timestampMs: 0 });
  }
  world.cluster.partition('t', 0).append(builder.build());
  return world;
};

const consumerOf = (world: World): Items =>
  world.client.consumer<string, Aggregate<string, string>>({
    topics: ['t'],
    groupId: 'g',
    offsetReset: 'earliest',
    sessionTimeoutMs: SESSION_MS,
    autoCommitIntervalMs: 500,
    deserializers: { key: string, value: aggregated({ key: string, value: string }) },
  });

interface Ran {
  readonly begun: string[];
  readonly finished: string[];
}

const begin = (
  consumer: Items,
  work: (value: string) => Promise<void> | void,
  options: Partial<RunOptions<string, string>> = {},
): Ran => {
  const ran: Ran = { begun: [], finished: [] };
  consumer
    .runItems<string>({
      handler: async ({ value }) => {
        ran.begun.push(value ?? '');
        await work(value ?? '');
        ran.finished.push(value ?? '');
      },
      ...options,
    })
    .catch(() => {});
  return ran;
};

describe('runItems', () => {
  test('keeps the order of each key over items and records, and lets others go on', async () => {
    const world = await startItems(['a', 'b', 'a'], ['b', 'a', 'c']);
    const gates = new Gates();

    const ran = begin(consumerOf(world), gates.pass);
    await world.clock.settle(1000);
    const first = [...ran.begun];
    gates.open('a@0.0', 'b@0.1');
    await world.clock.settle(1000);

    expect(first).toEqual(['a@0.0', 'b@0.1', 'c@1.2']);
    expect(ran.begun.slice(3).sort()).toEqual(['a@0.2', 'b@1.0']);
  });

  test('of a partition in order hands out one item after the other', async () => {
    const world = await startItems(['a', 'b'], ['c']);

    const ran = begin(consumerOf(world), () => world.sleep(10), { order: 'partition' });
    await world.clock.settle(1000);

    expect(ran.finished).toEqual(['a@0.0', 'b@0.1', 'c@1.0']);
  });

  test('finishes a record when all its items are, and commits no less', async () => {
    const world = await startItems(['a', 'slow', 'b'], ['c'], ['d']);
    const gates = new Gates();
    const consumer = consumerOf(world);

    const ran = begin(consumer, (value) =>
      value.startsWith('slow') ? gates.pass(value) : undefined,
    );
    await world.clock.settle(2000);
    const before = committedOf(world, 0);
    gates.open('slow@0.1');
    await world.clock.settle(2000);

    expect(ran.finished).toHaveLength(5);
    expect([before, committedOf(world, 0)]).toEqual([0, 3]);
  });

  test('repeats after a crash the items of records that were not finished, and no others', async () => {
    const world = await startItems(['a', 'slow', 'b'], ['c'], ['d']);
    const first = consumerOf(world);
    begin(first, (value) => (value.startsWith('slow') ? never() : undefined), {
      drainTimeoutMs: 100,
    });
    await world.clock.settle(2000);
    await outcomeAfter(world.clock, 60_000, first.close());

    const ran = begin(consumerOf(world), () => {});
    await world.clock.settle(20_000);

    expect([...ran.finished].sort()).toEqual(['a@0.0', 'b@0.2', 'slow@0.1']);
  });

  test('gives up the item and not the others of its record', async () => {
    const world = await startItems(['a', 'poison', 'b']);
    const work = (value: string): void => {
      if (value.startsWith('poison')) throw new Error('no');
    };

    const ran = begin(consumerOf(world), work, {
      onFailure: { attempts: 1, giveUp: { deadLetter: { topic: 'dead' } } },
    });
    await world.clock.settle(5000);

    expect(ran.finished).toEqual(['a@0.0', 'b@0.2']);
    expect(valuesIn(world, 'dead')).toEqual(['poison@0.1']);
    expect(committedOf(world, 0)).toBe(1);
  });

  test('hands out a record that is no aggregate as one item, with its own key', async () => {
    const world = await startItems('plain', ['a']);
    const keys: Array<string | null> = [];

    void consumerOf(world).runItems<string>({ handler: ({ key }) => void keys.push(key) });
    await world.clock.settle(1000);

    expect(keys).toEqual(['plain', 'a']);
  });

  test('with dedupe tells the items of one record apart', async () => {
    const world = await startItems(['a', 'b']);
    const values: Array<string | null> = [];
    const once = dedupe<string, string>({ store: new MemoryDedupeStore(world.clock) });

    const handler = once.handler(({ value }) => void values.push(value));
    void consumerOf(world).runItems<string>({ handler });
    await world.clock.settle(1000);

    expect(values).toEqual(['a@0.0', 'b@0.1']);
  });

  test('lets go of a record without items', async () => {
    const world = await startItems([], ['a']);

    const ran = begin(consumerOf(world), () => {});
    await world.clock.settle(2000);

    expect([ran.finished, committedOf(world, 0)]).toEqual([['a@1.0'], 2]);
  });
});

test('eachBatch is handed aggregates whole', async () => {
  const world = await startItems(['a', 'b'], ['c']);
  const batches: string[][] = [];

  const handler: Parameters<Items['eachBatch']>[0]['handler'] = ({ records }) =>
    void batches.push(
      records.map(({ value }) => value?.items.map((item) => item.value).join(' ') ?? ''),
    );
  void consumerOf(world).eachBatch({ handler });
  await world.clock.settle(1000);

  expect(batches).toEqual([['a@0.0 b@0.1', 'c@1.0']]);
});
