import { describe, expect, it } from 'vitest';
import type { ProduceOutcome } from '../../../../src/broker/replication/produce-outcome.ts';
import type { BuildOptions } from '../../../../src/record/batch-builder.ts';
import type { CodecName } from '../../../../src/record/codec.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import type { DelayedCluster, SentRecord } from '../delayed/delayed-cluster.ts';
import { delayed, sentBatch } from '../delayed/delayed-cluster.ts';
import { valuesOf } from '../harness/test-cluster.ts';
import { named, offsetsOf, startDedup, WINDOW_MS } from './dedup-cluster.ts';

/** Sends to the first broker and waits for the answer. */
const send = async (
  world: DelayedCluster,
  records: readonly SentRecord[],
  options: BuildOptions = {},
): Promise<ProduceOutcome | undefined> => {
  const sent = world.send(1, sentBatch(records, options));
  for (let step = 0; step < 500 && sent.outcome === undefined; step += 1) await world.run(1);
  return sent.outcome;
};

const endOf = (world: DelayedCluster): number =>
  world.cluster.broker(1).replica('t').log.logEndOffset;

/** A producer that counts, in one epoch. */
const counting = (baseSequence: number): BuildOptions => ({
  producerId: 7,
  producerEpoch: 0,
  baseSequence,
});

describe('a record whose id was appended within the window', () => {
  it('is not appended again, and is answered with the offset of the first', async () => {
    const world = await startDedup();
    await send(world, [{ value: 'before' }]);
    const first = await send(world, [named('a'), named('b')]);
    await send(world, [{ value: 'between' }]);

    const again = await send(world, [named('a'), named('b')]);
    const single = await send(world, [named('another value', 'b')]);

    expect(again).toMatchObject({ code: 'NONE', baseOffset: 1, isDuplicate: true });
    expect([first, again].map((outcome) => offsetsOf(outcome, 2))).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(offsetsOf(single, 1)).toEqual([2]);
    expect(world.values(1)).toEqual(['before', 'a', 'b', 'between']);
    world.cluster.expectHealthy();
  });

  it('is left out of a batch, of which the others are appended at its offsets', async () => {
    const world = await startDedup();
    await send(world, [named('a'), named('b')]);

    const mixed = await send(world, [named('c'), named('b'), { value: 'd' }, named('a')]);

    expect(mixed).toMatchObject({ code: 'NONE', baseOffset: -1, repeatCount: 2 });
    expect(offsetsOf(mixed, 4)).toEqual([2, 1, 4, 0]);
    expect(
      world.records(1).map(({ offset, value }) => `${offset} ${Buffer.from(value ?? [])}`),
    ).toEqual(['0 a', '1 b', '2 c', '4 d']);
    world.cluster.expectHealthy();
  });

  it('is a repeat of the first of its own batch too', async () => {
    const world = await startDedup(1);

    const outcome = await send(world, [named('a', 'x'), named('b'), named('c', 'x')]);
    const later = await send(world, [named('d', 'x')]);

    expect(offsetsOf(outcome, 3)).toEqual([0, 1, 0]);
    expect(offsetsOf(later, 1)).toEqual([0]);
    expect(world.values(1)).toEqual(['a', 'b']);
  });

  it.each<CodecName>(['gzip', 'snappy', 'lz4', 'zstd'])(
    'is found in batches compressed with %s, which keep their codec',
    async (name) => {
      const world = await startDedup();
      const codec = await loadCodec(name);
      await send(world, [named('a'), named('b')], { codec });

      const mixed = await send(world, [named('b'), named('c'.repeat(500), 'c')], { codec });
      const whole = await send(world, [named('a'), named('b')], { codec });

      expect(offsetsOf(mixed, 2)).toEqual([1, 3]);
      expect(offsetsOf(whole, 2)).toEqual([0, 1]);
      expect(world.values(1)).toEqual(['a', 'b', 'c'.repeat(500)]);
      const { log } = world.cluster.broker(1).replica('t');
      const request = { fetchOffset: 2, maxBytes: 1 << 20, endOffset: 4, atLeastOne: true };
      expect(log.read(request).parts[0]?.[22]).toBe(codec.code);
      world.cluster.expectHealthy();
    },
  );

  it('is found where the topic has a codec of its own', async () => {
    const world = await startDedup(1, { 'compression.type': 'zstd' });
    await send(world, [named('a')]);

    const mixed = await send(world, [named('a'), named('b')]);

    expect(offsetsOf(mixed, 2)).toEqual([0, 2]);
    expect(world.values(1)).toEqual(['a', 'b']);
  });

  it('has an id of its own in each partition, and none without the header', async () => {
    const world = await startDedup(1);

    await send(world, [{ value: 'a' }]);
    await send(world, [{ value: 'a' }]);

    expect(world.values(1)).toEqual(['a', 'a']);
  });

  it('is appended again once the window is over, by the time for which its leader ran', async () => {
    const world = await startDedup(1);
    await send(world, [named('a')]);
    await world.run(WINDOW_MS - 2000);
    const within = await send(world, [named('a')]);
    await world.run(4000);

    const behind = await send(world, [named('a')]);

    expect(within).toMatchObject({ baseOffset: 0, isDuplicate: true });
    expect(behind).toMatchObject({ baseOffset: 1, isDuplicate: false });
  });

  it('counts from its first append, not from its repeats', async () => {
    const world = await startDedup(1);
    await send(world, [named('a')]);
    await world.run(WINDOW_MS / 2);
    await send(world, [named('a')]);
    await world.run(WINDOW_MS / 2);

    expect(await send(world, [named('a')])).toMatchObject({ baseOffset: 1 });
  });

  it('is answered when the first is committed, and not before', async () => {
    const world = await startDedup();
    const { network } = world.cluster;
    await send(world, [named('a')]);
    network.cut('b1', 'b2');
    network.cut('b1', 'b3');
    const first = world.send(1, sentBatch([named('b')]));
    const again = world.send(1, sentBatch([named('b')]));
    await world.run(500);
    const early = [first.outcome, again.outcome];

    network.heal();
    await world.run(3000);

    expect(early).toEqual([undefined, undefined]);
    expect(again.outcome).toMatchObject({ code: 'NONE', baseOffset: 1, isDuplicate: true });
    expect(world.values(1)).toEqual(['a', 'b']);
  });
});

