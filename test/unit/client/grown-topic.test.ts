import { describe, expect, test } from 'vitest';
import { string } from '../../../src/client/serde/serde.ts';
import { partitionForKey } from '../../../src/record/murmur2.ts';
import type { World } from './fixture.ts';
import { outcomeAfter, startWorld, text, valuesIn } from './fixture.ts';

/** A client that knows topic t with one partition, and a cluster in which it has three. */
const startGrown = async (): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t');
  const early = world.client.producer({ lingerMs: 0 });
  await outcomeAfter(world.clock, 100, early.send({ topic: 't', value: 'warm', partition: 0 }));
  world.cluster.addPartitions('t', 2);
  return world;
};

const REFUSAL =
  /^topic t has no partition 7: add partitions to t, or name one of its 3 \(0 to 2\)$/;

describe('a producer whose metadata is older than a partition', () => {
  test('asks the cluster anew and sends the record', async () => {
    const world = await startGrown();
    const producer = world.client.producer({ lingerMs: 0 });

    const sent = producer.send({ topic: 't', value: 'a', partition: 2 });
    const { value, error } = await outcomeAfter(world.clock, 100, sent);

    expect(error).toBeUndefined();
    expect(value).toMatchObject({ partition: 2, offset: 0 });
  });

  test('keeps the order of the calls through the question', async () => {
    const world = await startGrown();
    const producer = world.client.producer({ lingerMs: 0 });
    const values = ['a', 'b', 'c', 'd', 'e', 'f'];

    for (const value of values) {
      producer.enqueue({ topic: 't', value, partition: 1 });
      await world.clock.settle(2);
    }
    await outcomeAfter(world.clock, 500, producer.flush());

    expect(valuesIn(world, 't', 1)).toEqual(values);
  });

  test('asks one question for many records', async () => {
    const world = await startGrown();
    const producer = world.client.producer();
    const before = world.cluster.metadataCallCount;

    const records = ['a', 'b', 'c', 'd'].map((value) => ({ topic: 't', value, partition: 2 }));
    const { value } = await outcomeAfter(world.clock, 100, producer.sendBatch(records));

    expect(value?.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
    expect(world.cluster.metadataCallCount - before).toBe(1);
  });

  test('owns the bytes of a record that waits', async () => {
    const world = await startGrown();
    const producer = world.client.producer();
    const value = Buffer.from('mine');

    const sent = producer.send({ topic: 't', value, partition: 2 });
    value.fill(0);
    await outcomeAfter(world.clock, 100, sent);

    expect(valuesIn(world, 't', 2)).toEqual(['mine']);
  });

  test('flush waits for a record whose partition is being asked for', async () => {
    const world = await startGrown();
    const producer = world.client.producer({ lingerMs: 60_000 });
    producer.enqueue({ topic: 't', value: 'a', partition: 2 });

    const { isPending } = await outcomeAfter(world.clock, 200, producer.flush());

    expect(isPending).toBe(false);
    expect(valuesIn(world, 't', 2)).toEqual(['a']);
  });

  test.each([
    ['a record names', { partition: 1 }, {}],
    ['a partitioner chooses', {}, { partitioner: () => 1 }],
  ])('goes on to another broker where the one it asks is behind: %s', async (_, place, options) => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    for (const { brokerId } of world.cluster.brokers) {
      if (brokerId !== 3) world.cluster.freezeMetadata(brokerId);
    }
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'w', partition: 0 }));
    world.cluster.addPartitions('t', 1);

    const own = world.client.producer({ lingerMs: 0, ...options });
    const sent = own.send({ topic: 't', value: 'a', ...place });
    const { value } = await outcomeAfter(world.clock, 500, sent);

    expect(value).toMatchObject({ partition: 1, offset: 0 });
  });

  test('believes no single answer that was long in coming', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'w', partition: 0 }));
    const { brokers } = world.cluster;
    for (const { brokerId } of brokers) if (brokerId !== 2) world.cluster.freezeMetadata(brokerId);
    world.cluster.addPartitions('t', 1);
    for (const { brokerId } of brokers) world.network.cut('client', `broker-${brokerId}`);

    const sent = producer.send({ topic: 't', value: 'a', partition: 1 });
    const { isPending } = await outcomeAfter(world.clock, 5000, sent);
    world.network.heal();
    const { value } = await outcomeAfter(world.clock, 5000, sent);

    expect(isPending).toBe(true);
    expect(value).toMatchObject({ partition: 1, offset: 0 });
  });

  test('takes a partition that is added while it asks', async () => {
    const world = await startGrown();
    const producer = world.client.producer({ lingerMs: 0 });
    const sent = producer.send({ topic: 't', value: 'a', partition: 3 });
    await world.clock.settle(2000);

    world.cluster.addPartitions('t', 1);

    const { value } = await outcomeAfter(world.clock, 700, sent);
    expect(value).toMatchObject({ partition: 3, offset: 0 });
  });

  test('takes a partition from a partitioner that knows more than it does', async () => {
    const world = await startGrown();
    const producer = world.client.producer({ lingerMs: 0, partitioner: () => 2 });

    const { value } = await outcomeAfter(
      world.clock,
      100,
      producer.send({ topic: 't', value: 'a' }),
    );

    expect(value).toMatchObject({ partition: 2, offset: 0 });
  });
});

