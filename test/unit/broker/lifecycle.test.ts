import { describe, expect, test } from 'vitest';
import { errorNumber, OttlaError } from '../../../src/base/errors.ts';
import { batchOf, TestCluster, valuesOf } from './harness/test-cluster.ts';

describe('registration', () => {
  test('is followed by unfencing once the assignment is replayed', async () => {
    const cluster = await TestCluster.start(1);

    expect(cluster.controller.image.brokers.get(1)).toMatchObject({
      isFenced: false,
      incarnationId: 'b1-run-1',
      directoryId: 'directory-1',
      clientAddress: 'b1:7090',
    });
    expect(cluster.broker(1).node.isReady).toBe(true);
  });

  test('is asked for until a controller is there', async () => {
    const cluster = await TestCluster.start(1);
    cluster.broker(1).crash({ power: false });
    cluster.controller.refuseAll = errorNumber('NOT_CONTROLLER');
    await cluster.broker(1).start();
    await cluster.run(3000);
    expect(cluster.broker(1).node.isReady).toBe(false);

    cluster.controller.refuseAll = 0;
    await cluster.run(1000);

    expect(cluster.broker(1).node.isReady).toBe(true);
    cluster.expectHealthy();
  });

  test('under a number that another node has ends the node, after a few seconds', async () => {
    const cluster = await TestCluster.start(1);
    cluster.broker(1).crash({ power: false });
    cluster.controller.refuseAll = errorNumber('DUPLICATE_BROKER_REGISTRATION');
    await cluster.broker(1).start();
    await cluster.run(2000);
    expect(cluster.broker(1).fatal).toEqual([]);

    await cluster.run(6000);

    expect(cluster.broker(1).fatal.map(({ message }) => message)).toEqual([
      expect.stringMatching(/broker 1 was refused.*another node\.id/),
    ]);
  });

  test('in another cluster ends the node at once', async () => {
    const cluster = await TestCluster.start(1);
    cluster.broker(1).crash({ power: false });
    cluster.controller.refuseAll = errorNumber('INCONSISTENT_CLUSTER_ID');

    await cluster.broker(1).start();
    await cluster.run(200);

    expect(cluster.broker(1).fatal).toHaveLength(1);
  });

  test('that the controller has forgotten is made anew', async () => {
    const cluster = await TestCluster.start(1);
    const before = cluster.controller.image.brokers.get(1)?.brokerEpoch ?? 0;
    cluster.controller.commit([
      { kind: 'unregisterBroker', value: { brokerId: 1, brokerEpoch: before } },
    ]);

    await cluster.run(1500);

    expect(cluster.controller.image.brokers.get(1)?.brokerEpoch).toBeGreaterThan(before);
    expect(cluster.broker(1).node.isReady).toBe(true);
    cluster.expectHealthy();
  });
});

describe('a session', () => {
  test('beats every 200 ms with the metadata applied here', async () => {
    const cluster = await TestCluster.start(1);
    cluster.controller.heartbeats.clear();
    await cluster.run(210);

    expect(cluster.controller.heartbeats.get(1)).toMatchObject({
      brokerId: 1,
      metadataIndex: cluster.controller.image.index,
      wantFence: false,
      wantShutdown: false,
    });
  });

  test('is opened anew over a cut link', async () => {
    const cluster = await TestCluster.start(1);
    cluster.network.cut('b1', 'controller');
    await cluster.run(3000);
    cluster.controller.heartbeats.clear();

    cluster.network.heal();
    await cluster.run(1500);

    expect(cluster.controller.heartbeats.has(1)).toBe(true);
  });
});

describe('stopping', () => {
  test('asks for a controlled shutdown and waits for it', async () => {
    const cluster = await TestCluster.start(1);
    let isStopped = false;

    const stopping = cluster
      .broker(1)
      .node.stop()
      .then(() => {
        isStopped = true;
      });
    expect(isStopped).toBe(false);
    await cluster.run(300);
    await stopping;

    expect(cluster.controller.heartbeats.get(1)?.wantShutdown).toBe(true);
  });

  test('goes on without the controller after a while', async () => {
    const cluster = await TestCluster.start(1);
    cluster.network.cut('b1', 'controller');

    const stopping = cluster.broker(1).node.stop();
    await cluster.run(11_000);

    await expect(stopping).resolves.toBeUndefined();
  });
});

