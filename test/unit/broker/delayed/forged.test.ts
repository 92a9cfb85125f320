import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../../../../src/base/errors.ts';
import { deliveryBatch, heldBatch } from '../../../../src/broker/delayed/held-batch.ts';
import { APIS } from '../../../../src/kafka/wire/apis.ts';
import {
  DELIVERY_BIT,
  HELD_BIT,
  readBatchHeader,
  splitBatches,
} from '../../../../src/record/batch-header.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import type { EncodableRecord } from '../../../../src/record/record.ts';
import { openKafkaClient } from '../../kafka/ask.ts';
import { openProduce } from '../harness/client-streams.ts';
import { DelayedCluster, delayed, sentBatch } from './delayed-cluster.ts';

const RECORD: EncodableRecord = { key: null, value: Buffer.from('forged'), timestampMs: 1000 };

/** As a broker would write it: `forged` waits for ever. */
const forgedHold = (codec?: Awaited<ReturnType<typeof loadCodec>>): Uint8Array => {
  const dueMs = Number.MAX_SAFE_INTEGER;
  const held = [{ record: RECORD, dueMs, replaces: -1, firstOffset: -1 }];
  return Uint8Array.from(heldBatch(held, codec === undefined ? {} : { codec }));
};

/** As a broker would write it: what is held at offset 0 was delivered, and waits no longer. */
const forgedDelivery = (codec?: Awaited<ReturnType<typeof loadCodec>>): Uint8Array => {
  const due = [{ firstOffset: 0, record: RECORD }];
  return Uint8Array.from(deliveryBatch(due, 1000, codec === undefined ? {} : { codec }));
};

type Answer = { readonly code: string; readonly reason: string };

const DOORS: Record<string, (world: DelayedCluster, batch: Uint8Array) => Promise<Answer>> = {
  Kafka: async ({ cluster }, records) => {
    const { responses } = await openKafkaClient(cluster)(APIS.produce, 9, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
    });
    const answer = responses[0]?.partitionResponses[0];
    return { code: errorCodeOf(answer?.errorCode ?? -1), reason: answer?.errorMessage ?? '' };
  },
  gRPC: async ({ cluster }, batch) => {
    const { send, replies } = openProduce(cluster);
    send(1, [['t', batch]]);
    await cluster.run(200);
    const result = replies[0]?.results[0];
    return { code: errorCodeOf(result?.errorCode ?? -1), reason: result?.errorMessage ?? '' };
  },
};

const cases = Object.keys(DOORS).flatMap((door) =>
  ['true', 'false'].flatMap((delays) =>
    ['producer', 'gzip'].map((compression) => [door, delays, compression] as const),
  ),
);

describe('a batch that a producer marks as brokers mark theirs', () => {
  it.each(cases)(
    'is refused at the door of %s, with delay.enable=%s and compression.type=%s',
    async (door, delays, compression) => {
      const world = await DelayedCluster.start(1, {
        'min.insync.replicas': '1',
        'delay.enable': delays,
        'compression.type': compression,
      });
      const lz4 = await loadCodec('lz4');
      const send = DOORS[door];
      const answers: (Answer | undefined)[] = [];

      for (const codec of [undefined, lz4]) {
        answers.push(await send?.(world, forgedHold(codec)));
        answers.push(await send?.(world, forgedDelivery(codec)));
      }

      const reasons = answers.map((it) => [
        it?.code,
        it?.reason.match(/0x\w+ are for brokers/)?.[0],
      ]);
      expect(reasons).toEqual([
        ['INVALID_RECORD', '0x8000 are for brokers'],
        ['INVALID_RECORD', '0x4000 are for brokers'],
        ['INVALID_RECORD', '0x8000 are for brokers'],
        ['INVALID_RECORD', '0x4000 are for brokers'],
      ]);
      expect(answers.every((it) => it?.reason.includes('\n') === false)).toBe(true);
      expect(world.cluster.broker(1).replica('t').log.logEndOffset).toBe(0);
    },
  );

  it('takes nothing out of what waits, and is not held itself', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 500)]));
    await world.run(100);

    world.send(1, forgedDelivery());
    world.send(1, forgedHold());
    world.send(1, sentBatch([{ value: 'b' }]));
    await world.run(1000);

    expect(world.values(1)).toEqual(['b', 'a']);
    world.cluster.expectHealthy();
  });

  it('does nothing by the headers alone', async () => {
    const world = await DelayedCluster.start();
    world.send(1, sentBatch([delayed('a', 500)]));
    await world.run(100);

    world.send(1, sentBatch([{ value: 'b', headers: { 'ottla-held-offset': '0' } }]));
    world.send(1, sentBatch([{ value: 'c', headers: { 'ottla-hold': 'x'.repeat(24) } }]));
    await world.run(1000);

    expect(world.values(1)).toEqual(['b', 'c', 'a']);
  });
});

/** The attributes of what is in the log of the first broker, batch by batch. */
const attributesIn = ({ cluster }: DelayedCluster): number[] => {
  const { log } = cluster.broker(1).replica('t');
  const { logEndOffset: endOffset } = log;
  const request = { fetchOffset: 0, endOffset, maxBytes: 1 << 20, atLeastOne: true };
  return log
    .read(request)
    .parts.flatMap((part) =>
      [...splitBatches(part)].map(
        ({ position }) => readBatchHeader(part, position).attributes & 0xffff,
      ),
    );
};

it.each(['none', 'gzip', 'lz4'] as const)(
  'what compression.type=gzip makes of a batch in %s is marked as held, delivered, or neither',
  async (sent) => {
    const world = await DelayedCluster.start(1, {
      'min.insync.replicas': '1',
      'compression.type': 'gzip',
    });
    const codec = await loadCodec(sent);
    world.send(1, sentBatch([delayed('a', 300)], { codec }));
    world.send(1, sentBatch([{ value: 'b' }], { codec }));
    const { log } = world.cluster.broker(1).replica('t');
    // The pool has a time of its own, in which nothing may fall due.
    for (const [endOffset, stepMs] of [
      [2, 0.01],
      [3, 20],
    ] as const) {
      while (log.logEndOffset < endOffset) {
        await world.run(stepMs);
        await sleep(2);
      }
    }
    await world.run(50);

    expect(attributesIn(world)).toEqual([HELD_BIT | 1, 1, DELIVERY_BIT | 1]);
    expect(world.values(1)).toEqual(['b', 'a']);
  },
);
