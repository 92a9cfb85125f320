import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { World } from './fixture.ts';
import { outcomeAfter, startWorld, valuesIn } from './fixture.ts';

const range = (count: number): string[] => Array.from({ length: count }, (_, at) => `v${at}`);

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
    await new Promise((resolve) => setTimeout(resolve, 200));

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

describe('options', () => {
  test('idempotence asked for with acks=1 is refused by name', async () => {
    const { client } = await startWorld();

    expect(() => client.producer({ acks: 1, idempotent: true })).toThrow(/idempotent.*acks/);
  });

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
  ])('%o is refused by name', async (options, message) => {
    const { client } = await startWorld();

    expect(() => client.producer(options)).toThrow(message);
  });
});

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

describe('retries', () => {
  const produceAll = async (world: World, values: readonly string[]): Promise<unknown[]> => {
    const producer = world.client.producer({ batchBytes: 1024, lingerMs: 0 });
    const errors: unknown[] = [];
    for (const value of values) {
      producer.enqueue({ topic: 't', value: value.padEnd(300, '.') }, (error) => {
        if (error !== undefined) errors.push(error);
      });
    }
    await outcomeAfter(world.clock, 20_000, producer.flush());
    return errors;
  };
  const padded = (count: number): string[] => range(count).map((value) => value.padEnd(300, '.'));

  test('a refused batch blocks those behind it: order is kept', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.cluster.onProduce({ kind: 'refuse', code: 'NOT_ENOUGH_REPLICAS' }, { times: 3 });

    const errors = await produceAll(world, range(30));

    expect(errors).toEqual([]);
    expect(valuesIn(world, 't')).toEqual(padded(30));
  });

  test('a batch whose answer was lost is not stored twice', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.cluster.onProduce({ kind: 'breakAfter' }, { times: 4 });

    const errors = await produceAll(world, range(30));

    expect(errors).toEqual([]);
    expect(valuesIn(world, 't')).toEqual(padded(30));
  });

  test('a batch appended and then answered REQUEST_TIMED_OUT is not stored twice', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const fault = { kind: 'refuseAfterAppend', code: 'REQUEST_TIMED_OUT' } as const;
    world.cluster.onProduce(fault, { times: 3 });

    const errors = await produceAll(world, range(30));

    expect(errors).toEqual([]);
    expect(valuesIn(world, 't')).toEqual(padded(30));
  });

  test('a leader hint is followed at once, without asking for metadata', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    const askedBefore = world.cluster.metadataCallCount;
    world.cluster.moveLeader('t', 0, 2);

    const sent = await outcomeAfter(world.clock, 15, producer.send({ topic: 't', value: 'b' }));

    expect(sent.value?.offset).toBe(1);
    expect(world.cluster.metadataCallCount).toBe(askedBefore);
  });

  test('without hints the new leader is found by metadata', async () => {
    const world = await startWorld();
    world.cluster.givesHints = false;
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    world.cluster.moveLeader('t', 0, 2);

    const sent = await outcomeAfter(world.clock, 200, producer.send({ topic: 't', value: 'b' }));

    expect(sent.value?.offset).toBe(1);
  });

  test('what waits for a paused leader goes to its successor within two seconds', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    world.cluster.broker(1).pause();
    const sent = producer.send({ topic: 't', value: 'b' });
    await world.clock.settle(500);
    world.cluster.moveLeader('t', 0, 2);

    const { value } = await outcomeAfter(world.clock, 4000, sent);
    world.cluster.broker(1).resume();
    await world.clock.settle(1000);

    expect(value?.offset).toBe(1);
    expect(valuesIn(world, 't')).toEqual(['a', 'b']);
  });

  test('a cut link is survived: records arrive once it is healed', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    world.network.cut('client', 'broker-1');

    const sent = producer.send({ topic: 't', value: 'b' });
    const { isPending } = { ...(await outcomeAfter(world.clock, 5000, sent)) };
    world.network.heal();
    const after = await outcomeAfter(world.clock, 3000, sent);

    expect(isPending).toBe(true);
    expect(after.value?.offset).toBe(1);
    expect(valuesIn(world, 't')).toEqual(['a', 'b']);
  });

  test.each(Array.from({ length: 25 }, (_, seed) => seed))(
    'with faults of every kind, each record is stored once and in order (seed %i)',
    async (seed) => {
      const world = await startWorld({ seed });
      const random = new SeededRandom(`faults-${seed}`);
      world.cluster.createTopic('t', { partitions: 2 });
      world.cluster.givesHints = random.chance(1, 2);
      const producer = world.client.producer({ batchBytes: 1024, lingerMs: random.below(3) });
      const errors: unknown[] = [];
      const sentBy: string[][] = [[], []];
      for (let round = 0; round < 60; round += 1) {
        plantFault(world, random);
        for (let count = random.below(8); count >= 0; count -= 1) {
          const partition = random.below(2);
          const value = `${round}/${count}`.padEnd(300, '.');
          sentBy[partition]?.push(value);
          producer.enqueue({ topic: 't', value, partition }, (error) => {
            if (error !== undefined) errors.push(error);
          });
        }
        await world.clock.settle(random.below(40));
      }
      for (const broker of world.cluster.brokers) broker.resume();
      world.network.heal();

      const flushed = await outcomeAfter(world.clock, 60_000, producer.flush());

      expect(flushed.isPending).toBe(false);
      expect(errors).toEqual([]);
      expect(valuesIn(world, 't', 0)).toEqual(sentBy[0]);
      expect(valuesIn(world, 't', 1)).toEqual(sentBy[1]);
    },
  );
});

