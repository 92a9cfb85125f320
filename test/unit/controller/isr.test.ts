import { describe, expect, test } from 'vitest';
import type { DecideContext } from '../../../src/controller/decision.ts';
import { decideAlterPartition } from '../../../src/controller/isr.ts';
import type { AlterPartitionItem, AlterPartitionResponse } from '../../../src/gen/ottla.ts';
import { codeOf, codesOf, TestCluster } from './fixtures.ts';

const setUp = (): TestCluster => {
  const cluster = TestCluster.withBrokers(3);
  cluster.createTopic('t', [[1, 2, 3]]);
  cluster.changePartition('t', 0, { leader: 1, isr: [1, 2] });
  return cluster;
};

const item = (cluster: TestCluster, overrides: Partial<AlterPartitionItem> = {}) => ({
  topicId: 'id-t',
  partition: 0,
  leaderEpoch: cluster.partition('t').leaderEpoch,
  partitionEpoch: cluster.partition('t').partitionEpoch,
  newIsr: [1, 2, 3].map((brokerId) => ({ brokerId, brokerEpoch: cluster.epochOf(brokerId) })),
  ...overrides,
});

interface Sender {
  readonly brokerId?: number;
  readonly context?: DecideContext;
}

const alter = (
  cluster: TestCluster,
  items: readonly AlterPartitionItem[],
  { brokerId = 1, context = {} }: Sender = {},
): AlterPartitionResponse => {
  const brokerEpoch = cluster.epochOf(brokerId);
  const request = { brokerId, brokerEpoch, partitions: items };
  return cluster.run(decideAlterPartition(cluster.image, request, context));
};

const member = (brokerId: number, brokerEpoch = -1) => ({ brokerId, brokerEpoch });