describe('a partition that the cluster does not have', () => {
  test('is refused within seconds, naming topic, partition, count and remedy', async () => {
    const world = await startGrown();
    const producer = world.client.producer();
    const before = world.cluster.metadataCallCount;

    const sent = producer.send({ topic: 't', value: 'a', partition: 7 });
    const { error } = await outcomeAfter(world.clock, 4000, sent);

    expect(error).toMatchObject({ code: 'INVALID_PARTITIONS', topic: 't', partition: 7 });
    expect(error).toMatchObject({ message: expect.stringMatching(REFUSAL), maybeApplied: false });
    expect(producer.bufferedBytes).toBe(0);
    expect(world.cluster.metadataCallCount - before).toBeLessThan(20);
  });

  test('is refused within the delivery timeout where that is shorter', async () => {
    const world = await startGrown();
    const producer = world.client.producer({ deliveryTimeoutMs: 300 });

    const sent = producer.send({ topic: 't', value: 'a', partition: 7 });
    const { error } = await outcomeAfter(world.clock, 400, sent);

    expect(error).toMatchObject({ code: 'INVALID_PARTITIONS', partition: 7 });
  });

  test('holds up no record of another partition', async () => {
    const world = await startGrown();
    const producer = world.client.producer({ lingerMs: 0 });
    producer.enqueue({ topic: 't', value: 'lost', partition: 7 });

    const sent = producer.send({ topic: 't', value: 'a', partition: 0 });
    const { value } = await outcomeAfter(world.clock, 100, sent);

    expect(value).toMatchObject({ partition: 0, offset: 1 });
  });

  test.each([-1, 1.5])('is refused without a question where it never can be: %s', async (at) => {
    const world = await startGrown();
    const producer = world.client.producer();
    const before = world.cluster.metadataCallCount;

    const sent = producer.send({ topic: 't', value: 'a', partition: at });
    const { error } = await outcomeAfter(world.clock, 0, sent);

    expect(error).toMatchObject({ code: 'INVALID_PARTITIONS' });
    expect(world.cluster.metadataCallCount).toBe(before);
  });

  test('is not refused while no broker answers', async () => {
    const world = await startGrown();
    const producer = world.client.producer({ maxBlockMs: 8000 });
    for (const { brokerId } of world.cluster.brokers) world.network.crash(`broker-${brokerId}`);

    const sent = producer.send({ topic: 't', value: 'a', partition: 2 });
    const { isPending } = { ...(await outcomeAfter(world.clock, 5000, sent)) };
    const { error } = await outcomeAfter(world.clock, 15_000, sent);

    expect(isPending).toBe(true);
    expect(error).toMatchObject({ retriable: true, maybeApplied: false });
  });

  test('lets close end with its records refused', async () => {
    const world = await startGrown();
    const producer = world.client.producer();
    const sent = producer.send({ topic: 't', value: 'a', partition: 7 });
    const outcome = outcomeAfter(world.clock, 0, sent);

    const signal = AbortSignal.abort();
    const closed = await outcomeAfter(world.clock, 100, producer.close({ signal }));

    expect(closed.isPending).toBe(false);
    expect((await outcome).error).toMatchObject({ code: 'CLOSED' });
  });
});

