import { describe, expect, test } from 'vitest';
import { outcomeAfter, startWorld, valuesIn } from '../fixture.ts';

const range = (count: number): string[] => Array.from({ length: count }, (_, at) => `v${at}`);

describe('options', () => {
  test.each([0, 1] as const)(
    'idempotence asked for with acks=%i is refused by name',
    async (acks) => {
      const { client } = await startWorld();

      expect(() => client.producer({ acks, idempotent: true })).toThrow(/idempotent.*acks/);
    },
  );

  test('acks=1 alone turns idempotence off: no producer id is asked for', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ acks: 1 });

    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));

    expect(world.cluster.initProducerIdCount).toBe(0);
    expect(valuesIn(world, 't')).toEqual(['a']);
  });

  test.each([
    [{ lingerMs: -1 }, /lingerMs/],
    [{ batchBytes: 1 }, /batchBytes/],
    [{ maxInFlightPerPartition: 6 }, /maxInFlightPerPartition/],
    [{ compression: 'brotli' as 'gzip' }, /compression/],
    [{ acks: 2 as 1 }, /acks/],
    [
      { acks: 1 as const, maxInFlightPerPartition: 5 },
      /maxInFlightPerPartition=5 needs idempotence/,
    ],
    [
      { acks: 0 as const, maxInFlightPerPartition: 2 },
      /maxInFlightPerPartition=2 needs idempotence/,
    ],
    [{ idempotent: false, maxInFlightPerPartition: 2 }, /maxInFlightPerPartition=2 needs/],
    [{ partitioner: 'murmur3' as 'murmur2' }, /=murmur3 is none of murmur2, sticky, roundRobin/],
    [{ partitioner: 'explicit' as 'murmur2' }, /explicit: .* name the partition in each record/],
  ])('%o is refused by name', async (options, message) => {
    const { client } = await startWorld();

    expect(() => client.producer(options)).toThrow(message);
  });
});

test.each([{ acks: 1 }, { acks: 0 }, { acks: 1, maxInFlightPerPartition: 1 }] as const)(
  '%o is taken',
  async (options) => {
    const { client } = await startWorld();

    expect(() => client.producer(options)).not.toThrow();
  },
);

describe('limits', () => {
  test('a record above the limit of its topic is refused at send, naming size and limit', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { maxMessageBytes: 2000 });
    const producer = world.client.producer();
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'warm' }));

    const sent = producer.send({ topic: 't', value: 'x'.repeat(2000) });

    await expect(sent).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE', topic: 't' });
    await expect(sent).rejects.toThrow(/20\d\d bytes.*2000/);
  });

  test('a record exactly at the limit of its topic is taken, one byte more is not', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t', { maxMessageBytes: 2000 });
    const producer = world.client.producer();
    const overheadBytes = 61 + 2 + 3 + 1 + 2 + 1;

    const fits = 'x'.repeat(2000 - overheadBytes);
    const first = await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: fits }));
    const second = producer.send({ topic: 't', value: `${fits}x` });

    expect(first.value?.offset).toBe(0);
    await expect(second).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  test('enqueue takes nothing beyond the buffer and hasRoom resolves when there is room', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ bufferBytes: 10_000 });
    const value = 'x'.repeat(1000);
    let takenCount = 0;
    while (producer.enqueue({ topic: 't', value })) takenCount += 1;

    const usedBytes = producer.bufferedBytes;
    const room = await outcomeAfter(world.clock, 200, producer.hasRoom());

    expect(takenCount).toBe(9);
    expect(usedBytes).toBeLessThanOrEqual(10_000);
    expect(room.isPending).toBe(false);
    expect(producer.enqueue({ topic: 't', value })).toBe(true);
  });

  test('send waits for room in the order of the calls', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ bufferBytes: 2000, lingerMs: 0 });
    const values = range(40).map((value) => value.padEnd(500, '.'));

    const all = Promise.all(values.map((value) => producer.send({ topic: 't', value })));
    const { isPending } = await outcomeAfter(world.clock, 2000, all);

    expect(isPending).toBe(false);
    expect(valuesIn(world, 't')).toEqual(values);
  });

  test('send gives up after maxBlockMs with BUFFER_FULL, surely not sent', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ bufferBytes: 2000, maxBlockMs: 500 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'warm' }));
    for (const broker of world.cluster.brokers) broker.pause();
    producer.enqueue({ topic: 't', value: 'x'.repeat(1800) });

    const late = await outcomeAfter(
      world.clock,
      499,
      producer.send({ topic: 't', value: 'x'.repeat(1000) }),
    );
    const early = late.isPending;
    await world.clock.settle(2);

    expect(early).toBe(true);
    expect(late.error).toMatchObject({ code: 'BUFFER_FULL', maybeApplied: false });
  });
});
