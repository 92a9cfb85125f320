import { describe, expect, test } from 'vitest';
import type { Reader } from '../../../src/client/reader/reader.ts';
import type { ReaderOptions } from '../../../src/client/reader/reader-options.ts';
import { json } from '../../../src/client/serde/json.ts';
import { string } from '../../../src/client/serde/serde.ts';
import { BatchBuilder } from '../../../src/record/batch-builder.ts';
import { writeBatchHeader } from '../../../src/record/batch-header.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { World } from './fixture.ts';
import { outcomeAfter, startWorld } from './fixture.ts';

const range = (count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, at) => `v${first + at}`);

const batchOf = (values: readonly string[], timestampMs = 0): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 1_000_000 });
  for (const value of values) builder.append({ key: null, value: Buffer.from(value), timestampMs });
  return builder.build();
};

const fill = (
  world: World,
  values: readonly string[],
  at: { partition?: number; batchSize?: number } = {},
): void => {
  const { partition = 0, batchSize = 3 } = at;
  for (let first = 0; first < values.length; first += batchSize) {
    world.cluster.partition('t', partition).append(batchOf(values.slice(first, first + batchSize)));
  }
};

const readerOf = (
  world: World,
  options: Partial<ReaderOptions<string, string>> = {},
): Reader<string, string> =>
  world.client.reader<string, string>({
    topic: 't',
    from: 'earliest',
    deserializers: { key: string, value: string },
    ...options,
  });

/** What the reader hands out until it has `count` records or `delayMs` are over. */
const take = async <V>(
  world: World,
  reader: Reader<unknown, V>,
  count: number,
  delayMs = 5000,
): Promise<V[]> => {
  const found: V[] = [];
  const work = async (): Promise<void> => {
    for await (const { value } of reader) {
      found.push(value as V);
      if (found.length >= count) return;
    }
  };
  const { error } = await outcomeAfter(world.clock, delayMs, work());
  if (error !== undefined) throw error;
  return found;
};

const startFilled = async (count = 10, partitions = 1): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions });
  fill(world, range(count));
  return world;
};

describe('where reading begins', () => {
  test('earliest hands out everything, in order, with offsets', async () => {
    const world = await startFilled(10);
    const reader = readerOf(world);
    const offsets: number[] = [];

    const work = async (): Promise<void> => {
      for await (const { offset } of reader) {
        offsets.push(offset);
        if (offset === 9) return;
      }
    };
    await outcomeAfter(world.clock, 1000, work());

    expect(offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('latest hands out only what comes later', async () => {
    const world = await startFilled(10);
    const reader = readerOf(world, { from: 'latest' });

    const taken = take(world, reader, 2);
    await world.clock.settle(200);
    fill(world, range(2, 10));

    expect(await taken).toEqual(['v10', 'v11']);
  });

  test('an offset inside a batch skips the records before it', async () => {
    const world = await startFilled(10);
    const reader = readerOf(world, { from: { offset: 4 } });

    expect(await take(world, reader, 3)).toEqual(['v4', 'v5', 'v6']);
  });

  test('a moment begins at the first record at or after it', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.cluster.partition('t').append(batchOf(['old'], 1000));
    world.cluster.partition('t').append(batchOf(['young'], 2000));
    const reader = readerOf(world, { from: { timestampMs: 1001 } });

    expect(await take(world, reader, 1)).toEqual(['young']);
  });

  test('a moment after the last record begins at the end', async () => {
    const world = await startFilled(3);
    const reader = readerOf(world, { from: { timestampMs: 99 } });

    const taken = take(world, reader, 1);
    await world.clock.settle(200);
    fill(world, ['new']);

    expect(await taken).toEqual(['new']);
  });

  test('assignments read their partitions only, each from its own place', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { partitions: 3 });
    for (const partition of [0, 1, 2]) fill(world, range(4, partition * 10), { partition });
    const reader = world.client.reader({
      assignments: [
        { topic: 't', partition: 2, from: { offset: 3 } },
        { topic: 't', partition: 0, from: 'earliest' },
      ],
      deserializers: { value: string },
    });

    const found = await take(world, reader, 5);

    expect(found.sort()).toEqual(['v0', 'v1', 'v2', 'v23', 'v3']);
  });

  test('a topic that nobody knows ends the iteration with its name', async () => {
    const world = await startWorld();
    const reader = world.client.reader({ topic: 'no' });

    await expect(take(world, reader, 1, 10_000)).rejects.toThrow(/no does not exist/);
  });

  test('a partition that is not there ends the iteration', async () => {
    const world = await startFilled(1);
    const reader = world.client.reader({ assignments: [{ topic: 't', partition: 5 }] });

    await expect(take(world, reader, 1)).rejects.toMatchObject({ code: 'INVALID_PARTITIONS' });
  });

  test('neither or both of topic and assignments is refused', async () => {
    const { client } = await startWorld();

    expect(() => client.reader({})).toThrow(/topic or assignments/);
  });
});