describe('a producer that counts its records', () => {
  it('goes on behind a batch of repeats, which leaves nothing but its sequence', async () => {
    const world = await startDedup();
    await send(world, [named('a'), named('b')]);
    const whole = await send(world, [named('a'), named('b')], counting(0));

    world.cluster.broker(1).crash({ power: false });
    world.cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(500);
    const next = world.send(2, sentBatch([named('c')], counting(2)));
    await world.run(100);

    expect(offsetsOf(whole, 2)).toEqual([0, 1]);
    expect(offsetsOf(next.outcome, 1)).toEqual([4]);
    expect(world.values(2)).toEqual(['a', 'b', 'c']);
    world.cluster.expectHealthy();
  });

  it('is answered the same for the same batch sent again', async () => {
    const world = await startDedup(1);
    await send(world, [named('a')]);
    const records = [named('b'), named('a'), { value: 'c' }];
    const first = await send(world, records, counting(0));
    const endOffset = endOf(world);

    const again = await send(world, records, counting(0));
    const next = await send(world, [named('d')], counting(3));

    expect([first, again].map((outcome) => offsetsOf(outcome, 3))).toEqual([
      [1, 0, 3],
      [1, 0, 3],
    ]);
    expect(again).toMatchObject({ isDuplicate: true, repeatCount: 0 });
    expect(offsetsOf(next, 1)).toEqual([endOffset]);
  });

  it('is not told a place that is none any more', async () => {
    const world = await startDedup(1, { 'dedup.window.ms': '1000' });
    await send(world, [named('a')]);
    const records = [named('b'), named('a')];
    await send(world, records, counting(0));
    await world.run(5000);

    const again = await send(world, records, counting(0));

    expect(again).toMatchObject({ code: 'NONE', isDuplicate: true });
    expect(offsetsOf(again, 2)).toEqual([-1, -1]);
  });
});

