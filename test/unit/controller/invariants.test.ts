import { describe, expect, test } from 'vitest';
import { checkTransition } from '../../../src/controller/invariants.ts';
import type { MetadataRecord } from '../../../src/gen/ottla.ts';
import { applyBatch } from '../../../src/metadata/apply-batch.ts';
import {
  brokerChangeRecord,
  NO_ELIGIBILITY,
  NO_REASSIGNMENT,
  partitionChangeRecord,
} from '../../../src/metadata/records.ts';
import { TestCluster } from './fixtures.ts';

const check = (cluster: TestCluster, records: readonly MetadataRecord[]): void => {
  const position = { index: cluster.image.index + 1, term: 1 };
  checkTransition(cluster.image, applyBatch(cluster.image, records, position));
};

const setUp = (): TestCluster => {
  const cluster = TestCluster.withBrokers(3);
  cluster.createTopic('t', [[1, 2, 3]]);
  cluster.fence(3);
  return cluster;
};

describe('what the controller never proposes', () => {
  test('a fenced broker that joins an in-sync set', () => {
    const cluster = setUp();

    const run = () => check(cluster, [partitionChangeRecord('id-t', 0, { isr: [1, 2, 3] })]);

    expect(run).toThrow('joins the in-sync set of t-0 is unfenced');
  });

  test('a fenced broker that leads', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);
    cluster.fence(1);

    const change = { isr: [1], leader: 1, eligibility: NO_ELIGIBILITY };
    const run = () => check(cluster, [partitionChangeRecord('id-t', 0, change)]);

    expect(run).toThrow('the leader of t-0 is unfenced');
  });

  test('a broker out of service that keeps what it led', () => {
    const cluster = setUp();
    const broker = { brokerId: 1, brokerEpoch: cluster.epochOf(1) };

    const run = () => check(cluster, [brokerChangeRecord(broker, { fenced: true })]);

    expect(run).toThrow('t-0 is not led by broker 1');
  });

  test.each([
    ['keeps the leader epoch', { leader: undefined }, 'has a new leader epoch'],
    ['takes the only copies in sync', { isr: [4], leader: 4 }, 'that was in sync is left'],
    ['leaves a target behind', { isr: [1] }, 'when all others are in sync'],
  ])('a reassignment that %s as old replicas go', (_what, change, expected) => {
    const cluster = setUp();
    cluster.start(4);
    const union = { replicas: [1, 4, 2, 3], directories: ['', '', '', ''] };
    const reassignment = { addingReplicas: [4], removingReplicas: [2, 3] };
    cluster.changePartition('t', 0, { ...union, reassignment });
    const end = { replicas: [1, 4], directories: ['', ''], reassignment: NO_REASSIGNMENT };

    const run = () =>
      check(cluster, [
        partitionChangeRecord('id-t', 0, { ...end, isr: [1, 4], leader: 1, ...change }),
      ]);

    expect(run).toThrow(expected);
  });

  test('a reassignment that drops a leader which has not handed over', () => {
    const cluster = setUp();
    const union = { replicas: [2, 1, 3] };
    const reassignment = { addingReplicas: [], removingReplicas: [1, 3] };
    cluster.changePartition('t', 0, { ...union, reassignment });
    const end = { replicas: [2], directories: [''], reassignment: NO_REASSIGNMENT };

    const run = () =>
      check(cluster, [partitionChangeRecord('id-t', 0, { ...end, isr: [2], leader: 2 })]);

    expect(run).toThrow('led by a replica that stays');
  });

  test('nothing of that is found in an ordinary change', () => {
    const cluster = setUp();

    const run = () => check(cluster, [partitionChangeRecord('id-t', 0, { isr: [1], leader: 1 })]);

    expect(run).not.toThrow();
  });
});
