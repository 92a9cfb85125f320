import { describe, expect, test } from 'vitest';
import { errorCodeOf, errorNumber } from '../../../src/base/errors.ts';
import type { UnaryMethod } from '../../../src/base/method.ts';
import { STREAM_BYTES_HIGH } from '../../../src/broker/client/produce-intake.ts';
import type { ProduceReply } from '../../../src/gen/ottla.ts';
import { ClientService } from '../../../src/gen/ottla.ts';
import { openFetch, openProduce } from './harness/client-streams.ts';
import { batchOf, TestCluster } from './harness/test-cluster.ts';

const call = async <Request, Response>(
  cluster: TestCluster,
  method: UnaryMethod<Request, Response>,
  request: Request,
): Promise<Response> => {
  const answer = cluster.client.call(cluster.broker(1).clientAddress, method, {
    request,
    deadlineMs: 30_000,
  });
  await cluster.run(300);
  return answer;
};

const oneBroker = async (): Promise<TestCluster> => {
  const cluster = await TestCluster.start(1);
  cluster.controller.createTopic('t', [1]);
  cluster.controller.createTopic('u', [1]);
  await cluster.run(50);
  return cluster;
};

const codesIn = (reply: ProduceReply | undefined): string[] =>
  (reply?.results ?? []).map(({ errorCode }) => errorCodeOf(errorCode));

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

  test('with acks 0 sends no reply', async () => {
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

describe('fetch', () => {
  test('answers at once with what is committed', async () => {
    const cluster = await oneBroker();
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a', 'b']));
    await cluster.run(20);
    const { ask, frames, valuesIn } = openFetch(cluster);

    ask(1);
    await cluster.run(5);

    expect(valuesIn(frames[0])).toEqual(['a', 'b']);
    expect(frames[0]?.header).toMatchObject({
      requestId: 1,
      partitions: [{ topicId: 't', errorCode: 0, highWatermark: 2, logStartOffset: 0 }],
    });
  });

  test('waits for the commit and not for the append', async () => {
    const cluster = await oneBroker();
    const { ask, frames, valuesIn } = openFetch(cluster);
    ask(1);
    await cluster.run(50);
    cluster.broker(1).disk.holdSyncs();
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']), { acks: 1 });
    await cluster.run(50);
    expect(frames).toEqual([]);

    cluster.broker(1).disk.releaseSyncs();
    await cluster.run(10);

    expect(valuesIn(frames[0])).toEqual(['a']);
  });

  test('answers with nothing after its wait', async () => {
    const cluster = await oneBroker();
    const { ask, frames } = openFetch(cluster);

    ask(1, { maxWaitMs: 200 });
    await cluster.run(195);
    expect(frames).toEqual([]);
    await cluster.run(30);

    expect(frames[0]?.header.partitions[0]).toMatchObject({ errorCode: 0, lengthBytes: 0 });
  });

  test('waits for as many bytes as were asked for', async () => {
    const cluster = await oneBroker();
    const { ask, frames, valuesIn } = openFetch(cluster);
    ask(1, { minBytes: 100 });
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']));
    await cluster.run(50);
    expect(frames).toEqual([]);

    cluster.produce(cluster.broker(1).replica('t'), batchOf(['b']));
    await cluster.run(50);

    expect(valuesIn(frames[0])).toEqual(['a', 'b']);
  });

  test('ends when it is cancelled, and another on the same stream waits on', async () => {
    const cluster = await oneBroker();
    const { ask, frames, stream } = openFetch(cluster);
    ask(1);
    ask(2, { topicId: 'u' });
    await cluster.run(20);

    stream.send({
      requestId: 0,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 0,
      partitions: [],
      cancelRequestId: 1,
    });
    await cluster.run(20);

    expect(frames.map(({ header }) => header.requestId)).toEqual([1]);
  });

  test('wakes when the leader is deposed', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2]);
    await cluster.run(50);
    const { ask, frames } = openFetch(cluster);
    ask(1);
    await cluster.run(20);

    cluster.controller.change('t', { leader: 2 });
    await cluster.run(10);

    const result = frames[0]?.header.partitions[0];
    expect(errorCodeOf(result?.errorCode ?? 0)).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(result?.leaderHint).toEqual({ leaderId: 2, leaderEpoch: 1 });
  });

  test.each([
    ['beyond the end', { fetchOffset: 5 }, 'OFFSET_OUT_OF_RANGE'],
    ['with an older leader epoch', { currentLeaderEpoch: 0 }, 'FENCED_LEADER_EPOCH'],
    ['with a newer leader epoch', { currentLeaderEpoch: 9 }, 'UNKNOWN_LEADER_EPOCH'],
    ['of an unknown topic', { topicId: 'nowhere' }, 'UNKNOWN_TOPIC_ID'],
  ] as const)('%s is refused at once', async (_name, change, code) => {
    const cluster = await oneBroker();
    cluster.controller.change('t', { leader: 1 });
    await cluster.run(30);
    const { ask, frames } = openFetch(cluster);

    ask(1, change);
    await cluster.run(10);

    expect(errorCodeOf(frames[0]?.header.partitions[0]?.errorCode ?? 0)).toBe(code);
  });
});