describe('a producer that was idle while its topic grew', () => {
  const KEYS = Array.from({ length: 40 }, (_, at) => `key-${at}`);

  /** Which key is where, as the cluster has it. */
  const places = (world: World): string[] =>
    [0, 1, 2].flatMap((partition) =>
      world.cluster.partition('t', partition).records.map(({ key }) => `${text(key)} ${partition}`),
    );

  test('places no key by what it knew before', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', key: 'warm', value: 'a' }));
    world.cluster.addPartitions('t', 2);
    await world.clock.settle(180_000);

    const sent = producer.sendBatch(KEYS.map((key) => ({ topic: 't', key, value: 'b' })));
    const { error } = await outcomeAfter(world.clock, 1000, sent);

    const expected = KEYS.map((key) => `${key} ${partitionForKey(Buffer.from(key), 3)}`);
    expect(error).toBeUndefined();
    expect(
      places(world)
        .filter((place) => !place.startsWith('warm'))
        .sort(),
    ).toEqual(expected.sort());
  });

  test('keeps the order of the calls while it asks', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    await world.clock.settle(180_000);

    for (const value of ['b', 'c', 'd', 'e']) {
      producer.enqueue({ topic: 't', value, partition: 0 });
      await world.clock.settle(1);
    }
    await outcomeAfter(world.clock, 1000, producer.flush());

    expect(valuesIn(world, 't')).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('goes on with the sequences it had where it could not ask in time', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0, deliveryTimeoutMs: 5000 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    await world.clock.settle(180_000);
    for (const { brokerId } of world.cluster.brokers) world.network.pause(`broker-${brokerId}`);

    const refused = producer.send({ topic: 't', value: 'b' });
    const { error } = await outcomeAfter(world.clock, 20_000, refused);
    for (const { brokerId } of world.cluster.brokers) world.network.resume(`broker-${brokerId}`);
    await world.clock.settle(5000);
    const { value } = await outcomeAfter(
      world.clock,
      20_000,
      producer.send({ topic: 't', value: 'c' }),
    );

    expect(error).toMatchObject({ code: 'DELIVERY_TIMEOUT', maybeApplied: false });
    expect(value).toMatchObject({ offset: 1 });
    expect(valuesIn(world, 't')).toEqual(['a', 'c']);
  });
});

describe('a reader whose metadata is older than a partition', () => {
  const first = async (world: World, partition: number): Promise<string | null | undefined> => {
    const reader = world.client.reader({
      assignments: [{ topic: 't', partition }],
      from: 'earliest',
    });
    const work = async (): Promise<string | null | undefined> => {
      for await (const { value } of reader) return text(value);
      return undefined;
    };
    const { value, error } = await outcomeAfter(world.clock, 4000, work());
    if (error !== undefined) throw error;
    return value;
  };

  const fill = async (world: World, partition: number): Promise<void> => {
    const other = world.otherClient();
    const sent = other.producer({ lingerMs: 0 }).send({ topic: 't', value: 'new', partition });
    await outcomeAfter(world.clock, 100, sent);
  };

  test('asks the cluster anew and reads it', async () => {
    const world = await startGrown();
    await fill(world, 2);

    expect(await first(world, 2)).toBe('new');
  });

  test('is refused a partition that the cluster does not have, as a producer is', async () => {
    const world = await startGrown();

    await expect(first(world, 7)).rejects.toMatchObject({
      code: 'INVALID_PARTITIONS',
      message: expect.stringMatching(REFUSAL),
    });
  });

  test('that reads a whole topic goes on in a partition it is sent to by seek', async () => {
    const world = await startGrown();
    const reader = world.client.reader({ topic: 't', deserializers: { value: string } });
    const found: Array<string | null> = [];
    const reading = (async () => {
      for await (const { value } of reader) found.push(value);
    })();
    await world.clock.settle(200);
    world.cluster.addPartitions('t', 1);
    await fill(world, 3);

    reader.seek(3, 'earliest');
    await world.clock.settle(500);

    expect(found).toEqual(['new']);
    await reader.close();
    await reading;
  });

  test('that seeks where no partition is ends with its name, and goes on after another seek', async () => {
    const world = await startGrown();
    const reader = world.client.reader({ topic: 't', from: 'earliest' });
    const next = async (): Promise<string | null | undefined> => {
      for await (const { value } of reader) return text(value);
      return undefined;
    };
    await outcomeAfter(world.clock, 100, next());

    reader.seek(7, 0);
    const { error } = await outcomeAfter(world.clock, 4000, next());
    world.cluster.addPartitions('t', 5);
    await fill(world, 7);
    reader.seek(7, 0);
    const { value } = await outcomeAfter(world.clock, 1000, next());

    expect(error).toMatchObject({ code: 'INVALID_PARTITIONS' });
    expect(value).toBe('new');
  });

  test('seeks only in partitions that are its own', async () => {
    const world = await startGrown();
    const reader = world.client.reader({ assignments: [{ topic: 't', partition: 0 }] });

    expect(() => reader.seek({ topic: 't', partition: 1 }, 0)).toThrow(
      /does not read partition 1 of topic t: name it in assignments/,
    );
    expect(() => reader.pause([{ topic: 'u', partition: 0 }])).toThrow(/partition 0 of topic u/);
  });

  test('is told the offsets of a partition that was added', async () => {
    const world = await startGrown();
    await fill(world, 2);

    const question = { topic: 't', partition: 2, at: 'latest' as const };
    const asked = world.client.admin().listOffsets([question]);
    const { value } = await outcomeAfter(world.clock, 200, asked);

    expect(value?.[0]?.offset).toBe(1);
  });
});