describe('a batch is refused, with its records,', () => {
  it.each<readonly [string, SentRecord]>([
    ['empty', named('b', '')],
    ['257 bytes', named('b', 'x'.repeat(257))],
  ])('where an id is %s', async (reason, bad) => {
    const world = await startDedup(1);

    const outcome = await send(world, [named('a'), bad]);

    expect(outcome).toMatchObject({
      code: 'INVALID_RECORD',
      refusedRecords: [{ index: 1, reason: expect.stringContaining(reason) }],
    });
    expect(endOf(world)).toBe(0);
  });

  it('where more of them have an id than are looked at in one event', async () => {
    const world = await startDedup(1);
    const records = Array.from({ length: 20_001 }, (_, index) => named('', String(index)));

    const outcome = await send(world, [...records, { value: 'other' }]);
    const most = await send(world, [...records.slice(1), { value: 'other' }]);

    expect(outcome?.code).toBe('MESSAGE_TOO_LARGE');
    expect([most?.code, endOf(world)]).toEqual(['NONE', 20_001]);
  });

  it('as damaged before an id is looked at', async () => {
    const world = await startDedup(1);
    await send(world, [named('a')]);
    const batch = sentBatch([named('a')]);
    batch[batch.length - 1] = 0xff;

    const sent = world.send(1, batch);
    await world.run(10);

    expect(sent.outcome?.code).toBe('CORRUPT_MESSAGE');
  });
});

describe('a delayed record with an id', () => {
  const held = (value: string): SentRecord => ({
    ...delayed(value, 500),
    headers: { ...delayed(value, 500).headers, 'message-id': value },
  });

  it('is delivered once, and has no offset when it is sent again', async () => {
    const world = await startDedup(3, { 'delay.enable': 'true' });
    const first = await send(world, [held('a')]);

    const early = await send(world, [held('a'), named('now'), held('b')]);
    await world.run(2000);
    const late = await send(world, [held('a')]);
    await world.run(2000);

    expect([first, early, late].map((outcome) => outcome?.baseOffset)).toEqual([-1, -1, -1]);
    expect(world.values(1)).toEqual(['now', 'a', 'b']);
    world.cluster.expectHealthy();
  });

  it('is delivered once behind a leader that dies', async () => {
    const world = await startDedup(3, { 'delay.enable': 'true' });
    await send(world, [held('a')]);

    world.cluster.broker(1).crash({ power: true });
    world.cluster.controller.change('t', { leader: 2, isr: [2, 3] });
    await world.run(1500);
    const again = world.send(2, sentBatch([held('a')]));
    await world.run(1500);

    expect(again.outcome).toMatchObject({ code: 'NONE', isDuplicate: true });
    expect(world.values(2)).toEqual(['a']);
    world.cluster.expectHealthy();
  });
});

describe('consumers', () => {
  it('are shown no batch that lost all its records, and get past one at the end', async () => {
    const world = await startDedup(1);
    await send(world, [named('a')]);
    await send(world, [named('a')], counting(0));
    const partition = world.cluster.broker(1).replica('t');
    const atEnd = partition.reader.readCommitted({
      fetchOffset: 1,
      maxBytes: 1 << 20,
      atLeastOne: true,
    });

    await send(world, [named('b')], counting(1));
    const all = partition.reader.readCommitted({
      fetchOffset: 0,
      maxBytes: 1 << 20,
      atLeastOne: true,
    });

    expect(atEnd.map((part) => part.length)).toEqual([61]);
    expect(world.values(1)).toEqual(['a', 'b']);
    expect(all.flatMap((part) => [...part]).length).toBe(2 * sentBatch([named('a')]).length);
    expect(valuesOf(partition)).toEqual(['a', 'b']);
  });
});

describe('the setting', () => {
  it('switched on under a leader begins there, and switched off ends it', async () => {
    const world = await startDedup(3, { 'dedup.window.ms': '0' });
    const { controller } = world.cluster;
    const set = async (value: string): Promise<void> => {
      const config = {
        resourceType: 'topic',
        resource: 't',
        key: 'dedup.window.ms',
        value,
      } as const;
      controller.commit([{ kind: 'config', value: config }]);
      await world.run(100);
    };
    await send(world, [named('a')]);

    await set('60000');
    await send(world, [named('a')]);
    const known = await send(world, [named('a')]);
    await set('0');
    const unknown = await send(world, [named('a')]);

    expect(known).toMatchObject({ baseOffset: 1, isDuplicate: true });
    expect(unknown).toMatchObject({ baseOffset: 2, isDuplicate: false });
    world.cluster.expectHealthy();
  });
});
