import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../../../../src/base/errors.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import { openKafkaClient } from '../../kafka/ask.ts';
import { openProduce } from '../harness/client-streams.ts';
import type { SentRecord } from './delayed-cluster.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

interface Answer {
  readonly code: string;
  readonly baseOffset: number;
  readonly refused: readonly number[];
}

const DOORS: Record<string, (world: DelayedCluster, batch: Uint8Array) => Promise<Answer>> = {
  Kafka: async ({ cluster }, records) => {
    const { responses } = await openKafkaClient(cluster)(APIS.produce, 9, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
    });
    const answer = responses[0]?.partitionResponses[0];
    return {
      code: errorCodeOf(answer?.errorCode ?? -1),
      baseOffset: answer?.baseOffset ?? 0,
      refused: (answer?.recordErrors ?? []).map(({ batchIndex }) => batchIndex),
    };
  },
  gRPC: async ({ cluster }, batch) => {
    const { send, replies } = openProduce(cluster);
    send(1, [['t', batch]]);
    await cluster.run(200);
    const result = replies[0]?.results[0];
    return {
      code: errorCodeOf(result?.errorCode ?? -1),
      baseOffset: Number(result?.baseOffset ?? 0),
      refused: (result?.refusedRecords ?? []).map(({ index }) => index),
    };
  },
};

const started = (): Promise<DelayedCluster> =>
  DelayedCluster.start(1, { 'min.insync.replicas': '1' });
const now: SentRecord = { value: 'now' };
const wrong = (headers: Record<string, string>): SentRecord => ({ value: 'x', headers });

describe.each(Object.entries(DOORS))('a producer that sends delayed records by %s', (_, send) => {
  it.each(['none', 'gzip', 'lz4'] as const)(
    'is answered -1 for a batch with one, and the offset of any other (in %s)',
    async (name) => {
      const world = await started();
      const codec = await loadCodec(name);
      const batchOf = (...records: SentRecord[]): Uint8Array => sentBatch(records, { codec });

      const held = await send(world, batchOf(delayed('a', 60_000)));
      const mixed = await send(world, batchOf(now, delayed('b', 60_000)));
      const past = await send(world, batchOf(wrong({ 'ottla-deliver-at': '5' })));
      const plain = await send(world, batchOf(now));

      const taken = { code: 'NONE', refused: [] };
      expect(held).toEqual({ ...taken, baseOffset: -1 });
      expect(mixed).toEqual({ ...taken, baseOffset: -1 });
      // Behind the held batches, and what was due at once of the second.
      expect(past).toEqual({ ...taken, baseOffset: 4 });
      expect(plain).toEqual({ ...taken, baseOffset: 5 });
      expect(world.values(1)).toEqual(['now', 'x', 'now']);
    },
  );

  it.each(['none', 'gzip'] as const)(
    'is told which records of a batch do not say when (in %s)',
    async (name) => {
      const world = await started();
      const records = [
        now,
        wrong({ 'ottla-delay-ms': 'soon' }),
        delayed('a', 5),
        wrong({ 'ottla-delay-ms': '5', 'ottla-deliver-at': '5' }),
        wrong({ 'ottla-cron': 'never' }),
      ];

      const answer = await send(world, sentBatch(records, { codec: await loadCodec(name) }));

      expect(answer).toEqual({ code: 'INVALID_RECORD', baseOffset: -1, refused: [1, 3, 4] });
      expect(world.cluster.broker(1).replica('t').log.logEndOffset).toBe(0);
    },
  );
});