describe('positions', () => {
  test('an iteration that is left is taken up behind the last record handed out', async () => {
    const world = await startFilled(10);
    const reader = readerOf(world);

    const first = await take(world, reader, 4);
    const position = reader.position(0);
    const second = await take(world, reader, 6);

    expect(position).toBe(4);
    expect([...first, ...second]).toEqual(range(10));
  });

  test('a seek in the middle of a batch is obeyed by the next record', async () => {
    const world = await startFilled(9);
    const reader = readerOf(world);
    const found: string[] = [];
    const work = async (): Promise<void> => {
      for await (const { value, offset } of reader) {
        found.push(value ?? '');
        if (offset === 1 && found.length === 2) reader.seek(0, 7);
        if (offset === 8) return;
      }
    };

    await outcomeAfter(world.clock, 2000, work());

    expect(found).toEqual(['v0', 'v1', 'v7', 'v8']);
  });

  test('a seek before the first iteration decides where it begins', async () => {
    const world = await startFilled(9);
    const reader = readerOf(world);

    reader.seek(0, { offset: 6 });

    expect(await take(world, reader, 3)).toEqual(['v6', 'v7', 'v8']);
  });

  test('a seek back by time hands records out again', async () => {
    const world = await startFilled(6);
    const reader = readerOf(world);
    await take(world, reader, 6);

    reader.seek(0, { timestampMs: 0 });

    expect(await take(world, reader, 2)).toEqual(['v0', 'v1']);
  });

  test('a paused partition hands out nothing, others go on; resume goes on where it was', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { partitions: 2 });
    fill(world, range(6), { partition: 0 });
    fill(world, range(6, 10), { partition: 1 });
    const reader = readerOf(world);

    reader.pause([0]);
    const others = await take(world, reader, 6);
    await world.clock.settle(2000);
    const position = reader.position(0);
    reader.resume();
    const rest = await take(world, reader, 6);

    expect(others).toEqual(range(6, 10));
    expect(position).toBe(0);
    expect(rest).toEqual(range(6));
  });

  test('endOffsets tells the ends of all partitions', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { partitions: 2 });
    fill(world, range(6), { partition: 1 });
    const reader = readerOf(world);

    const { value } = await outcomeAfter(world.clock, 200, reader.endOffsets());

    expect(value).toEqual([
      { topic: 't', partition: 0, endOffset: 0 },
      { topic: 't', partition: 1, endOffset: 6 },
    ]);
  });

  test('an offset out of range ends the iteration by default, naming what there is', async () => {
    const world = await startFilled(3);
    const reader = readerOf(world, { from: { offset: 50 } });

    await expect(take(world, reader, 1)).rejects.toThrow(/offset 50 .* 0 up to 3/);
  });

  test.each([
    ['earliest', 'v0'],
    ['latest', 'new'],
  ] as const)('out of range with %s goes on from there', async (policy, expected) => {
    const world = await startFilled(3);
    const reader = readerOf(world, { from: { offset: 50 }, offsetOutOfRange: policy });

    const taken = take(world, reader, 1);
    await world.clock.settle(300);
    fill(world, ['new']);

    expect(await taken).toEqual([expected]);
  });
});

describe('batches', () => {
  test('come as they were stored, and count as read when handed out', async () => {
    const world = await startFilled(7);
    const reader = readerOf(world);
    const sizes: number[] = [];
    const work = async (): Promise<void> => {
      for await (const { records, nextOffset } of reader.batches()) {
        sizes.push(records.length);
        if (nextOffset === 7) return;
      }
    };

    await outcomeAfter(world.clock, 1000, work());

    expect(sizes).toEqual([3, 3, 1]);
    expect(reader.position(0)).toBe(7);
  });

  test('control batches are hidden and their offsets counted', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    fill(world, ['a']);
    const marker = batchOf(['marker']);
    writeBatchHeader(marker, {
      baseOffset: 0,
      partitionLeaderEpoch: 0,
      attributes: 0x30,
      lastOffsetDelta: 0,
      baseTimestampMs: 0,
      maxTimestampMs: 0,
      producerId: 1,
      producerEpoch: 0,
      baseSequence: -1,
      recordCount: 1,
    });
    world.cluster.partition('t').appendRaw(marker, 1);
    fill(world, ['b']);
    const reader = readerOf(world);

    const found = await take(world, reader, 2);

    expect(found).toEqual(['a', 'b']);
    expect(reader.position(0)).toBe(3);
  });
});

