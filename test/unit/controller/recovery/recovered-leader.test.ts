import { describe, expect, test } from 'vitest';
import {
  comparablePartitions,
  decideRecoveredLeaders,
  isDecidable,
} from '../../../../src/controller/recovery/recovered-leader.ts';
import type { FoundEnd } from '../../../../src/controller/recovery/replica-ends.ts';
import { metadataVersionRecord } from '../../../../src/metadata/records.ts';
import { METADATA_VERSION_MAX } from '../../../../src/metadata/versions.ts';
import { TestCluster } from '../fixtures.ts';

const REF = { topicId: 'id-t', partition: 0 };

/** Every broker of a topic that acknowledges from memory has lost its power; these are back. */
const powerCut = (
  back: readonly number[],
  configs: Readonly<Record<string, string>> = {},
): TestCluster => {
  const cluster = TestCluster.withBrokers(3);
  cluster.run({
    records: [metadataVersionRecord(METADATA_VERSION_MAX)],
    respond: () => undefined,
  });
  const memory = { 'ack.durability': 'memory', 'min.insync.replicas': '3' };
  cluster.createTopic('t', [[1, 2, 3]], { ...memory, ...configs });
  for (const brokerId of [1, 2, 3]) cluster.fence(brokerId);
  for (const brokerId of [1, 2, 3]) {
    cluster.register(brokerId, { incarnationId: `run-${brokerId}-b` });
  }
  for (const brokerId of back) cluster.beat(brokerId);
  return cluster;
};

const end = (
  cluster: TestCluster,
  brokerId: number,
  [lastEpoch, logEndOffset]: readonly [number, number],
): FoundEnd => ({
  brokerId,
  brokerEpoch: cluster.epochOf(brokerId),
  end: {
    ...REF,
    lastEpoch,
    logStartOffset: 0,
    logEndOffset,
    flushedOffset: logEndOffset,
    highWatermark: 0,
  },
});

const decide = (cluster: TestCluster, ends: readonly FoundEnd[], isOver = false): number => {
  const by = { ends: new Map([['id-t-0', ends]]), isOver: () => isOver, context: cluster.context };
  cluster.run(decideRecoveredLeaders(cluster.image, [REF], by));
  return cluster.partition('t').leader;
};

describe('after a power cut of all who acknowledged from memory', () => {
  test('the partition is one to be decided by what is left', () => {
    const { image } = powerCut([1, 2, 3]);

    expect(comparablePartitions(image)).toEqual([REF]);
    expect(isDecidable(image, REF, {})).toBe(true);
  });

  test('the greatest end leads, of those in the newest leader epoch', () => {
    const cluster = powerCut([1, 2, 3]);
    const ends = [end(cluster, 1, [4, 90]), end(cluster, 2, [5, 70]), end(cluster, 3, [5, 71])];

    expect(decide(cluster, ends)).toBe(3);
    expect(cluster.partition('t')).toMatchObject({ isr: [3], elr: [], lastKnownElr: [] });
  });

  test('nobody leads while one of them is not in service', () => {
    const cluster = powerCut([1, 2]);
    const ends = [1, 2, 3].map((brokerId) => end(cluster, brokerId, [5, 70]));

    expect(isDecidable(cluster.image, REF, {})).toBe(false);
    expect(decide(cluster, ends)).toBe(-1);
  });

  test('nobody leads while one of them has not answered', () => {
    const cluster = powerCut([1, 2, 3]);

    expect(decide(cluster, [end(cluster, 1, [5, 70]), end(cluster, 2, [5, 70])])).toBe(-1);
  });

  test('what one said before its process ended again does not count', () => {
    const cluster = powerCut([1, 2, 3]);
    const ends = [1, 2, 3].map((brokerId) => end(cluster, brokerId, [5, 70]));

    cluster.start(3, { incarnationId: 'run-3-c' });

    expect(decide(cluster, ends)).toBe(-1);
  });

  test('one whose data is gone is not waited for', () => {
    const cluster = powerCut([1, 2]);
    cluster.register(3, { incarnationId: 'run-3-c', directoryId: 'dir-new' });

    const ends = [end(cluster, 1, [5, 70]), end(cluster, 2, [5, 72])];

    expect(decide(cluster, ends)).toBe(2);
  });

  test('those that are back suffice after a while where unclean leaders are allowed', () => {
    const cluster = powerCut([1, 2], { 'unclean.leader.election.enable': 'true' });
    const ends = [end(cluster, 1, [5, 70]), end(cluster, 2, [5, 72])];

    expect(decide(cluster, ends)).toBe(-1);
    expect(decide(cluster, ends, true)).toBe(2);
  });
});

describe('where one is eligible still, and does not come back', () => {
  /** Broker 2 has forgotten and is back, 3 has left before, 1 was the last and is gone for good. */
  const lastIsGone = (unclean: string): TestCluster => {
    const cluster = TestCluster.withBrokers(3);
    const configs = { 'ack.durability': 'memory', 'min.insync.replicas': '2' };
    cluster.createTopic('t', [[1, 2, 3]], {
      ...configs,
      'unclean.leader.election.enable': unclean,
    });
    for (const brokerId of [3, 2]) cluster.fence(brokerId);
    for (const brokerId of [2, 3]) cluster.start(brokerId, { incarnationId: `run-${brokerId}-b` });
    cluster.fence(1);
    return cluster;
  };

  test('those that are back suffice after a while where unclean leaders are allowed', () => {
    const cluster = lastIsGone('true');
    const ends = [end(cluster, 2, [5, 72]), end(cluster, 3, [5, 70])];

    expect(cluster.partition('t')).toMatchObject({ leader: -1, isr: [], elr: [1] });
    expect(comparablePartitions(cluster.image)).toEqual([REF]);
    expect(isDecidable(cluster.image, REF, {})).toBe(true);
    expect(decide(cluster, ends)).toBe(-1);
    expect(decide(cluster, ends, true)).toBe(2);
    expect(cluster.partition('t')).toMatchObject({ isr: [2], elr: [], lastKnownElr: [] });
  });

  test('nobody else leads where they are not', () => {
    const cluster = lastIsGone('false');
    const ends = [end(cluster, 2, [5, 72]), end(cluster, 3, [5, 70])];

    expect(isDecidable(cluster.image, REF, {})).toBe(false);
    expect(decide(cluster, ends, true)).toBe(-1);
  });
});
