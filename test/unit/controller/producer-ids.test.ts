import { expect, test } from 'vitest';
import { decideAllocateProducerIds } from '../../../src/controller/producer-ids.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/metadata/snapshot.ts';
import { codeOf, TestCluster } from './fixtures.ts';

const allocate = (cluster: TestCluster, brokerId: number) =>
  cluster.run(
    decideAllocateProducerIds(cluster.image, { brokerId, brokerEpoch: cluster.epochOf(brokerId) }),
  );

test('blocks of producer ids follow one another, whoever asks', () => {
  const cluster = TestCluster.withBrokers(2);

  const blocks = [allocate(cluster, 1), allocate(cluster, 2), allocate(cluster, 1)];

  expect(blocks.map(({ firstProducerId }) => firstProducerId)).toEqual([0, 1000, 2000]);
});

test('a controller that takes over gives out no block again (KAFKA-15552)', () => {
  const cluster = TestCluster.withBrokers(1);
  allocate(cluster, 1);
  cluster.image = decodeSnapshot(encodeSnapshot(cluster.image));

  const { firstProducerId } = allocate(cluster, 1);

  expect(firstProducerId).toBe(1000);
});

test('a broker of an earlier registration gets no producer ids', () => {
  const cluster = TestCluster.withBrokers(1);

  const code = codeOf(() =>
    decideAllocateProducerIds(cluster.image, { brokerId: 1, brokerEpoch: 0 }),
  );

  expect(code).toBe('STALE_BROKER_EPOCH');
});
