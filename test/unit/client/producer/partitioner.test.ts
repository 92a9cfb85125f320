import { expect, test } from 'vitest';
import { partitionForKey } from '../../../../src/record/murmur2.ts';
import { outcomeAfter, startWorld } from '../fixture.ts';

const KEYS = Array.from({ length: 40 }, (_, at) => `key-${at}`);

const throwLines = (): never => {
  throw new Error('first\n  second');
};

test('a key goes where the Java client of Kafka would send it', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 7 });
  const producer = world.client.producer();

  const sent = producer.sendBatch(KEYS.map((key) => ({ topic: 't', key, value: 'v' })));
  const { value = [] } = await outcomeAfter(world.clock, 200, sent);

  const expected = KEYS.map((key) => partitionForKey(Buffer.from(key), 7));
  expect(value.map(({ partition }) => partition)).toEqual(expected);
});

test('an explicit partition overrules the key', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 7 });
  const producer = world.client.producer();

  const sent = producer.send({ topic: 't', key: 'k', value: 'v', partition: 6 });
  const { value } = await outcomeAfter(world.clock, 200, sent);

  expect(value?.partition).toBe(6);
});

test('records without a key share a partition until the batch is full, then move on', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 4 });
  const producer = world.client.producer({ batchBytes: 2048, lingerMs: 1000 });
  const value = 'x'.repeat(400);

  const sent = producer.sendBatch(Array.from({ length: 16 }, () => ({ topic: 't', value })));
  const { value: places = [] } = await outcomeAfter(world.clock, 3000, sent);

  const partitions = places.map(({ partition }) => partition);
  const runs = partitions.filter((partition, at) => partition !== partitions[at - 1]).length;
  expect(runs).toBe(4);
  expect(partitions.slice(0, 4)).toEqual(new Array(4).fill(partitions[0]));
});

test('records without a key avoid a partition that has no leader', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 2 });
  world.cluster.moveLeader('t', 0, -1);
  const producer = world.client.producer({ lingerMs: 0 });

  for (let count = 0; count < 10; count += 1) {
    const sent = producer.send({ topic: 't', value: 'v' });
    const { value } = await outcomeAfter(world.clock, 50, sent);
    expect(value?.partition).toBe(1);
  }
});

test('round robin takes partitions in turn, keys or not', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 3 });
  const producer = world.client.producer({ partitioner: 'roundRobin' });

  const records = KEYS.slice(0, 6).map((key) => ({ topic: 't', key, value: 'v' }));
  const { value = [] } = await outcomeAfter(world.clock, 200, producer.sendBatch(records));

  expect(value.map(({ partition }) => partition)).toEqual([1, 2, 0, 1, 2, 0]);
});

test('a partitioner of the caller is given the serialized key', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 3 });
  const producer = world.client.producer({
    partitioner: ({ key, partitionCount }) => (key?.length ?? 0) % partitionCount,
  });

  const { value } = await outcomeAfter(
    world.clock,
    200,
    producer.send({ topic: 't', key: 'abcd', value: 'v' }),
  );

  expect(value?.partition).toBe(1);
});

test.each([
  [() => Number.NaN, 'the partitioner chose partition NaN for a record of t: its choice is 0 to 2'],
  [() => -1, 'the partitioner chose partition -1 for a record of t: its choice is 0 to 2'],
  [throwLines, 'the partitioner threw for a record of t: first second'],
])('a partitioner that is wrong (%o) refuses its record only, at once', async (own, message) => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 3 });
  const producer = world.client.producer({ partitioner: own });

  const sent = await outcomeAfter(world.clock, 200, producer.send({ topic: 't', value: 'v' }));

  expect(sent.error).toMatchObject({ code: 'INVALID_PARTITIONS', topic: 't', message });
  expect(producer.bufferedBytes).toBe(0);
});

test('a choice that no broker knows within 3 s is named as that of the partitioner', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 3 });
  const producer = world.client.producer({ partitioner: () => 9 });

  const sent = await outcomeAfter(world.clock, 4000, producer.send({ topic: 't', value: 'v' }));

  const message = 'the partitioner chose partition 9 for a record of t: its choice is 0 to 2';
  expect(sent.error).toMatchObject({ code: 'INVALID_PARTITIONS', topic: 't', message });
  expect(producer.bufferedBytes).toBe(0);
});

test('sticky fills one partition a batch, keys or not', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 4 });
  const producer = world.client.producer({ partitioner: 'sticky', lingerMs: 1000 });

  const sent = producer.sendBatch(KEYS.map((key) => ({ topic: 't', key, value: 'v' })));
  const { value: places = [] } = await outcomeAfter(world.clock, 3000, sent);

  expect(places).toHaveLength(KEYS.length);
  expect(new Set(places.map(({ partition }) => partition)).size).toBe(1);
});
