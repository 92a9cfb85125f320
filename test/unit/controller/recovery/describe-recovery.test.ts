import { describe, expect, test } from 'vitest';
import {
  describeRecovery,
  recoveryRefs,
} from '../../../../src/controller/recovery/describe-recovery.ts';
import type { FoundEnd } from '../../../../src/controller/recovery/replica-ends.ts';
import { codeOf, TestCluster } from '../fixtures.ts';

const REF = { topicId: 'id-t', partition: 1 };

/** Two partitions, the second without a leader: of its replicas 2 and 3 are in service. */
const setUp = (): TestCluster => {
  const cluster = TestCluster.withBrokers(3);
  cluster.createTopic('t', [
    [2, 3, 1],
    [1, 2, 3],
  ]);
  cluster.changePartition('t', 1, { isr: [1] });
  cluster.fence(1);
  return cluster;
};

const end = (brokerId: number, logEndOffset: number, highWatermark: number): FoundEnd => ({
  brokerId,
  brokerEpoch: 1,
  end: {
    ...REF,
    lastEpoch: 3,
    logStartOffset: 0,
    logEndOffset,
    flushedOffset: logEndOffset,
    highWatermark,
  },
});

const describeWith = (cluster: TestCluster, ends: readonly FoundEnd[]) =>
  describeRecovery(cluster.image, [REF], { ends: new Map([['id-t-1', ends]]), context: {} })
    .partitions[0];

describe('what could be recovered', () => {
  test('is asked about where nobody leads, unless partitions are named', () => {
    const { image } = setUp();

    expect(recoveryRefs(image, { topic: 't', partitions: [] })).toEqual([REF]);
    expect(recoveryRefs(image, { topic: 't', partitions: [0] })).toEqual([
      { topicId: 'id-t', partition: 0 },
    ]);
  });

  test.each([
    ['an unknown topic', { topic: 'u', partitions: [] }],
    ['an unknown partition', { topic: 't', partitions: [2] }],
  ])('is not told of %s', (_, request) => {
    const { image } = setUp();

    expect(codeOf(() => recoveryRefs(image, request))).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });

  test('is by the choice of who has most, of those in service', () => {
    const found = describeWith(setUp(), [end(1, 90, 80), end(2, 70, 60), end(3, 75, 60)]);

    expect(found?.choice).toBe(3);
    expect(found?.replicas.map(({ brokerId, inService }) => [brokerId, inService])).toEqual([
      [1, false],
      [2, true],
      [3, true],
    ]);
  });

  test('is measured by the highest high watermark that any replica knows', () => {
    const found = describeWith(setUp(), [end(1, 90, 80), end(3, 75, 60)]);

    expect(found?.knownHighWatermark).toBe(80);
    expect(found?.replicas[1]?.log).toBeUndefined();
  });

  test('is nothing that is known where nobody has answered', () => {
    expect(describeWith(setUp(), [])).toMatchObject({ choice: -1, knownHighWatermark: -1 });
  });
});
