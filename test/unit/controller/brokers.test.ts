import { describe, expect, test } from 'vitest';
import { decideFence, decideHeartbeat, leadsNothing } from '../../../src/controller/brokers.ts';
import { codeOf, TestCluster } from './fixtures.ts';

describe('fencing', () => {
  test('moves the leadership to the next in-sync replica and shrinks the in-sync set', () => {
    const cluster = TestCluster.withBrokers(3);
    cluster.createTopic('t', [[1, 2, 3]]);

    cluster.fence(1);

    expect(cluster.partition('t')).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 1 });
  });

  test('of a follower shrinks the in-sync set without a new leader epoch', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);

    cluster.fence(2);

    expect(cluster.partition('t')).toMatchObject({ leader: 1, isr: [1], leaderEpoch: 0 });
  });

  test('of the last in-sync member leaves it eligible, and nobody leads', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);

    cluster.fence(1);
    cluster.fence(2);

    expect(cluster.partition('t')).toMatchObject({ leader: -1, isr: [], elr: [2] });
  });

  describe('where two replicas must have a record, below metadata.version 3', () => {
    const setUp = (configs: Readonly<Record<string, string>> = {}): TestCluster => {
      const cluster = TestCluster.withBrokers(3);
      cluster.image = { ...cluster.image, metadataVersion: 2 };
      cluster.createTopic('t', [[1, 2, 3]], { 'min.insync.replicas': '2', ...configs });
      return cluster;
    };

    test('keeps the last two in sync, both of which have all that was committed', () => {
      const cluster = setUp();

      for (const brokerId of [3, 2, 1]) cluster.fence(brokerId);

      expect(cluster.partition('t')).toMatchObject({ leader: -1, isr: [1, 2] });
    });

    test('lets one of them lead when the other comes back damaged', () => {
      const cluster = setUp();
      for (const brokerId of [3, 2, 1]) cluster.fence(brokerId);

      const damaged = [{ topicId: 'id-t', partition: 0 }];
      cluster.start(1, { incarnationId: 'run-1-b', damaged });
      cluster.start(3, { incarnationId: 'run-3-b' });
      expect(cluster.partition('t')).toMatchObject({ leader: -1, isr: [2] });
      cluster.start(2, { incarnationId: 'run-2-b' });

      expect(cluster.partition('t')).toMatchObject({ leader: 2, isr: [2] });
    });

    test('keeps only the last one where acknowledgements are from memory', () => {
      const cluster = setUp({ 'ack.durability': 'memory' });

      for (const brokerId of [3, 2, 1]) cluster.fence(brokerId);

      expect(cluster.partition('t')).toMatchObject({ leader: -1, isr: [1] });
    });
  });

  test('of two brokers one after the other sees the first (KAFKA-13173)', () => {
    const cluster = TestCluster.withBrokers(5);
    cluster.createTopic('t', [[1, 2, 3]]);

    cluster.fence(2);
    cluster.fence(1);

    expect(cluster.partition('t')).toMatchObject({ leader: 3, isr: [3] });
  });

  test('elects out of sync only where the topic allows it', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('safe', [[1, 2]]);
    cluster.createTopic('loose', [[1, 2]], { 'unclean.leader.election.enable': 'true' });
    for (const name of ['safe', 'loose']) cluster.changePartition(name, 0, { isr: [1] });

    cluster.fence(1);

    expect(cluster.partition('safe')).toMatchObject({ leader: -1, isr: [], elr: [1] });
    expect(cluster.partition('loose')).toMatchObject({ leader: 2, isr: [2] });
  });

  test('of a fenced broker changes nothing', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.fence(1);
    const ref = { brokerId: 1, brokerEpoch: cluster.epochOf(1) };

    const { records } = decideFence(cluster.image, ref, {});

    expect(records).toEqual([]);
  });

  test('by an earlier registration is refused', () => {
    const cluster = TestCluster.withBrokers(1);

    const code = codeOf(() => decideFence(cluster.image, { brokerId: 1, brokerEpoch: 0 }, {}));

    expect(code).toBe('STALE_BROKER_EPOCH');
  });
});

