import { describe, expect, test } from 'vitest';
import { STREAM_BYTES_HIGH } from '../../../../src/broker/client/produce-intake.ts';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import { openProduce } from '../harness/client-streams.ts';
import { batchOf, TestCluster } from '../harness/test-cluster.ts';
import { codesIn, oneBroker } from './fixture.ts';

describe('produce', () => {
  test('takes several partitions in one frame', async () => {
    const cluster = await oneBroker();
    const { send, replies } = openProduce(cluster);

    send(1, [
      ['t', batchOf(['a'])],
      ['u', batchOf(['b', 'c'])],
    ]);
    await cluster.run(30);

    expect(replies).toHaveLength(1);
    expect(replies[0]).toMatchObject({
      requestId: 1,
      results: [
        { topicId: 't', errorCode: 0, baseOffset: 0 },
        { topicId: 'u', errorCode: 0, baseOffset: 0 },
      ],
    });
  });

  test('keeps the order of pipelined requests', async () => {
    const cluster = await oneBroker();
    const { send, replies } = openProduce(cluster);

    for (let id = 1; id <= 20; id += 1) send(id, [['t', batchOf([`${id}`])]]);
    await cluster.run(50);

    expect(replies.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(replies.map(({ results }) => results[0]?.baseOffset)).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
  });

  test('answers a failure after the requests before it that share its partition', async () => {
    const cluster = await oneBroker();
    cluster.broker(1).disk.holdSyncs();
    const { send, replies } = openProduce(cluster);

    send(1, [['t', batchOf(['a'])]]);
    send(2, [['t', Uint8Array.of(1, 2, 3)]]);
    await cluster.run(50);
    expect(replies).toEqual([]);
    cluster.broker(1).disk.releaseSyncs();
    await cluster.run(50);

    expect(replies.map(codesIn)).toEqual([['NONE'], ['CORRUPT_MESSAGE']]);
  });

  test('names the records for which a batch was refused', async () => {
    const cluster = await oneBroker();
    const { send, replies } = openProduce(cluster);
    const builder = new BatchBuilder({ maxBytes: 10_000 });
    for (const timestampMs of [0, 2 ** 52, 1, 2 ** 52]) {
      builder.append({ key: null, value: null, timestampMs });
    }

    send(1, [['t', builder.build()]]);
    await cluster.run(50);

    expect(replies.map(codesIn)).toEqual([['INVALID_TIMESTAMP']]);
    const [result] = replies[0]?.results ?? [];
    expect(result?.refusedRecords.map(({ index }) => index)).toEqual([1, 3]);
    expect(result?.refusedRecords[0]?.reason).toContain(`timestamp ${2 ** 52} is not within`);
  });

  test('lets a partition pass that another one has nothing to do with', async () => {
    const cluster = await oneBroker();
    cluster.broker(1).disk.holdSyncs();
    const { send, replies } = openProduce(cluster);

    send(1, [['t', batchOf(['waits'])]], -1);
    send(2, [['u', batchOf(['passes'])]], 1);
    await cluster.run(50);

    expect(replies.map(({ requestId }) => requestId)).toEqual([2]);
  });

  test('is not read on while too many bytes wait for replicas, and keeps its order', async () => {
    const cluster = await oneBroker();
    cluster.broker(1).disk.holdSyncs();
    const { stream, send, replies } = openProduce(cluster);
    const value = 'x'.repeat(900_000);

    for (let id = 1; id <= 60; id += 1) send(id, [['t', batchOf([value])]]);
    await cluster.run(100);
    const takenWhileHeld = cluster.broker(1).replica('t').log.logEndOffset;
    const pendingBytes = stream.pendingBytes;
    cluster.broker(1).disk.releaseSyncs();
    await cluster.run(500);

    expect(takenWhileHeld).toBe(Math.ceil(STREAM_BYTES_HIGH / 900_000));
    expect(pendingBytes).toBeGreaterThan(20 * 900_000);
    expect(replies.map(({ requestId }) => requestId)).toEqual(
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
    expect(codesIn(replies.at(-1))).toEqual(['NONE']);
  });

  test('is not read on while its client takes no replies', async () => {
    const cluster = await oneBroker();
    const { stream, send, replies } = openProduce(cluster);
    stream.pause();

    const unknown = Array.from({ length: 100 }, () => ['gone', new Uint8Array()] as const);
    for (let id = 1; id <= 500; id += 1) send(id, unknown);
    await cluster.run(50);
    const unreadBytes = stream.pendingBytes;
    stream.resume();
    await cluster.run(500);

    expect(unreadBytes).toBeGreaterThan(0);
    expect(replies).toHaveLength(500);
  });

  test('with acks 0 answers a failure, and at once: the client learns where the leader is', async () => {
    const cluster = await oneBroker();
    cluster.broker(1).disk.holdSyncs();
    const { send, replies, ended } = openProduce(cluster);

    send(1, [['t', batchOf(['waits'])]], -1);
    send(
      2,
      [
        ['t', batchOf(['a'])],
        ['gone', batchOf(['b'])],
      ],
      0,
    );
    await cluster.run(50);
    const early = [...replies];
    cluster.broker(1).disk.releaseSyncs();
    await cluster.run(50);

    expect(early.map(({ requestId }) => requestId)).toEqual([2]);
    expect(early.map(codesIn)).toEqual([['NONE', 'UNKNOWN_TOPIC_ID']]);
    expect(replies.slice(1).map(codesIn)).toEqual([['NONE']]);
    expect(ended).toEqual([]);
  });

  test('with acks 0 sends no reply to what it took', async () => {
    const cluster = await oneBroker();
    const { send, replies } = openProduce(cluster);

    send(1, [['t', batchOf(['a'])]], 0);
    await cluster.run(50);

    expect(replies).toEqual([]);
    expect(cluster.broker(1).replica('t').log.logEndOffset).toBe(1);
  });

  test('refuses other acks', async () => {
    const cluster = await oneBroker();
    const { send, replies } = openProduce(cluster);

    send(1, [['t', batchOf(['a'])]], 2);
    await cluster.run(50);

    expect(codesIn(replies[0])).toEqual(['INVALID_REQUIRED_ACKS']);
  });

  test('names the leader where the partition is elsewhere', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [2, 1]);
    await cluster.run(50);
    const { send, replies } = openProduce(cluster);

    send(1, [['t', batchOf(['a'])]]);
    await cluster.run(50);

    expect(codesIn(replies[0])).toEqual(['NOT_LEADER_OR_FOLLOWER']);
    expect(replies[0]?.results[0]?.leaderHint).toEqual({ leaderId: 2, leaderEpoch: 0 });
  });

  test('does not know a topic id that the metadata does not', async () => {
    const cluster = await oneBroker();
    const { send, replies } = openProduce(cluster);

    send(1, [['nowhere', batchOf(['a'])]]);
    await cluster.run(50);

    expect(codesIn(replies[0])).toEqual(['UNKNOWN_TOPIC_ID']);
  });

  test('appends nothing of a frame whose body is short', async () => {
    const cluster = await oneBroker();
    const { stream, ended } = openProduce(cluster);
    const batch = batchOf(['a']);
    const partitions = [
      { topicId: 't', partition: 0, lengthBytes: batch.length },
      { topicId: 'u', partition: 0, lengthBytes: 999 },
    ];

    stream.send({ header: { requestId: 1, acks: 1, timeoutMs: 1, partitions }, body: [batch] });
    await cluster.run(50);

    expect(ended).toHaveLength(1);
    expect(cluster.broker(1).replica('t').log.logEndOffset).toBe(0);
    cluster.expectHealthy();
  });
});
