import { describe, expect, test } from 'vitest';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld, valuesIn } from '../fixture.ts';

const makeAnew = ({ cluster }: World, partitions = 1): void => {
  cluster.deleteTopic('t');
  cluster.createTopic('t', { partitions });
};

/** So wide that each has a batch of its own. */
const wide = (name: string): string => name.padEnd(900, '.');

const namesIn = (world: World): string[] =>
  valuesIn(world, 't').map((value) => (value ?? '').slice(0, 1));

/** A producer that knows the topic, and has one record in it. */
const startedWorld = async (partitions = 1) => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions });
  const producer = world.client.producer({ lingerMs: 0, batchBytes: 1024 });
  const first = producer.send({ topic: 't', partition: 0, value: wide('a') });
  await outcomeAfter(world.clock, 100, first);
  return { world, producer };
};

describe('a topic that was deleted and made anew', () => {
  test('takes all that was sent since, each once and in order', async () => {
    const { world, producer } = await startedWorld();
    makeAnew(world);

    const sent = ['b', 'c', 'd', 'e'].map((value) =>
      producer.send({ topic: 't', value: wide(value) }),
    );
    const { value } = await outcomeAfter(world.clock, 2000, Promise.all(sent));

    expect(value?.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
    expect(namesIn(world)).toEqual(['b', 'c', 'd', 'e']);
  });

  test('takes what is still on its way to the one before ahead of what came later', async () => {
    const { world, producer } = await startedWorld();
    const leader = world.cluster.broker(1);
    leader.pause();
    const early = producer.send({ topic: 't', value: wide('b') });
    await world.clock.settle(1);
    makeAnew(world);
    // The silence of the leader has the client ask the others.
    await world.clock.settle(10_000);

    const late = producer.send({ topic: 't', value: wide('c') });
    await world.clock.settle(100);
    leader.resume();
    const { error } = await outcomeAfter(world.clock, 5000, Promise.all([early, late]));

    expect(error).toBeUndefined();
    expect(namesIn(world)).toEqual(['b', 'c']);
  });

  test('is not sent what may stand in the one before', async () => {
    const { world, producer } = await startedWorld();
    world.cluster.onProduce({ kind: 'breakAfter' });
    const doubtful = producer.send({ topic: 't', value: wide('b') });
    await world.clock.settle(10);
    makeAnew(world);

    const later = producer.send({ topic: 't', value: wide('c') });
    const failed = await outcomeAfter(world.clock, 2000, doubtful);
    const { value } = await outcomeAfter(world.clock, 2000, later);

    expect(failed.error).toMatchObject({ code: 'UNKNOWN_TOPIC_ID', maybeApplied: true });
    expect(value?.offset).toBe(0);
    expect(namesIn(world)).toEqual(['c']);
  });

  test('and holds nothing back is not sent what shall wait', async () => {
    const { world, producer } = await startedWorld();
    const letWait = async (value: string): Promise<void> => {
      const change = { type: 'topic', name: 't', key: 'delay.enable', value } as const;
      await outcomeAfter(world.clock, 100, world.client.admin().alterConfigs([change]));
    };
    await letWait('true');
    makeAnew(world);
    await letWait('false');

    const waiting = producer.send({ topic: 't', value: wide('b'), delayMs: 60_000 });
    const failed = await outcomeAfter(world.clock, 2000, waiting);
    const { value } = await outcomeAfter(
      world.clock,
      2000,
      producer.send({ topic: 't', value: wide('c') }),
    );

    expect(failed.error).toMatchObject({ code: 'UNKNOWN_TOPIC_ID', maybeApplied: false });
    expect(value?.offset).toBe(0);
    expect(namesIn(world)).toEqual(['c']);
  });

  test('with other partitions refuses what was placed by the old ones, and takes the next', async () => {
    const { world, producer } = await startedWorld();
    makeAnew(world, 2);

    const placed = producer.send({ topic: 't', key: 'k', value: wide('b') });
    const failed = await outcomeAfter(world.clock, 2000, placed);
    const later = producer.send({ topic: 't', key: 'k', value: wide('c') });
    const { error } = await outcomeAfter(world.clock, 2000, later);

    expect(failed.error).toMatchObject({ code: 'UNKNOWN_TOPIC_ID', maybeApplied: false });
    expect(error).toBeUndefined();
  });
});