const plantFault = (world: World, random: SeededRandom): void => {
  const { cluster, network } = world;
  const target = { partition: random.below(2), times: 1 + random.below(3) };
  switch (random.below(9)) {
    case 0:
      cluster.onProduce({ kind: 'refuse', code: 'NOT_ENOUGH_REPLICAS' }, target);
      break;
    case 1:
      cluster.onProduce({ kind: 'refuseAfterAppend', code: 'REQUEST_TIMED_OUT' }, target);
      break;
    case 2:
      cluster.onProduce({ kind: 'breakBefore' }, target);
      break;
    case 3:
      cluster.onProduce({ kind: 'breakAfter' }, target);
      break;
    case 4:
      cluster.moveLeader('t', random.below(2), 1 + random.below(3));
      break;
    case 5:
      network.reset('client', `broker-${1 + random.below(3)}`);
      break;
    case 6:
      cluster.broker(1 + random.below(3)).pause();
      break;
    case 7:
      for (const broker of cluster.brokers) broker.resume();
      break;
    default:
  }
};

describe('giving up', () => {
  test('a record that was sent and never answered fails as maybe after deliveryTimeoutMs', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0, deliveryTimeoutMs: 1000 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    world.cluster.broker(1).pause();

    const sent = await outcomeAfter(world.clock, 1001, producer.send({ topic: 't', value: 'b' }));

    expect(sent.error).toMatchObject({ code: 'DELIVERY_TIMEOUT', topic: 't', partition: 0 });
    expect(sent.error).toMatchObject({ maybeApplied: true });
  });

  test('a record that was never sent fails as surely not applied', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0, deliveryTimeoutMs: 1000 });
    world.cluster.moveLeader('t', 0, -1);

    const sent = await outcomeAfter(world.clock, 1500, producer.send({ topic: 't', value: 'b' }));

    expect(sent.error).toMatchObject({ code: 'DELIVERY_TIMEOUT', maybeApplied: false });
  });

  test('after a gap the partition goes on under a new producer id, without duplicates', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0, deliveryTimeoutMs: 1000 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    world.cluster.broker(1).pause();
    await outcomeAfter(world.clock, 1100, producer.send({ topic: 't', value: 'timed out' }));
    world.cluster.broker(1).resume();

    const sent = await outcomeAfter(world.clock, 3000, producer.send({ topic: 't', value: 'c' }));

    expect(sent.value?.offset).toBe(2);
    expect(world.cluster.initProducerIdCount).toBe(2);
    expect(valuesIn(world, 't')).toEqual(['a', 'timed out', 'c']);
  });

  test('a batch out of sequence at the head fails its partition loudly, later records go on', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    world.cluster.onProduce({ kind: 'refuse', code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });

    const failed = await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'b' }));
    const later = await outcomeAfter(world.clock, 200, producer.send({ topic: 't', value: 'c' }));

    expect(failed.error).toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    expect(later.value?.offset).toBe(1);
    expect(valuesIn(world, 't')).toEqual(['a', 'c']);
  });

  test('a refusal that is not retriable fails its batch only; those behind keep their order', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0, batchBytes: 1024 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'warm' }));
    world.cluster.onProduce({ kind: 'refuse', code: 'INVALID_RECORD' });
    const values = range(12).map((value) => value.padEnd(900, '.'));

    const outcomes = values.map((value) => producer.send({ topic: 't', value }));
    const settled = Promise.allSettled(outcomes);
    await outcomeAfter(world.clock, 3000, settled);

    const statuses = (await settled).map(({ status }) => status);
    expect(statuses).toEqual(['rejected', ...new Array(11).fill('fulfilled')]);
    expect(valuesIn(world, 't')).toEqual(['warm', ...values.slice(1)]);
  });

  test('UNKNOWN_SERVER_ERROR is reported as maybe and never sent again', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    world.cluster.onProduce({ kind: 'refuseAfterAppend', code: 'UNKNOWN_SERVER_ERROR' });

    const sent = await outcomeAfter(world.clock, 2000, producer.send({ topic: 't', value: 'a' }));

    expect(sent.error).toMatchObject({ code: 'UNKNOWN_SERVER_ERROR', maybeApplied: true });
    expect(valuesIn(world, 't')).toEqual(['a']);
  });

  test('records for a topic that was deleted and created anew fail instead of going astray', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    world.cluster.deleteTopic('t');
    world.cluster.createTopic('t');

    const failed = await outcomeAfter(world.clock, 2000, producer.send({ topic: 't', value: 'b' }));
    const later = await outcomeAfter(world.clock, 2000, producer.send({ topic: 't', value: 'c' }));

    expect(failed.error).toMatchObject({ code: 'UNKNOWN_TOPIC_ID' });
    expect(later.value?.offset).toBe(0);
    expect(valuesIn(world, 't')).toEqual(['c']);
  });
});

describe('signals', () => {
  test('a signal that fired already sends nothing', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer();

    const sent = producer.send({ topic: 't', value: 'a' }, { signal: AbortSignal.abort() });

    await expect(sent).rejects.toMatchObject({ code: 'ABORTED' });
    expect(producer.bufferedBytes).toBe(0);
  });

  test('a send that waits for room leaves the queue when its signal fires', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ bufferBytes: 2000 });
    producer.enqueue({ topic: 't', value: 'x'.repeat(1800) });
    const abort = new AbortController();

    const waiting = producer.send(
      { topic: 't', value: 'x'.repeat(1000) },
      { signal: abort.signal },
    );
    const behind = producer.send({ topic: 't', value: 'small' });
    abort.abort();

    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    const { value } = await outcomeAfter(world.clock, 100, behind);
    expect(value?.offset).toBe(1);
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