describe('a proposed in-sync set', () => {
  test('is taken over, with a new partition epoch and the same leader epoch', () => {
    const cluster = setUp();
    const before = cluster.partition('t');

    const { partitions } = alter(cluster, [item(cluster)]);

    expect(partitions).toEqual([
      {
        topicId: 'id-t',
        partition: 0,
        errorCode: 0,
        leader: 1,
        leaderEpoch: before.leaderEpoch,
        isr: [1, 2, 3],
        partitionEpoch: before.partitionEpoch + 1,
      },
    ]);
    expect(cluster.partition('t').isr).toEqual([1, 2, 3]);
  });

  test('that stands already is confirmed without a record', () => {
    const cluster = setUp();
    const before = cluster.image;

    const { partitions } = alter(cluster, [item(cluster, { newIsr: [member(2), member(1)] })]);

    expect(codesOf(partitions)).toEqual(['NONE']);
    expect(cluster.image).toBe(before);
  });

  test('of a sender with an earlier registration is refused as a whole', () => {
    const cluster = setUp();
    const request = { brokerId: 1, brokerEpoch: 0, partitions: [item(cluster)] };

    const code = codeOf(() => decideAlterPartition(cluster.image, request, {}));

    expect(code).toBe('STALE_BROKER_EPOCH');
  });

  test.each<[string, string, (cluster: TestCluster) => Partial<AlterPartitionItem>]>([
    ['UNKNOWN_TOPIC_ID', 'an unknown topic', () => ({ topicId: 'gone' })],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'an unknown partition', () => ({ partition: 7 })],
    [
      'NOT_CONTROLLER',
      'a leader epoch that this controller has not seen',
      (cluster) => ({ leaderEpoch: cluster.partition('t').leaderEpoch + 1, partitionEpoch: 0 }),
    ],
    [
      'NOT_CONTROLLER',
      'a partition epoch that this controller has not seen',
      (cluster) => ({ partitionEpoch: cluster.partition('t').partitionEpoch + 1, leaderEpoch: 0 }),
    ],
    ['FENCED_LEADER_EPOCH', 'an earlier leader epoch', () => ({ leaderEpoch: 0 })],
    ['INVALID_UPDATE_VERSION', 'an earlier partition epoch', () => ({ partitionEpoch: 0 })],
    ['INVALID_REQUEST', 'a member twice', () => ({ newIsr: [member(1), member(1)] })],
    ['INVALID_REQUEST', 'a member that is no replica', () => ({ newIsr: [member(1), member(9)] })],
    ['INVALID_REQUEST', 'no members', () => ({ newIsr: [] })],
    ['INVALID_REQUEST', 'a newcomer in place of the leader', () => ({ newIsr: [member(3)] })],
    ['INVALID_REQUEST', 'no members', () => ({ newIsr: [] })],
    [
      'INELIGIBLE_REPLICA',
      'a member seen under an earlier registration (KAFKA-14139)',
      (cluster) => ({ newIsr: [member(1), member(3, cluster.epochOf(3) - 1)] }),
    ],
  ])('is refused with %s for %s', (expected, _what, overrides) => {
    const cluster = setUp();
    const before = cluster.image;

    const { partitions } = alter(cluster, [item(cluster, overrides(cluster))]);

    expect(codesOf(partitions)).toEqual([expected]);
    expect(cluster.image).toBe(before);
  });

  test('is refused with INVALID_REQUEST from a broker that does not lead', () => {
    const cluster = setUp();

    const { partitions } = alter(cluster, [item(cluster)], { brokerId: 2 });

    expect(codesOf(partitions)).toEqual(['INVALID_REQUEST']);
  });

  test('of a non-leader with an old partition epoch names the greater fault first', () => {
    const cluster = setUp();

    const { partitions } = alter(cluster, [item(cluster, { partitionEpoch: 0 })], { brokerId: 2 });

    expect(codesOf(partitions)).toEqual(['INVALID_REQUEST']);
  });

  test('does not get a fenced broker back in (KAFKA-13916)', () => {
    const cluster = setUp();
    cluster.fence(3);

    const { partitions } = alter(cluster, [item(cluster)]);

    expect(codesOf(partitions)).toEqual(['INELIGIBLE_REPLICA']);
  });

  test('does not get a broker in that is shutting down', () => {
    const cluster = setUp();
    cluster.beat(3, { wantShutdown: true });

    const { partitions } = alter(cluster, [item(cluster)]);

    expect(codesOf(partitions)).toEqual(['INELIGIBLE_REPLICA']);
  });

  test('does not get a replica in that its broker reports as damaged', () => {
    const cluster = setUp();
    const context: DecideContext = { isDamaged: ({ brokerId }) => brokerId === 3 };

    const { partitions } = alter(cluster, [item(cluster)], { context });

    expect(codesOf(partitions)).toEqual(['INELIGIBLE_REPLICA']);
  });

  test('of a wiped and restarted broker is refused though the change was under way', () => {
    const cluster = setUp();
    const stale = item(cluster);
    cluster.start(3, { incarnationId: 'run-3-b', directoryId: 'dir-3-new' });
    const { partitionEpoch } = cluster.partition('t');

    const { partitions } = alter(cluster, [{ ...stale, partitionEpoch }]);

    expect(codesOf(partitions)).toEqual(['INELIGIBLE_REPLICA']);
  });

  test('is judged alone: a refused partition does not hold up another', () => {
    const cluster = setUp();

    const { partitions } = alter(cluster, [item(cluster, { topicId: 'gone' }), item(cluster)]);

    expect(codesOf(partitions)).toEqual(['UNKNOWN_TOPIC_ID', 'NONE']);
  });

  test('given twice for one partition counts once: the second has an old partition epoch', () => {
    const cluster = setUp();

    const { partitions } = alter(cluster, [item(cluster), item(cluster)]);

    expect(codesOf(partitions)).toEqual(['NONE', 'INVALID_UPDATE_VERSION']);
  });

  test('may keep a member from below version 3 that is out of service, but not let one in', () => {
    const cluster = TestCluster.withBrokers(4);
    cluster.image = { ...cluster.image, metadataVersion: 2 };
    cluster.createTopic('t', [[1, 2, 3, 4]], { 'min.insync.replicas': '2' });
    cluster.changePartition('t', 0, { isr: [1, 2] });
    cluster.fence(2);
    cluster.fence(4);

    const away = alter(cluster, [item(cluster, { newIsr: [1, 2, 4].map((id) => member(id)) })]);
    const kept = alter(cluster, [item(cluster, { newIsr: [1, 2, 3].map((id) => member(id)) })]);

    expect(codesOf(away.partitions)).toEqual(['INELIGIBLE_REPLICA']);
    expect(codesOf(kept.partitions)).toEqual(['NONE']);
    expect(cluster.partition('t').isr).toEqual([1, 2, 3]);
  });
});

describe('a leader that proposes a set without itself', () => {
  test('is followed by the first of the set, in one record and a new leader epoch', () => {
    const cluster = setUp();
    const before = cluster.partition('t');

    const { partitions } = alter(cluster, [item(cluster, { newIsr: [member(2)] })]);

    expect(partitions[0]).toMatchObject({ errorCode: 0, leader: 2, isr: [2] });
    expect(cluster.partition('t')).toMatchObject({
      leader: 2,
      leaderEpoch: before.leaderEpoch + 1,
      partitionEpoch: before.partitionEpoch + 1,
      isr: [2],
    });
  });

  test('keeps the partition where no member may lead', () => {
    const cluster = setUp();
    const stale = member(2, cluster.epochOf(2) - 1);

    const { partitions } = alter(cluster, [item(cluster, { newIsr: [stale] })]);

    expect(codesOf(partitions)).toEqual(['INELIGIBLE_REPLICA']);
    expect(cluster.partition('t').leader).toBe(1);
  });

  test('asks a second time in vain, for the first one stands', () => {
    const cluster = setUp();
    const proposal = item(cluster, { newIsr: [member(2)] });
    alter(cluster, [proposal]);

    const { partitions } = alter(cluster, [proposal]);

    expect(codesOf(partitions)).toEqual(['FENCED_LEADER_EPOCH']);
    expect(cluster.partition('t').leader).toBe(2);
  });
});