describe('other requests', () => {
  const listed = async (cluster: TestCluster, timestampMs: number) => {
    const request = {
      partitions: [{ topicId: 't', partition: 0, currentLeaderEpoch: -1, timestampMs }],
    };
    const { partitions } = await call(cluster, ClientService.listOffsets, request);
    return partitions[0];
  };

  test('ListOffsets tells the earliest, the latest and the first at a time', async () => {
    const cluster = await oneBroker();
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a', 'b', 'c']));
    await cluster.run(20);

    expect(await listed(cluster, -2)).toMatchObject({ errorCode: 0, offset: 0 });
    expect(await listed(cluster, -1)).toMatchObject({ errorCode: 0, offset: 3 });
    expect(await listed(cluster, 500)).toMatchObject({ errorCode: 0, offset: 0 });
    expect(await listed(cluster, 5000)).toMatchObject({ errorCode: 0, offset: -1 });
  });

  test('the latest offset is not told before a new leader knows it (KIP-207)', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [2, 1]);
    await cluster.run(50);
    cluster.network.cut('b1', 'b2');
    const first = cluster.broker(1).replica('t');
    first.log.appendAsFollower(stampedForFollower(), 0);
    await cluster.run(5);

    cluster.controller.change('t', { leader: 1, isr: [1, 2] });
    await cluster.run(20);
    const latest = await listed(cluster, -1);

    expect(errorCodeOf(latest?.errorCode ?? 0)).toBe('OFFSET_NOT_AVAILABLE');
  });

  test('InitProducerId gives each id once, block after block', async () => {
    const cluster = await oneBroker();

    const answers = [];
    for (let count = 0; count < 5; count += 1) {
      answers.push(await call(cluster, ClientService.initProducerId, {}));
    }

    expect(answers.map(({ producerId }) => producerId)).toEqual([0, 1, 2, 3, 4]);
  });

  test('InitProducerId gives each id once to callers that come together', async () => {
    const cluster = await oneBroker();

    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call(cluster, ClientService.initProducerId, {})),
    );

    expect(answers.map(({ producerId }) => producerId).sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('InitProducerId is worth asking again while the registration of the broker is over', async () => {
    const cluster = await oneBroker();
    cluster.controller.refuseAll = errorNumber('STALE_BROKER_EPOCH');

    const answer = await call(cluster, ClientService.initProducerId, {});

    expect(errorCodeOf(answer.errorCode)).toBe('BROKER_NOT_AVAILABLE');
  });

  test('Metadata describes brokers and topics', async () => {
    const cluster = await oneBroker();

    const request = { topics: ['t', 'missing'], allTopics: false, allowAutoCreate: false };
    const answer = await call(cluster, ClientService.metadata, request);

    expect(answer.clusterId).toBe('test-cluster');
    expect(answer.brokers).toMatchObject([{ brokerId: 1, address: 'b1:7090', fenced: false }]);
    expect(answer.topics).toMatchObject([
      {
        name: 't',
        errorCode: 0,
        maxMessageBytes: 1_048_588,
        partitions: [{ partition: 0, leader: 1, replicas: [1], isr: [1], offline: [] }],
      },
      { name: 'missing', errorCode: 3, partitions: [] },
    ]);
    expect(answer.metadataIndex).toBe(cluster.controller.image.index);
  });

  test('Metadata creates a missing topic when it may', async () => {
    const cluster = await oneBroker();

    const request = { topics: ['new'], allTopics: false, allowAutoCreate: true };
    const answer = await call(cluster, ClientService.metadata, request);

    expect(answer.topics).toMatchObject([{ name: 'new', errorCode: 0, topicId: 'new' }]);
  });

  test('CreateTopics is answered when this broker knows the topic', async () => {
    const cluster = await oneBroker();
    cluster.controller.hold('b1');
    const topic = {
      name: 'new',
      partitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: new Map<string, string>(),
    };
    let isAnswered = false;
    const answer = cluster.client
      .call(cluster.broker(1).clientAddress, ClientService.createTopics, {
        request: { topics: [topic], validateOnly: false },
        deadlineMs: 30_000,
      })
      .finally(() => {
        isAnswered = true;
      });
    await cluster.run(500);
    expect(isAnswered).toBe(false);

    cluster.controller.release('b1');
    await cluster.run(50);

    expect((await answer).topics).toMatchObject([{ name: 'new', errorCode: 0 }]);
  });

  test('what needs a controller waits for one', async () => {
    const cluster = await oneBroker();
    cluster.controller.refuseAll = 41;
    const answer = cluster.client.call(
      cluster.broker(1).clientAddress,
      ClientService.initProducerId,
      { request: {}, deadlineMs: 30_000 },
    );
    await cluster.run(1000);

    cluster.controller.refuseAll = 0;
    await cluster.run(500);

    expect(await answer).toMatchObject({ errorCode: 0, producerId: expect.any(Number) });
  });

  test('DescribeConfigs tells each setting of a topic and whether anyone set it', async () => {
    const cluster = await oneBroker();
    cluster.controller.createTopic('c', [1], { configs: { 'retention.ms': '5' } });
    await cluster.run(20);

    const request = { resourceType: 'topic', resource: 'c' };
    const { entries } = await call(cluster, ClientService.describeConfigs, request);

    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    expect(byKey.get('retention.ms')).toMatchObject({ value: '5', isDefault: false });
    expect(byKey.get('min.insync.replicas')).toMatchObject({ value: '1', isDefault: true });
  });

  test('DescribeCluster counts partitions by state', async () => {
    const cluster = await oneBroker();
    cluster.controller.createTopic('gone', [1, 2], { isr: [1] });
    await cluster.run(20);

    const answer = await call(cluster, ClientService.describeCluster, {});

    expect(answer).toMatchObject({ partitions: 3, underReplicated: 1, offline: 0, brokerId: 1 });
  });
});

function stampedForFollower(): Uint8Array {
  const batch = batchOf(['x']);
  batch.fill(0, 12, 16);
  return batch;
}
