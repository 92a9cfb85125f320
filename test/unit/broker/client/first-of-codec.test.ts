import { describe, expect, it, vi } from 'vitest';
import { gzip } from '../../../../src/record/codecs/gzip.ts';
import { lz4 } from '../../../../src/record/codecs/lz4.ts';
import { snappy } from '../../../../src/record/codecs/snappy.ts';
import { loadZstd } from '../../../../src/record/codecs/zstd.ts';
import { codecIfLoaded } from '../../../../src/record/compression.ts';
import { batchOf, bytesOf, record } from '../../record/batches.ts';
import { openProduce } from '../harness/client-streams.ts';
import { TestCluster } from '../harness/test-cluster.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Where a test cluster's clock begins. */
const NOW_MS = Date.UTC(2026, 0, 1);

// None of these are loaded for the broker by that: it knows only of what went through loadCodec.
const zstd = await loadZstd();

describe('the first batches of a codec, in a pipeline', () => {
  it.each([
    { codec: snappy, title: 'a compacted topic', configs: { 'cleanup.policy': 'compact' } },
    {
      codec: zstd,
      title: 'a topic with a bound to the past',
      configs: { 'message.timestamp.before.max.ms': `${DAY_MS}` },
    },
  ])('to $title are all appended, in their order', async ({ codec, configs }) => {
    const cluster = await TestCluster.start(1);
    cluster.controller.createTopic('t', [1], { configs });
    await cluster.run(100);
    const { send, replies } = openProduce(cluster);
    const wasLoaded = codecIfLoaded(codec.code) !== undefined;

    for (let at = 0; at < 5; at += 1) {
      const records = [record({ value: bytesOf(`${at}`), timestampMs: NOW_MS })];
      const stamp = { producerId: 9, producerEpoch: 0, baseSequence: at };
      send(at, [['t', Uint8Array.from(batchOf(records, { ...stamp, codec }))]]);
    }
    await vi.waitFor(async () => {
      await cluster.run(5);
      expect(replies).toHaveLength(5);
    });

    expect(wasLoaded).toBe(false);
    expect(
      replies.map(({ requestId, results: [result] }) => [
        requestId,
        result?.errorCode,
        result?.baseOffset,
      ]),
    ).toEqual([0, 1, 2, 3, 4].map((at) => [at, 0, at]));
    cluster.expectHealthy();
  });

  it('that are refused for their time are refused for good', async () => {
    const cluster = await TestCluster.start(1);
    cluster.controller.createTopic('t', [1]);
    await cluster.run(100);
    const { send, replies } = openProduce(cluster);

    const late = batchOf([record({ timestampMs: NOW_MS + DAY_MS })], { codec: lz4 });
    send(1, [['t', Uint8Array.from(late)]]);
    await vi.waitFor(async () => {
      await cluster.run(5);
      expect(replies).toHaveLength(1);
    });

    expect(replies[0]?.results[0]?.errorCode).toBe(32);
    cluster.expectHealthy();
  });

  it('to a topic whose records nobody looks at load no library', async () => {
    const cluster = await TestCluster.start(1);
    cluster.controller.createTopic('t', [1]);
    await cluster.run(100);
    const { send, replies } = openProduce(cluster);

    send(1, [['t', Uint8Array.from(batchOf([record()], { codec: gzip }))]]);
    await cluster.run(50);

    expect(replies.map(({ results: [result] }) => result?.errorCode)).toEqual([0]);
    expect(codecIfLoaded(gzip.code)).toBeUndefined();
  });
});
