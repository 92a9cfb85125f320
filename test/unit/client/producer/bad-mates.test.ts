import { beforeAll, describe, expect, test } from 'vitest';
import type { Producer } from '../../../../src/client/producer/producer.ts';
import type { ProducerOptions } from '../../../../src/client/producer/producer-options.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import type { World } from '../fixture.ts';
import { startWorld, text, valuesIn } from '../fixture.ts';

beforeAll(async () => {
  await Promise.all([loadCodec('gzip'), loadCodec('zstd')]);
});

const BOUND_MS = 1000;
const LATE_MS = BOUND_MS + 1;

type TestProducer = Producer<string | Uint8Array, string | Uint8Array>;

interface Rig {
  readonly world: World;
  readonly producer: TestProducer;
}

/** A producer that the broker knows, on a topic whose broker refuses timestamps past the bound. */
const rigOf = async (options: ProducerOptions<never, never> = {}): Promise<Rig> => {
  const world = await startWorld();
  world.cluster.createTopic('t');
  world.cluster.partition('t').maxTimestampMs = BOUND_MS;
  const producer = world.client.producer(options) as TestProducer;
  const first = producer.send({ topic: 't', value: 'first', timestampMs: 0 });
  await world.clock.settle(100);
  await first;
  return { world, producer };
};

/** Sends all at once; a value with `bad` in it has a timestamp that is refused. */
const sendAll = async ({ world, producer }: Rig, values: readonly string[]): Promise<string[]> => {
  const sent = values.map((value, at) => {
    const timestampMs = value.includes('bad') ? LATE_MS + at : at;
    return producer.send({ topic: 't', value, timestampMs });
  });
  const settled = Promise.allSettled(sent);
  await world.clock.settle(1000);
  return (await settled).map((it) =>
    it.status === 'fulfilled' ? `at ${it.value.offset}` : it.reason.code,
  );
};

describe('a record that its broker refuses', () => {
  test.each(['none', 'gzip', 'zstd'] as const)(
    'fails alone: its mates go again in their order, under %s',
    async (compression) => {
      const rig = await rigOf({ compression });

      const outcomes = await sendAll(rig, ['a', 'bad 1', 'b', 'bad 2', 'c']);

      expect(outcomes).toEqual(['at 1', 'INVALID_TIMESTAMP', 'at 2', 'INVALID_TIMESTAMP', 'at 3']);
      expect(valuesIn(rig.world, 't')).toEqual(['first', 'a', 'b', 'c']);
    },
  );

  test('tells why, and that it is in no log', async () => {
    const { world, producer } = await rigOf();

    const sent = producer.send({ topic: 't', value: 'bad', timestampMs: LATE_MS });
    void producer.send({ topic: 't', value: 'a', timestampMs: 1 });
    const settled = Promise.allSettled([sent]);
    await world.clock.settle(100);

    const [{ reason } = { reason: undefined }] = (await settled) as PromiseRejectedResult[];
    expect(reason).toMatchObject({ message: 't partition 0: too late', partition: 0 });
    expect(reason).toMatchObject({ code: 'INVALID_TIMESTAMP', maybeApplied: false });
  });

  test('leaves mates their timestamps, keys and headers', async () => {
    const { world, producer } = await rigOf();
    const headers = { h: 'v' };

    const sent = producer.sendBatch([
      { topic: 't', value: 'bad', timestampMs: LATE_MS },
      { topic: 't', value: null, key: 'k', headers, timestampMs: 7 },
    ]);
    const settled = Promise.allSettled([sent]);
    await world.clock.settle(100);
    await settled;

    const [, record] = world.cluster.partition('t').records;
    expect(record).toMatchObject({ value: null, timestampMs: 7, offset: 1 });
    expect(text(record?.key ?? null)).toBe('k');
    expect(record?.headers.map(({ key, value }) => [key, text(value)])).toEqual([['h', 'v']]);
  });

  test.each([
    ['with idempotence', {}],
    ['without', { idempotent: false, maxInFlightPerPartition: 1 }],
  ])('keeps what was sent behind its batch in order, %s', async (_, options) => {
    const rig = await rigOf({ batchBytes: 1024, lingerMs: 0, ...options });
    const name = (at: number): string => (at % 5 === 1 ? `bad ${at}` : `good ${at}`);
    const values = Array.from({ length: 20 }, (_, at) => name(at).padEnd(300, '.'));

    const outcomes = await sendAll(rig, values);

    const good = values.filter((value) => value.startsWith('good'));
    expect(valuesIn(rig.world, 't')).toEqual(['first', ...good]);
    expect(outcomes.filter((it) => it === 'INVALID_TIMESTAMP')).toHaveLength(4);
    expect(outcomes.filter((it) => it.startsWith('at '))).toHaveLength(16);
  });

  test('takes no batch with it when a batch of bad records stands between others', async () => {
    const rig = await rigOf({ lingerMs: 0, batchBytes: 1024 });
    const values = ['a', 'bad 1', 'bad 2', 'bad 3', 'b'].map((value) => value.padEnd(450, '.'));

    const outcomes = await sendAll(rig, values);

    const bad = new Array(3).fill('INVALID_TIMESTAMP');
    expect(outcomes).toEqual(['at 1', ...bad, 'at 2']);
  });

  test('gives back its room in the send buffer with its mates', async () => {
    const rig = await rigOf();

    await sendAll(rig, ['a', 'bad', 'b']);

    expect(rig.producer.bufferedBytes).toBe(0);
  });
});
