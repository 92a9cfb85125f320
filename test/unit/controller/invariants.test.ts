import { describe, expect, test } from 'vitest';
import { checkTransition } from '../../../src/controller/invariants.ts';
import type { MetadataRecord } from '../../../src/gen/ottla.ts';
import { applyBatch } from '../../../src/metadata/apply-batch.ts';
import { brokerChangeRecord, partitionChangeRecord } from '../../../src/metadata/records.ts';
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

    const run = () => check(cluster, [partitionChangeRecord('id-t', 0, { leader: 1 })]);

    expect(run).toThrow('the leader of t-0 is unfenced');
  });

  test('a broker out of service that keeps what it led', () => {
    const cluster = setUp();
    const broker = { brokerId: 1, brokerEpoch: cluster.epochOf(1) };

    const run = () => check(cluster, [brokerChangeRecord(broker, { fenced: true })]);

    expect(run).toThrow('t-0 is not led by broker 1');
  });

  test('nothing of that is found in an ordinary change', () => {
    const cluster = setUp();

    const run = () => check(cluster, [partitionChangeRecord('id-t', 0, { isr: [1], leader: 1 })]);

    expect(run).not.toThrow();
  });
});
