import { describe, expect, test } from 'vitest';
import { OttlaClient } from '../../../../src/client/client.ts';
import type { Logger } from '../../../../src/env/logger.ts';
import { silentLogger } from '../../../../src/env/logger.ts';
import type { World } from '../fixture.ts';
import { outcomeAfter, startWorld, valuesIn } from '../fixture.ts';

/** Brokers that stand still in what they know tell it as it is now. */
const letWait = async ({ client, clock }: World, value: 'true' | 'false'): Promise<void> => {
  const change = { type: 'topic', name: 't', key: 'delay.enable', value } as const;
  await outcomeAfter(clock, 100, client.admin().alterConfigs([change]));
};

const startTopic = async (value: 'true' | 'false') => {
  const world = await startWorld();
  world.cluster.createTopic('t');
  await letWait(world, value);
  const producer = world.client.producer({ lingerMs: 0 });
  return { world, producer };
};

describe('a record that shall wait', () => {
  test.each([{ delayMs: 1000 }, { deliverAt: new Date(0) }, { repeat: { cron: '@daily' } }])(
    'by %j is refused, with the remedy, by a topic that holds nothing back',
    async (delay) => {
      const { world, producer } = await startTopic('false');

      const sent = producer.send({ topic: 't', value: 'late', ...delay });
      const { error } = await outcomeAfter(world.clock, 5000, sent);

      expect(error).toMatchObject({ code: 'INVALID_RECORD', maybeApplied: false });
      expect(String(error)).toContain(
        'set delay.enable=true on the topic, or leave the option out',
      );
      expect(valuesIn(world, 't')).toEqual([]);
    },
  );

  test('is sent where the topic lets it', async () => {
    const { world, producer } = await startTopic('true');

    const sent = producer.send({ topic: 't', value: 'late', delayMs: 1000 });
    const { error } = await outcomeAfter(world.clock, 100, sent);

    expect(error).toBeUndefined();
    expect(valuesIn(world, 't')).toEqual(['late']);
  });

  test('is sent where the topic has been told to since this client asked, and only some brokers know', async () => {
    const { world, producer } = await startTopic('false');
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'first' }));
    world.cluster.freezeMetadata(1);
    world.cluster.freezeMetadata(2);
    await letWait(world, 'true');

    const sent = producer.send({ topic: 't', value: 'late', delayMs: 1000 });
    const { error } = await outcomeAfter(world.clock, 2000, sent);

    expect(error).toBeUndefined();
    expect(valuesIn(world, 't')).toEqual(['first', 'late']);
  });

  test('holds up no other while the cluster is asked, and a flush waits for it', async () => {
    const { world, producer } = await startTopic('false');
    const late = producer.send({ topic: 't', value: 'late', delayMs: 1000 });
    late.catch(() => {});

    const other = await outcomeAfter(
      world.clock,
      100,
      producer.send({ topic: 't', value: 'at once' }),
    );
    const flushed = await outcomeAfter(world.clock, 1000, producer.flush());
    const isAwaited = flushed.isPending;
    await world.clock.settle(3000);

    expect(other.value?.offset).toBe(0);
    expect([isAwaited, flushed.isPending]).toEqual([true, false]);
    await expect(late).rejects.toMatchObject({ code: 'INVALID_RECORD' });
  });

  test('is not refused by what was known before, where no broker answers', async () => {
    const { world } = await startTopic('false');
    const producer = world.client.producer({ lingerMs: 0, maxBlockMs: 5000 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'first' }));
    await letWait(world, 'true');
    for (const broker of world.cluster.brokers) broker.pause();

    const sent = producer.send({ topic: 't', value: 'late', delayMs: 1000 });
    const { error } = await outcomeAfter(world.clock, 6000, sent);

    expect(error).toMatchObject({ code: 'REQUEST_TIMED_OUT', retriable: true });
    expect(error).toMatchObject({ maybeApplied: false });
  });

  test('waits with others that come soon after, so that many are refused in a few steps', async () => {
    const { world } = await startTopic('false');
    const refusals: unknown[] = [];
    const warn = (_: string, fields?: object): void => void refusals.push(fields);
    const logger: Logger = { ...silentLogger, warn, child: () => logger };
    const { bootstrap } = world.cluster;
    const producer = new OttlaClient({ ...world.env, logger }, { bootstrap }).producer();
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'first' }));

    for (let at = 0; at < 300; at += 1) {
      producer.enqueue({ topic: 't', value: 'late', delayMs: 1000 });
      await world.clock.settle(1);
    }
    await world.clock.settle(4000);

    expect(producer.bufferedBytes).toBe(0);
    expect(refusals).toHaveLength(3);
  });

  test("by a header of its own is the sender's affair, as from any client", async () => {
    const { world, producer } = await startTopic('false');

    const headers = { 'ottla-delay-ms': '1000' };
    const { error } = await outcomeAfter(
      world.clock,
      100,
      producer.send({ topic: 't', value: 'at once', headers }),
    );

    expect(error).toBeUndefined();
    expect(valuesIn(world, 't')).toEqual(['at once']);
  });
});
