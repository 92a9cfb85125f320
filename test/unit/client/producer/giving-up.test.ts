import { describe, expect, test } from 'vitest';
import { outcomeAfter, startWorld, valuesIn } from '../fixture.ts';

const range = (count: number): string[] => Array.from({ length: count }, (_, at) => `v${at}`);

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

  test('after a gap the partition goes on in the next epoch, behind which the old one is refused (KIP-360)', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 0, deliveryTimeoutMs: 1000 });
    await outcomeAfter(world.clock, 100, producer.send({ topic: 't', value: 'a' }));
    world.cluster.broker(1).pause();
    await outcomeAfter(world.clock, 1100, producer.send({ topic: 't', value: 'timed out' }));
    world.cluster.broker(1).resume();

    const sent = await outcomeAfter(world.clock, 3000, producer.send({ topic: 't', value: 'c' }));

    expect(sent.value?.offset).toBe(2);
    const { headers } = world.cluster.partition('t', 0);
    expect(headers.map(({ producerEpoch }) => producerEpoch)).toEqual([0, 0, 1]);
    expect(new Set(headers.map(({ producerId }) => producerId)).size).toBe(1);
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
});

describe('signals', () => {
  test('a signal that fired already sends nothing', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer();

    const sent = producer.send({ topic: 't', value: 'a' }, { signal: AbortSignal.abort() });

    await expect(sent).rejects.toMatchObject({ code: 'ABORTED', maybeApplied: false });
    expect(producer.bufferedBytes).toBe(0);
  });

  test('a signal that fired already sends nothing of a batch either', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer();

    const sent = producer.sendBatch([{ topic: 't', value: 'a' }], { signal: AbortSignal.abort() });

    await expect(sent).rejects.toMatchObject({ code: 'ABORTED', maybeApplied: false });
    expect(producer.bufferedBytes).toBe(0);
  });

  test('one signal serves any number of sends, to new topics too, without a warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const world = await startWorld();
    const topics = Array.from({ length: 20 }, (_, index) => `t${index}`);
    for (const topic of topics) world.cluster.createTopic(topic);
    const producer = world.client.producer();
    const { signal } = new AbortController();

    const work = Promise.all(
      topics.map((topic) => producer.send({ topic, value: 'a' }, { signal })),
    );
    const { value } = await outcomeAfter(world.clock, 500, work);

    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(value).toHaveLength(topics.length);
    expect(warnings).toEqual([]);
  });

  test.each(['flush', 'hasRoom'] as const)('%s ends when its signal fires', async (verb) => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ bufferBytes: 2000, lingerMs: 60_000 });
    producer.enqueue({ topic: 't', value: 'x'.repeat(1800) });
    for (const { brokerId } of world.cluster.brokers) world.cluster.broker(brokerId).pause();
    const abort = new AbortController();

    const waiting = producer[verb]({ signal: abort.signal });
    abort.abort();

    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
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
