import { describe, expect, test } from 'vitest';
import { loadCodec } from '../../../../src/record/compression.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld, valuesIn } from '../fixture.ts';

const range = (count: number): string[] => Array.from({ length: count }, (_, at) => `v${at}`);

test('a topic that cannot have its name is refused in words that tell what it may be', async () => {
  const world = await startWorld();

  const sent = world.client.producer().send({ topic: 'a b', value: 'v' });
  const { error } = await outcomeAfter(world.clock, 100, sent);

  const message = expect.stringContaining("topic name 'a b' must be 1 to 249 of the characters");
  expect(error).toMatchObject({ code: 'INVALID_TOPIC', message });
});

describe('delivery', () => {
  test('a record is acknowledged with its partition and offset', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer();

    const first = producer.send({ topic: 't', value: 'a', timestampMs: 5 });
    const second = producer.send({ topic: 't', value: 'b', timestampMs: 6 });
    await world.clock.settle(100);

    expect(await first).toEqual({ topic: 't', partition: 0, offset: 0, timestampMs: 5 });
    expect(await second).toEqual({ topic: 't', partition: 0, offset: 1, timestampMs: 6 });
  });

  test('sendBatch resolves with the places in the order of the call', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { partitions: 2 });
    const producer = world.client.producer();

    const sent = producer.sendBatch([
      { topic: 't', value: 'a', partition: 1 },
      { topic: 't', value: 'b', partition: 0 },
      { topic: 't', value: 'c', partition: 1 },
    ]);
    await world.clock.settle(100);

    const places = (await sent).map(({ partition, offset }) => [partition, offset]);
    expect(places).toEqual([
      [1, 0],
      [0, 0],
      [1, 1],
    ]);
  });

  test('sendBatch tells which records failed and which did not', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer();

    const sent = producer.sendBatch([
      { topic: 't', value: 'a' },
      { topic: 't', value: 'b', partition: 9 },
    ]);
    const { error } = await outcomeAfter(world.clock, 4000, sent);

    expect(error).toMatchObject({ code: 'INVALID_PARTITIONS' });
    expect(error).toMatchObject({ delivered: [{ offset: 0 }, undefined] });
    expect(error).toMatchObject({ failures: [undefined, { code: 'INVALID_PARTITIONS' }] });
  });

  test('the linger gathers records of a partition in one batch', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 50 });
    producer.enqueue({ topic: 't', value: 'warm' });
    await world.clock.settle(100);

    for (const value of range(10)) producer.enqueue({ topic: 't', value });
    await world.clock.settle(40);
    const early = world.cluster.partition('t').batchCount;
    await world.clock.settle(40);

    expect(early).toBe(1);
    expect(world.cluster.partition('t').batchCount).toBe(2);
    expect(valuesIn(world, 't')).toEqual(['warm', ...range(10)]);
  });

  test('flush sends without waiting for the linger and resolves when all is settled', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 60_000 });
    for (const value of range(5)) producer.enqueue({ topic: 't', value });

    const flushed = await outcomeAfter(world.clock, 200, producer.flush());

    expect(flushed.isPending).toBe(false);
    expect(valuesIn(world, 't')).toEqual(range(5));
  });

  test('close delivers what was taken and then refuses', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 60_000 });
    const sent = producer.send({ topic: 't', value: 'last' });

    const closed = await outcomeAfter(world.clock, 200, producer.close());

    expect(closed.isPending).toBe(false);
    expect((await sent).offset).toBe(0);
    await expect(producer.send({ topic: 't', value: 'x' })).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });

  test('a topic that nobody knows fails within seconds, naming it', async () => {
    const world = await startWorld();
    const producer = world.client.producer();

    const sent = await outcomeAfter(world.clock, 5000, producer.send({ topic: 'no', value: 'a' }));

    expect(sent.error).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION', topic: 'no' });
    expect(producer.bufferedBytes).toBe(0);
  });

  test('compressed batches are stored as sent', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ compression: 'gzip' });
    // The library is loaded in real time.
    await loadCodec('gzip');

    for (const value of range(50)) producer.enqueue({ topic: 't', value });
    await outcomeAfter(world.clock, 500, producer.flush());

    expect(valuesIn(world, 't')).toEqual(range(50));
  });
});

describe('acks=0', () => {
  test('resolves before anything is sent', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ acks: 0 });

    const metadata = await producer.send({ topic: 't', value: 'a' });

    expect(metadata.offset).toBe(-1);
    expect(world.cluster.metadataCallCount).toBe(0);
    expect(producer.bufferedBytes).toBeGreaterThan(0);
  });

  test('the record arrives all the same, and the buffer is free again', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ acks: 0 });

    await producer.send({ topic: 't', value: 'a' });
    await world.clock.settle(100);

    expect(valuesIn(world, 't')).toEqual(['a']);
    expect(producer.bufferedBytes).toBe(0);
  });
});

describe('acks=0 after the leader has moved', () => {
  const sendEvery10Ms = async (world: World, count: number): Promise<void> => {
    const producer = world.client.producer({ acks: 0, lingerMs: 0 });
    for (const value of range(count)) {
      await producer.send({ topic: 't', value });
      await world.clock.settle(10);
    }
    await world.clock.settle(1000);
  };

  test.each([true, false])('records reach the new one (the old one hints: %s)', async (hints) => {
    const world = await startWorld();
    world.cluster.givesHints = hints;
    world.cluster.createTopic('t');
    await sendEvery10Ms(world, 1);
    world.cluster.moveLeader('t', 0, 2);

    await sendEvery10Ms(world, 50);

    // What was on its way to the old leader is lost, as acks=0 allows.
    expect(valuesIn(world, 't').slice(-40)).toEqual(range(50).slice(-40));
  });

  test('records reach the new one when the old one cannot be reached any more', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    await sendEvery10Ms(world, 1);
    world.network.cut('client', 'broker-1');
    world.cluster.moveLeader('t', 0, 2);

    await sendEvery10Ms(world, 500);

    expect(valuesIn(world, 't').slice(-50)).toEqual(range(500).slice(-50));
  });

  test('a record that no broker takes asks nobody for metadata', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    await sendEvery10Ms(world, 1);
    const askedBefore = world.cluster.metadataCallCount;
    world.cluster.onProduce({ kind: 'refuse', code: 'INVALID_RECORD' }, { times: 5 });

    await sendEvery10Ms(world, 10);

    expect(valuesIn(world, 't')).toHaveLength(6);
    expect(world.cluster.metadataCallCount).toBe(askedBefore);
  });
});

describe('callbacks', () => {
  test('one that throws disturbs nobody else', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer();
    const heard: number[] = [];

    producer.enqueue({ topic: 't', value: 'a' }, () => {
      throw new Error('mine');
    });
    producer.enqueue({ topic: 't', value: 'b' }, (_, metadata) =>
      heard.push(metadata?.offset ?? -1),
    );
    await outcomeAfter(world.clock, 100, producer.flush());

    expect(heard).toEqual([1]);
  });
});