describe('a damaged replica', () => {
  test('is reported, fetched anew and in sync again', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2]);
    await cluster.run(50);
    for (const value of ['a', 'b', 'c']) {
      cluster.produce(cluster.broker(1).replica('t'), batchOf([value]));
    }
    await cluster.run(1500);
    cluster.broker(2).crash({ power: false });
    cluster.broker(2).disk.corrupt('/data/t-0/00000000000000000000.log', 65);

    await cluster.broker(2).start();
    await cluster.run(20);
    expect(cluster.broker(2).node.replicas.damaged()).toEqual([{ topicId: 't', partition: 0 }]);
    cluster.controller.change('t', { isr: [1] });
    await cluster.run(2000);

    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(['a', 'b', 'c']);
    expect(cluster.controller.image.topics.get('t')?.partitions[0]?.isr).toEqual([1, 2]);
    expect(cluster.broker(2).node.replicas.damaged()).toEqual([]);
    cluster.expectHealthy();
  });

  const damagedOnFullDisk = async (): Promise<TestCluster> => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2]);
    await cluster.run(50);
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']));
    await cluster.run(1500);
    const { disk, node } = cluster.broker(2);
    const replica = cluster.broker(2).replica('t');
    disk.failNext({ op: 'write', pathIncludes: 'partition.json', code: 'ENOSPC', times: 3 });

    node.replicas.onStorageFailure(replica, new OttlaError('CORRUPT_STORE', 'rot at byte 9'));
    await cluster.run(20);
    return cluster;
  };

  test('is fetched anew when there is room again, if a full disk refused the empty log', async () => {
    const cluster = await damagedOnFullDisk();
    await cluster.run(4000);

    cluster.controller.change('t', { isr: [1] });
    await cluster.run(2000);

    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(['a']);
    expect(cluster.controller.image.topics.get('t')?.partitions[0]?.isr).toEqual([1, 2]);
    expect(cluster.broker(2).node.replicas.damaged()).toEqual([]);
    cluster.expectHealthy();
  });

  test('goes with its topic, also while the empty log waits for room', async () => {
    const cluster = await damagedOnFullDisk();
    await cluster.run(500);

    cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: 't' } }]);
    await cluster.run(3000);

    const { disk } = cluster.broker(2);
    const left = disk.list('/data').map(({ name }) => name);
    expect(left).toContain('t-0.quarantined-0');
    expect(left).not.toContain('t-0');
    cluster.expectHealthy();
  });

  test('goes with its topic, also while a full disk keeps it from being told whole', async () => {
    const cluster = await damagedOnFullDisk();
    await cluster.run(4000);
    const { disk } = cluster.broker(2);
    disk.failNext({ op: 'write', pathIncludes: 'partition.json', code: 'ENOSPC', times: 1000 });
    cluster.controller.change('t', { isr: [1] });
    await cluster.run(2000);
    expect(cluster.controller.image.topics.get('t')?.partitions[0]?.isr).toEqual([1, 2]);

    cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: 't' } }]);
    await cluster.run(3000);

    expect(disk.plannedFaultCount).toBeGreaterThan(0);
    expect(disk.list('/data').map(({ name }) => name)).not.toContain('t-0');
    cluster.expectHealthy();
  });

  test('does not lead, even where the metadata says so', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2]);
    await cluster.run(50);
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']));
    await cluster.run(1500);
    cluster.broker(1).crash({ power: false });
    cluster.broker(1).disk.corrupt('/data/t-0/00000000000000000000.log', 65);

    await cluster.broker(1).start();
    await cluster.run(1000);

    expect(cluster.broker(1).replica('t').isLeader).toBe(false);
    cluster.controller.change('t', { leader: 2, isr: [2] });
    await cluster.run(1000);
    expect(valuesOf(cluster.broker(1).replica('t'))).toEqual(['a']);
    cluster.expectHealthy();
  });
});
