import { describe, expect, test } from 'vitest';
import { errorCodeOf, errorNumber } from '../../../../src/base/errors.ts';
import type { UnaryMethod } from '../../../../src/base/method.ts';
import { ClientService } from '../../../../src/gen/ottla.ts';
import { TestBroker } from '../harness/test-broker.ts';
import { batchOf, TestCluster } from '../harness/test-cluster.ts';
import { call, oneBroker } from './fixture.ts';

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

  test('a broker without metadata says so, instead of describing an empty cluster', async () => {
    const cluster = new TestCluster();
    const broker = new TestBroker(cluster, 1);
    cluster.brokers.push(broker);
    await broker.start();

    const request = { topics: [], allTopics: true, allowAutoCreate: false };
    const refused = expect(
      cluster.client.call(broker.clientAddress, ClientService.metadata, {
        request,
        deadlineMs: 30_000,
      }),
    ).rejects.toMatchObject({
      code: 'NO_CONTROLLER',
      retriable: true,
      message: expect.stringContaining('a majority of the controllers must be up'),
    });
    await cluster.run(300);

    await refused;
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

  test('AlterConfigs is answered when this broker shows the change', async () => {
    const cluster = await oneBroker();
    cluster.controller.hold('b1');
    const answer = alterRetention(cluster);
    await cluster.run(500);
    expect(answer.isThere).toBe(false);

    cluster.controller.release('b1');
    await cluster.run(50);

    expect((await answer.promise).results).toMatchObject([{ resource: 't', errorCode: 0 }]);
  });

  test('ElectLeaders is answered when this broker shows the leader', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2]);
    cluster.controller.change('t', { leader: 2 });
    await cluster.run(50);
    cluster.controller.hold('b1');
    const request = { partitions: [{ topicId: 't', partition: 0 }], unclean: false };
    const answer = askFirst(cluster, ClientService.electLeaders, request);
    await cluster.run(500);
    expect(answer.isThere).toBe(false);

    cluster.controller.release('b1');
    await cluster.run(50);

    expect((await answer.promise).results).toMatchObject([{ errorCode: 0 }]);
    expect(cluster.broker(1).replica('t').isLeader).toBe(true);
  });

  test('AlterReassignments is answered when this broker shows the move', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1]);
    await cluster.run(50);
    cluster.controller.hold('b1');
    const targets = [{ topic: 't', partition: 0, replicas: [2], cancel: false }];
    const request = { targets, allowReplicationFactorChange: true };
    const answer = askFirst(cluster, ClientService.alterReassignments, request);
    await cluster.run(500);
    expect(answer.isThere).toBe(false);

    cluster.controller.release('b1');
    await cluster.run(50);

    expect((await answer.promise).results).toMatchObject([{ topic: 't', errorCode: 0 }]);
  });

  test('AlterConfigs is not overdue where a later change of the setting is all there is to see', async () => {
    const cluster = await oneBroker();
    cluster.controller.hold('b1');
    const answer = alterRetention(cluster);
    await cluster.run(50);
    const later = { resourceType: 'topic', resource: 't', key: 'retention.ms', value: '6' };
    cluster.controller.commit([{ kind: 'config', value: later }]);

    cluster.controller.release('b1');
    await cluster.run(50);

    expect(answer.isThere).toBe(true);
  });

  test('AlterConfigs is answered after 5 s where the metadata of this broker stands still', async () => {
    const cluster = await oneBroker();
    cluster.controller.hold('b1');
    const answer = alterRetention(cluster);
    await cluster.run(4900);
    expect(answer.isThere).toBe(false);

    await cluster.run(200);

    expect(answer.isThere).toBe(true);
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

  test('DescribeConfigs tells each setting of a topic, whether anyone set it and where', async () => {
    const cluster = await oneBroker();
    cluster.controller.createTopic('c', [1], { configs: { 'retention.ms': '5' } });
    await cluster.run(20);

    const request = { resourceType: 'topic', resource: 'c' };
    const { entries } = await call(cluster, ClientService.describeConfigs, request);

    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    expect(byKey.get('retention.ms')).toMatchObject({
      value: '5',
      isDefault: false,
      source: 'topic',
    });
    expect(byKey.get('min.insync.replicas')).toMatchObject({
      value: '1',
      isDefault: true,
      source: 'default',
    });
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

const alterRetention = (cluster: TestCluster) => {
  const change = { resourceType: 'topic', resource: 't', key: 'retention.ms', value: '5' };
  const request = { changes: [change], validateOnly: false };
  return askFirst(cluster, ClientService.alterConfigs, request);
};

/** Of broker 1; whether the answer has come. */
const askFirst = <Request, Response>(
  cluster: TestCluster,
  method: UnaryMethod<Request, Response>,
  request: Request,
) => {
  const promise = cluster.client.call(cluster.broker(1).clientAddress, method, {
    request,
    deadlineMs: 30_000,
  });
  const answer = { isThere: false, promise };
  void promise.finally(() => {
    answer.isThere = true;
  });
  return answer;
};