describe('trouble', () => {
  test('a damaged batch is fetched again', async () => {
    const world = await startFilled(6);
    world.cluster.damageFetches(2);
    const reader = readerOf(world);

    expect(await take(world, reader, 6)).toEqual(range(6));
  });

  test('a batch that stays damaged ends the iteration after the good ones before it', async () => {
    const world = await startFilled(3);
    const damaged = batchOf(['x']);
    damaged[damaged.length - 1] = 0x7f;
    world.cluster.partition('t').appendRaw(damaged, 1);
    const reader = readerOf(world);
    const found: unknown[] = [];
    const work = async (): Promise<void> => {
      for await (const { value } of reader) found.push(value);
    };

    const { error } = await outcomeAfter(world.clock, 5000, work());

    expect(found).toEqual(range(3));
    expect(error).toMatchObject({ code: 'CORRUPT_MESSAGE' });
  });

  test('a change of leader loses nothing and repeats nothing', async () => {
    const world = await startFilled(6);
    const reader = readerOf(world);

    const taken = take(world, reader, 12);
    await world.clock.settle(100);
    world.cluster.moveLeader('t', 0, 2);
    fill(world, range(6, 6));

    expect(await taken).toEqual(range(12));
  });

  test('a leader that falls silent is left for its successor within three seconds', async () => {
    const world = await startFilled(3);
    const reader = readerOf(world);
    const taken = take(world, reader, 4, 60_000);
    await world.clock.settle(100);

    world.cluster.broker(1).pause();
    world.cluster.moveLeader('t', 0, 2);
    fill(world, ['v3']);
    await world.clock.settle(3000);

    expect(reader.position(0)).toBe(4);
    await taken;
  });

  test.each(Array.from({ length: 15 }, (_, seed) => seed))(
    'with faults of every kind, each record comes once and in order (seed %i)',
    async (seed) => {
      const world = await startWorld({ seed });
      const random = new SeededRandom(`reader-${seed}`);
      world.cluster.createTopic('t', { partitions: 2 });
      world.cluster.givesHints = random.chance(1, 2);
      const reader = readerOf(world, { maxPartitionBytes: 300, prefetchBytes: 600 });
      const found: Array<Array<string | null>> = [[], []];
      const work = async (): Promise<void> => {
        for await (const { partition, value } of reader) found[partition]?.push(value);
      };
      const reading = work();
      const sent: string[][] = [[], []];
      for (let round = 0; round < 50; round += 1) {
        plantFault(world, random);
        const partition = random.below(2);
        const values = range(1 + random.below(6), round * 10);
        sent[partition]?.push(...values);
        fill(world, values, { partition });
        await world.clock.settle(random.below(200));
      }
      for (const broker of world.cluster.brokers) broker.resume();

      await world.clock.settle(60_000);
      await reader.close();
      await reading;

      expect(found).toEqual(sent);
    },
  );
});

const plantFault = (world: World, random: SeededRandom): void => {
  const { cluster, network } = world;
  switch (random.below(8)) {
    case 0:
      cluster.onFetch('NOT_LEADER_OR_FOLLOWER', { partition: random.below(2) });
      break;
    case 1:
      cluster.onFetch('UNKNOWN_LEADER_EPOCH', { partition: random.below(2), times: 3 });
      break;
    case 2:
      cluster.damageFetches(1);
      break;
    case 3:
      cluster.moveLeader('t', random.below(2), 1 + random.below(3));
      break;
    case 4:
      network.reset('client', `broker-${1 + random.below(3)}`);
      break;
    case 5:
      cluster.broker(1 + random.below(3)).pause();
      break;
    case 6:
      for (const broker of cluster.brokers) broker.resume();
      break;
    default:
  }
};

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

describe('records that cannot be decoded', () => {
  const startMixed = async (): Promise<World> => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    fill(world, ['{"n":1}', 'not json', '{"n":3}']);
    return world;
  };
  const decoding = { topic: 't', from: 'earliest', deserializers: { value: json() } } as const;

  test('end the iteration by default, naming the record, until somebody seeks past it', async () => {
    const world = await startMixed();
    const reader = world.client.reader(decoding);
    const found: unknown[] = [];
    const work = async (): Promise<void> => {
      for await (const { value } of reader) found.push(value);
    };

    const first = await outcomeAfter(world.clock, 1000, work());
    const second = await outcomeAfter(world.clock, 1000, work());
    reader.seek(0, 2);
    const third = await take(world, reader, 1);

    expect(found).toEqual([{ n: 1 }]);
    expect(first.error).toMatchObject({ code: 'SERIALIZATION' });
    expect(String(first.error)).toMatch(/value of t partition 0 offset 1 \(json\)/);
    expect(second.error).toMatchObject({ code: 'SERIALIZATION' });
    expect(third).toEqual([{ n: 3 }]);
  });

  test('are left out with skip', async () => {
    const world = await startMixed();
    const reader = world.client.reader({ ...decoding, onDecodeFailure: 'skip' });

    expect(await take(world, reader, 2)).toEqual([{ n: 1 }, { n: 3 }]);
  });

  test('are shown to the handler with their bytes', async () => {
    const world = await startMixed();
    const seen: string[] = [];
    const reader = world.client.reader({
      ...decoding,
      onDecodeFailure: ({ offset, part, value }) => {
        seen.push(`${offset} ${part} ${Buffer.from(value ?? []).toString()}`);
        return 'skip';
      },
    });

    await take(world, reader, 2);

    expect(seen).toEqual(['1 value not json']);
  });
});