describe('a heartbeat', () => {
  test('unfences a broker that has applied exactly its own registration (KAFKA-13959)', () => {
    const cluster = new TestCluster();
    cluster.register(1);

    cluster.beat(1, { metadataIndex: cluster.epochOf(1) });

    expect(cluster.image.brokers.get(1)?.isFenced).toBe(false);
  });

  test('leaves a broker fenced that is one entry short of its registration', () => {
    const cluster = new TestCluster();
    cluster.register(1);

    cluster.beat(1, { metadataIndex: cluster.epochOf(1) - 1 });

    expect(cluster.image.brokers.get(1)?.isFenced).toBe(true);
  });

  test('leaves a broker fenced that asks for it', () => {
    const cluster = new TestCluster();
    cluster.register(1);

    cluster.beat(1, { wantFence: true });

    expect(cluster.image.brokers.get(1)?.isFenced).toBe(true);
  });

  test('fences a broker in service that asks for it', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);

    cluster.beat(1, { wantFence: true });

    expect(cluster.partition('t').leader).toBe(2);
  });

  test('that unfences elects where the broker is the waiting in-sync replica', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);
    cluster.fence(1);

    cluster.beat(1);

    expect(cluster.partition('t')).toMatchObject({ leader: 1, isr: [1] });
  });

  test('that unfences elects nothing where the broker is out of sync', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);
    cluster.fence(2);
    cluster.fence(1);

    cluster.beat(2);

    expect(cluster.partition('t')).toMatchObject({ leader: -1, isr: [], elr: [1] });
  });

  test('with damage removes the replica, even as the last in-sync member', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [
      [1, 2],
      [1, 2],
    ]);
    cluster.changePartition('t', 1, { isr: [1] });
    const damaged = [0, 1].map((partition) => ({ topicId: 'id-t', partition }));

    cluster.beat(1, { damaged });

    expect(cluster.partition('t', 0)).toMatchObject({ leader: 2, isr: [2] });
    expect(cluster.partition('t', 1)).toMatchObject({ leader: -1, isr: [] });
  });

  test('with damage of an unknown partition changes nothing', () => {
    const cluster = TestCluster.withBrokers(1);
    const beat = cluster.heartbeat(1, { damaged: [{ topicId: 'gone', partition: 0 }] });

    const { records } = decideHeartbeat(cluster.image, beat, {});

    expect(records).toEqual([]);
  });

  test('of an earlier registration is refused', () => {
    const cluster = TestCluster.withBrokers(1);
    const beat = cluster.heartbeat(1, { brokerEpoch: cluster.epochOf(1) - 1 });

    const code = codeOf(() => decideHeartbeat(cluster.image, beat, {}));

    expect(code).toBe('STALE_BROKER_EPOCH');
  });
});

describe('controlled shutdown', () => {
  test('moves leaderships away and leaves the in-sync sets at once (KAFKA-15021)', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [
      [1, 2],
      [2, 1],
    ]);

    cluster.beat(1, { wantShutdown: true });

    expect(cluster.image.brokers.get(1)?.inControlledShutdown).toBe(true);
    expect(cluster.partition('t', 0)).toMatchObject({ leader: 2, isr: [2] });
    expect(cluster.partition('t', 1)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 0 });
  });

  test('of a sole replica leaves it eligible and leading nothing', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);

    cluster.beat(1, { wantShutdown: true });

    expect(cluster.partition('t')).toMatchObject({ leader: -1, isr: [], elr: [1] });
    expect(leadsNothing(cluster.image, 1)).toBe(true);
  });

  test('is recorded once', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.beat(1, { wantShutdown: true });
    const beat = cluster.heartbeat(1, { wantShutdown: true });

    const { records } = decideHeartbeat(cluster.image, beat, {});

    expect(records).toEqual([]);
  });

  test('is not undone by a late ordinary heartbeat', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.beat(1, { wantShutdown: true });
    cluster.fence(1);

    cluster.beat(1);

    expect(cluster.image.brokers.get(1)?.isFenced).toBe(true);
  });
});
