import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../../support/seeded-random.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld, valuesIn } from '../fixture.ts';

const range = (count: number): string[] => Array.from({ length: count }, (_, at) => `v${at}`);

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
