import { describe, expect, test } from 'vitest';
import type { Producer } from '../../../../src/client/producer/producer.ts';
import type { ProducerOptions } from '../../../../src/client/producer/producer-options.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld, text, valuesIn } from '../fixture.ts';

const IDLE_MS = 180_000;

/** A producer that has sent `warm` to topic t, of one partition, and nothing since. */
const startIdle = async (
  options: ProducerOptions = {},
): Promise<{ world: World; producer: Producer }> => {
  const world = await startWorld();
  world.cluster.createTopic('t');
  const producer = world.client.producer({ lingerMs: 0, ...options });
  await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'warm' }));
  await world.clock.settle(IDLE_MS);
  return { world, producer };
};

const pauseAll = ({ network, cluster }: World): void => {
  for (const { brokerId } of cluster.brokers) network.pause(`broker-${brokerId}`);
};

const resumeAll = ({ network, cluster }: World): void => {
  for (const { brokerId } of cluster.brokers) network.resume(`broker-${brokerId}`);
};

describe('a producer that asks for its topic after an idle time', () => {
  test('queues a record whatever maxBlockMs is', async () => {
    const other = await startWorld();
    other.cluster.createTopic('t');
    await outcomeAfter(other.clock, 100, other.client.producer().send({ topic: 't', value: 'w' }));
    await other.clock.settle(IDLE_MS);
    const producer = other.client.producer({ lingerMs: 0, maxBlockMs: 0 });

    const sent = producer.send({ topic: 't', value: 'a' });
    const { value, error } = await outcomeAfter(other.clock, 1000, sent);

    expect(error).toBeUndefined();
    expect(value).toMatchObject({ offset: 1 });
  });

  test('keeps a record for deliveryTimeoutMs while no broker answers, and sends it then', async () => {
    const { world, producer } = await startIdle();
    pauseAll(world);

    const sent = producer.send({ topic: 't', value: 'a' });
    const early = { ...(await outcomeAfter(world.clock, 110_000, sent)) };
    resumeAll(world);
    const { value } = await outcomeAfter(world.clock, 9000, sent);

    expect(early).toEqual({ isPending: true });
    expect(value).toMatchObject({ offset: 1 });
  });

  test('fails each record by its own delivery timeout, surely not applied', async () => {
    const { world, producer } = await startIdle({ deliveryTimeoutMs: 20_000 });
    pauseAll(world);
    const startMs = world.clock.monotonicMs();
    const ends: Array<[string, number]> = [];

    for (const value of ['a', 'b', 'c']) {
      producer.enqueue({ topic: 't', value }, (error) => {
        expect(error).toMatchObject({ code: 'DELIVERY_TIMEOUT', topic: 't', maybeApplied: false });
        expect(error?.message).toMatch(/^topic t: .*within 20000 ms.*no broker/);
        ends.push([value, world.clock.monotonicMs() - startMs]);
      });
      await world.clock.settle(9000);
    }
    await world.clock.settle(30_000);

    expect(ends).toEqual([
      ['a', 20_000],
      ['b', 29_000],
      ['c', 38_000],
    ]);
    expect(producer.bufferedBytes).toBe(0);
  });

  test('refuses records that come close together in steps, no more than 100 ms late', async () => {
    const { world, producer } = await startIdle({ deliveryTimeoutMs: 5000 });
    pauseAll(world);
    const livesMs: number[] = [];
    const ends = new Set<number>();

    for (let at = 0; at < 300; at += 1) {
      const takenMs = world.clock.monotonicMs();
      producer.enqueue({ topic: 't', value: 'v' }, () => {
        livesMs.push(world.clock.monotonicMs() - takenMs);
        ends.add(world.clock.monotonicMs());
      });
      await world.clock.settle(1);
    }
    await world.clock.settle(6000);

    expect(livesMs).toHaveLength(300);
    expect(Math.min(...livesMs)).toBeGreaterThanOrEqual(5000);
    expect(Math.max(...livesMs)).toBeLessThanOrEqual(5100);
    expect(ends.size).toBeLessThan(10);
  });

  test('counts the time that a record waited for its place as delivery time', async () => {
    const { world, producer } = await startIdle({ deliveryTimeoutMs: 20_000 });
    pauseAll(world);
    const waited = producer.send({ topic: 't', value: 'a' });
    await world.clock.settle(15_000);

    world.cluster.moveLeader('t', 0, -1);
    resumeAll(world);
    const early = { ...(await outcomeAfter(world.clock, 4900, waited)) };
    const { error } = await outcomeAfter(world.clock, 101, waited);

    expect(early).toEqual({ isPending: true });
    expect(error).toMatchObject({ code: 'DELIVERY_TIMEOUT', partition: 0, maybeApplied: false });
  });

  test('lets a record of another topic, placed meanwhile, expire in its own time', async () => {
    const { world, producer } = await startIdle({ deliveryTimeoutMs: 20_000 });
    world.cluster.createTopic('u');
    await outcomeAfter(world.clock, 100, producer.send({ topic: 'u', value: 'warm' }));
    pauseAll(world);
    const waited = producer.send({ topic: 't', value: 'a' });
    await world.clock.settle(10_000);
    const placed = producer.send({ topic: 'u', value: 'b' });
    await world.clock.settle(5000);

    world.cluster.moveLeader('t', 0, -1);
    world.cluster.moveLeader('u', 0, -1);
    resumeAll(world);
    const first = { ...(await outcomeAfter(world.clock, 5001, waited)) };
    const early = { ...(await outcomeAfter(world.clock, 0, placed)) };
    const second = await outcomeAfter(world.clock, 10_000, placed);

    expect(first.error).toMatchObject({ code: 'DELIVERY_TIMEOUT' });
    expect(early.isPending).toBe(true);
    expect(second.error).toMatchObject({ code: 'DELIVERY_TIMEOUT' });
  });

  test('lets nothing that comes later overtake what waits, a callback of a refusal neither', async () => {
    const { world, producer } = await startIdle({ deliveryTimeoutMs: 20_000 });
    pauseAll(world);
    const enqueue = (value: string): boolean =>
      producer.enqueue({ topic: 't', value }, (error) => {
        if (error !== undefined) enqueue(`${value} again`);
      });
    enqueue('a');
    await world.clock.settle(15_000);
    enqueue('b');
    await world.clock.settle(6000);
    enqueue('c');

    resumeAll(world);
    await world.clock.settle(10_000);

    expect(valuesIn(world, 't')).toEqual(['warm', 'b', 'a again', 'c']);
  });

  test('places what is enqueued by the callback of a record it cannot take behind the others', async () => {
    const { world, producer } = await startIdle({
      partitioner: ({ value }) => {
        if (value !== null && text(value) === 'bad') throw new Error('no place for it');
        return 0;
      },
    });
    producer.enqueue({ topic: 't', value: 'bad' }, () => {
      producer.enqueue({ topic: 't', value: 'c' });
    });
    producer.enqueue({ topic: 't', value: 'a' });
    producer.enqueue({ topic: 't', value: 'b' });

    await world.clock.settle(1000);

    expect(valuesIn(world, 't')).toEqual(['warm', 'a', 'b', 'c']);
  });

  test('holds no more than the buffer takes while records wait', async () => {
    const { world, producer } = await startIdle({ bufferBytes: 2000, deliveryTimeoutMs: 20_000 });
    pauseAll(world);
    const value = 'x'.repeat(800);

    const taken = [1, 2, 3, 4].map(() => producer.enqueue({ topic: 't', value }));
    await world.clock.settle(21_000);

    expect(taken).toEqual([true, true, false, false]);
    expect(producer.bufferedBytes).toBe(0);
  });

  test('refuses at once, with what comes meanwhile, where the topic is deleted', async () => {
    const { world, producer } = await startIdle();
    world.cluster.deleteTopic('t');

    const first = producer.send({ topic: 't', value: 'a' });
    await outcomeAfter(world.clock, 1000, first);
    const second = producer.send({ topic: 't', value: 'b' });
    const outcomes = Promise.allSettled([first, second]);
    await outcomeAfter(world.clock, 4000, outcomes);

    const reason = { code: 'UNKNOWN_TOPIC_OR_PARTITION', maybeApplied: false };
    expect(await outcomes).toMatchObject([{ reason }, { reason }]);
  });

  test('flush waits for the records that were taken before it, and for no later ones', async () => {
    const { world, producer } = await startIdle({ deliveryTimeoutMs: 20_000 });
    pauseAll(world);
    producer.enqueue({ topic: 't', value: 'a' });
    await world.clock.settle(5000);
    producer.enqueue({ topic: 't', value: 'b' });

    const flushed = producer.flush();
    await outcomeAfter(world.clock, 10_000, flushed);
    producer.enqueue({ topic: 't', value: 'c' });
    const early = { ...(await outcomeAfter(world.clock, 9900, flushed)) };
    const late = await outcomeAfter(world.clock, 200, flushed);

    expect(early.isPending).toBe(true);
    expect(late.isPending).toBe(false);
    expect(producer.bufferedBytes).toBeGreaterThan(0);
  });

  test('lets close refuse what waits, and leaves no timer', async () => {
    const { world, producer } = await startIdle();
    pauseAll(world);
    const waited = producer.send({ topic: 't', value: 'a' });
    await world.clock.settle(70_000);
    const outcome = outcomeAfter(world.clock, 0, waited);

    const signal = AbortSignal.abort();
    const closed = await outcomeAfter(world.clock, 0, producer.close({ signal }));
    resumeAll(world);
    await world.clock.settle(1000);
    await world.client.close();

    expect(closed.isPending).toBe(false);
    expect((await outcome).error).toMatchObject({ code: 'CLOSED', maybeApplied: false });
    expect(world.clock.timerCount).toBe(0);
  });

  test('leaves no timer behind for a record that waited and was delivered', async () => {
    const { world, producer } = await startIdle();
    await outcomeAfter(world.clock, 1000, producer.send({ topic: 't', value: 'a' }));

    await outcomeAfter(world.clock, 1000, producer.close());
    await world.client.close();

    expect(valuesIn(world, 't')).toEqual(['warm', 'a']);
    expect(world.clock.timerCount).toBe(0);
  });
});
