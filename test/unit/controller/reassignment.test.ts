import { describe, expect, test } from 'vitest';
import type { NodeId } from '../../../src/base/ids.ts';
import { decideAlterPartition } from '../../../src/controller/isr.ts';
import {
  decideAlterReassignments,
  decideReassignmentSteps,
  listReassignments,
} from '../../../src/controller/reassignment.ts';
import { decideCreatePartitions, decideDeleteTopics } from '../../../src/controller/topics.ts';
import type { ReassignmentTarget } from '../../../src/gen/ottla.ts';
import { metadataVersionRecord } from '../../../src/metadata/records.ts';
import { codesOf, LIMITS, TestCluster } from './fixtures.ts';

const REF = { topicId: 'id-t', partition: 0 };

/** Topic t on brokers 1, 2 and 3 of six, led by 1. */
const setUp = (
  options: { readonly replicas?: readonly NodeId[]; readonly minIsr?: number } = {},
): TestCluster => {
  const cluster = TestCluster.withBrokers(6);
  const { replicas = [1, 2, 3], minIsr = 2 } = options;
  cluster.createTopic('t', [replicas], { 'min.insync.replicas': String(minIsr) });
  return cluster;
};

const targetOf = (
  replicas: readonly NodeId[],
  overrides: Partial<ReassignmentTarget> = {},
): ReassignmentTarget => ({ topic: 't', partition: 0, replicas, cancel: false, ...overrides });

const ask = (
  cluster: TestCluster,
  targets: readonly ReassignmentTarget[],
  allowReplicationFactorChange = true,
): string[] => {
  const request = { targets, allowReplicationFactorChange };
  const decision = decideAlterReassignments(cluster.image, request, cluster.context);
  return codesOf(cluster.run(decision).results);
};

const move = (cluster: TestCluster, replicas: readonly NodeId[]): string[] =>
  ask(cluster, [targetOf(replicas)]);

const cancel = (cluster: TestCluster): string[] => ask(cluster, [targetOf([], { cancel: true })]);

/** The leader has these in sync. */
const join = (cluster: TestCluster, isr: readonly NodeId[]): void => {
  const { leader, leaderEpoch, partitionEpoch } = cluster.partition('t');
  const newIsr = isr.map((brokerId) => ({ brokerId, brokerEpoch: cluster.epochOf(brokerId) }));
  const request = {
    brokerId: leader,
    brokerEpoch: cluster.epochOf(leader),
    partitions: [{ ...REF, leaderEpoch, partitionEpoch, newIsr }],
  };
  const { partitions } = cluster.run(decideAlterPartition(cluster.image, request, {}));
  expect(codesOf(partitions)).toEqual(['NONE']);
};

const step = (cluster: TestCluster, isSettled = true): void => {
  const context = { ...cluster.context, isSettled: () => isSettled };
  cluster.run(decideReassignmentSteps(cluster.image, [REF], context));
};

describe('a move', () => {
  test('gives the partition its new replicas beside the old ones, the targets first', () => {
    const cluster = setUp();

    const codes = move(cluster, [4, 2, 5]);

    expect(codes).toEqual(['NONE']);
    expect(cluster.partition('t')).toMatchObject({
      replicas: [4, 2, 5, 1, 3],
      directories: ['dir-4', 'dir-2', 'dir-5', 'dir-1', 'dir-3'],
      addingReplicas: [4, 5],
      removingReplicas: [1, 3],
      isr: [1, 2, 3],
      leader: 1,
      leaderEpoch: 0,
    });
  });

  test('goes no further before every target is in sync', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    join(cluster, [1, 2, 3, 4, 5]);
    const before = cluster.partition('t');

    step(cluster);

    expect(cluster.partition('t')).toEqual(before);
  });

  test('goes no further while a target that was in sync is out of service', () => {
    const cluster = setUp({ replicas: [1], minIsr: 2 });
    move(cluster, [4]);
    join(cluster, [1, 4]);
    cluster.fence(4);
    const before = cluster.partition('t');
    expect(before).toMatchObject({ isr: [1], elr: [] });

    step(cluster);

    expect(cluster.partition('t')).toEqual(before);
  });

  test('first has a replica lead that stays, in a new epoch', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    join(cluster, [1, 2, 3, 4, 5, 6]);

    step(cluster);

    expect(cluster.partition('t')).toMatchObject({
      leader: 4,
      leaderEpoch: 1,
      replicas: [4, 5, 6, 1, 2, 3],
      isr: [1, 2, 3, 4, 5, 6],
    });
  });

  test('drops nobody before the leader has heard that it leads', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    join(cluster, [1, 2, 3, 4, 5, 6]);
    step(cluster);

    step(cluster, false);

    expect(cluster.partition('t').replicas).toHaveLength(6);
  });

  test('ends with the targets alone, in sync, under a new leader epoch', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    join(cluster, [1, 2, 3, 4, 5, 6]);
    step(cluster);

    step(cluster);

    expect(cluster.partition('t')).toMatchObject({
      replicas: [4, 5, 6],
      directories: ['dir-4', 'dir-5', 'dir-6'],
      isr: [4, 5, 6],
      addingReplicas: [],
      removingReplicas: [],
      leader: 4,
      leaderEpoch: 2,
    });
  });

  test('keeps a leader that stays', () => {
    const cluster = setUp();
    move(cluster, [4, 1, 5]);
    join(cluster, [1, 2, 3, 4, 5]);

    step(cluster);

    expect(cluster.partition('t')).toMatchObject({
      replicas: [4, 1, 5],
      leader: 1,
      leaderEpoch: 1,
    });
  });

  test('away from a broker that is gone for good ends without it', () => {
    const cluster = setUp();
    cluster.fence(3);
    move(cluster, [1, 2, 4]);
    join(cluster, [1, 2, 4]);

    step(cluster);

    expect(cluster.partition('t')).toMatchObject({ replicas: [1, 2, 4], isr: [1, 2, 4] });
  });

  test('that only changes the order is done at once, in the same leader epoch', () => {
    const cluster = setUp();

    move(cluster, [3, 1, 2]);

    expect(cluster.partition('t')).toMatchObject({
      replicas: [3, 1, 2],
      directories: ['dir-3', 'dir-1', 'dir-2'],
      leader: 1,
      leaderEpoch: 0,
      addingReplicas: [],
      removingReplicas: [],
    });
  });

  test('that only adds copies ends in the same leader epoch', () => {
    const cluster = setUp({ replicas: [1], minIsr: 1 });
    move(cluster, [1, 2]);
    join(cluster, [1, 2]);

    step(cluster);

    expect(cluster.partition('t')).toMatchObject({ addingReplicas: [], leaderEpoch: 0 });
  });

  test('to where the partition is changes nothing', () => {
    const cluster = setUp();
    const before = cluster.image;

    const codes = move(cluster, [1, 2, 3]);

    expect(codes).toEqual(['NONE']);
    expect(cluster.image).toBe(before);
  });

  test('that is asked for again changes nothing', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    const before = cluster.image;

    move(cluster, [4, 5, 6]);

    expect(cluster.image).toBe(before);
  });

  test('is listed until it is done', () => {
    const cluster = setUp();
    move(cluster, [4, 2, 3]);

    const listed = listReassignments(cluster.image, { topics: ['t', 'none'] }).reassignments;

    expect(listed).toEqual([
      {
        topic: 't',
        partition: 0,
        replicas: [4, 2, 3, 1],
        addingReplicas: [4],
        removingReplicas: [1],
        isr: [1, 2, 3],
      },
    ]);
    join(cluster, [1, 2, 3, 4]);
    step(cluster);
    step(cluster);
    expect(listReassignments(cluster.image, { topics: [] }).reassignments).toEqual([]);
  });

  test('of a topic that is deleted meanwhile ends with it', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    cluster.run(
      decideDeleteTopics(cluster.image, { names: ['t'], topicIds: [], validateOnly: false }),
    );

    const run = () => step(cluster);

    expect(run).not.toThrow();
  });
});

describe('a move that is refused', () => {
  test.each([
    ['UNKNOWN_TOPIC_OR_PARTITION', targetOf([1], { topic: 'none' })],
    ['UNKNOWN_TOPIC_OR_PARTITION', targetOf([1], { partition: 1 })],
    ['INVALID_REPLICA_ASSIGNMENT', targetOf([])],
    ['INVALID_REPLICA_ASSIGNMENT', targetOf([4, 4])],
    ['INVALID_REPLICA_ASSIGNMENT', targetOf([1, 2, 9])],
    ['INVALID_REPLICA_ASSIGNMENT', targetOf([1, 2, -1])],
    ['NO_REASSIGNMENT_IN_PROGRESS', targetOf([], { cancel: true })],
  ])('with %s changes nothing: %j', (expected, target) => {
    const cluster = setUp();
    const before = cluster.image;

    const codes = ask(cluster, [target]);

    expect(codes).toEqual([expected]);
    expect(cluster.image).toBe(before);
  });

  test('names a new broker that is out of service', () => {
    const cluster = setUp();
    cluster.fence(4);

    const codes = move(cluster, [1, 2, 4]);

    expect(codes).toEqual(['INVALID_REPLICA_ASSIGNMENT']);
  });

  test('may keep a replica that is out of service', () => {
    const cluster = setUp();
    cluster.fence(3);

    const codes = move(cluster, [1, 4, 3]);

    expect(codes).toEqual(['NONE']);
  });

  test('is of another size where that is not allowed', () => {
    const cluster = setUp();

    const codes = ask(cluster, [targetOf([4, 5])], false);

    expect(codes).toEqual(['INVALID_REPLICATION_FACTOR']);
  });

  test('is named twice, and does not hold up another', () => {
    const cluster = setUp();
    cluster.createTopic('u', [[1]]);

    const codes = ask(cluster, [targetOf([4]), targetOf([5]), targetOf([2], { topic: 'u' })]);

    expect(codes).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST', 'NONE']);
  });

  test('comes before metadata.version knows of it', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.run({ records: [metadataVersionRecord(1)], respond: () => undefined });
    cluster.createTopic('t', [[1]]);

    const codes = move(cluster, [2]);

    expect(codes).toEqual(['UNSUPPORTED_VERSION']);
  });
});

describe('a cancelled move', () => {
  test('leaves the replicas from before it, in a new leader epoch', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    join(cluster, [1, 2, 3, 4]);

    const codes = cancel(cluster);

    expect(codes).toEqual(['NONE']);
    expect(cluster.partition('t')).toMatchObject({
      replicas: [1, 2, 3],
      isr: [1, 2, 3],
      leader: 1,
      leaderEpoch: 1,
      addingReplicas: [],
      removingReplicas: [],
    });
  });

  test('has an old replica lead where a new one did', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    join(cluster, [1, 2, 3, 4, 5, 6]);
    step(cluster);

    cancel(cluster);

    expect(cluster.partition('t')).toMatchObject({
      replicas: [1, 2, 3],
      leader: 1,
      leaderEpoch: 2,
    });
  });

  test('is refused while fewer old replicas are in sync than must have a record', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    join(cluster, [1, 2, 3, 4, 5, 6]);
    cluster.fence(2);
    cluster.fence(3);
    const before = cluster.image;

    const codes = cancel(cluster);

    expect(codes).toEqual(['INVALID_REPLICA_ASSIGNMENT']);
    expect(cluster.image).toBe(before);
  });
});

describe('a move that another one replaces', () => {
  test('leaves at once what is not in sync, and keeps what is until the end', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 3]);
    join(cluster, [1, 2, 3, 4]);

    const codes = move(cluster, [6, 2, 3]);

    expect(codes).toEqual(['NONE']);
    expect(cluster.partition('t')).toMatchObject({
      replicas: [6, 2, 3, 4, 1],
      addingReplicas: [6, 4],
      removingReplicas: [4, 1],
      leaderEpoch: 1,
    });
  });

  test('is cancelled to what stood before the first', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 3]);
    join(cluster, [1, 2, 3, 4]);
    move(cluster, [6, 2, 3]);

    cancel(cluster);

    expect([...cluster.partition('t').replicas].sort()).toEqual([1, 2, 3]);
  });

  test('ends with the later target alone', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 3]);
    join(cluster, [1, 2, 3, 4]);
    move(cluster, [6, 2, 3]);
    join(cluster, [1, 2, 3, 4, 6]);

    step(cluster);
    step(cluster);

    expect(cluster.partition('t')).toMatchObject({
      replicas: [6, 2, 3],
      isr: [6, 2, 3],
      leader: 6,
    });
  });
});

describe('a move under way', () => {
  test('outlives the fencing of a leader that goes: a target in sync leads', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    join(cluster, [1, 2, 3, 4]);

    cluster.fence(1);

    expect(cluster.partition('t')).toMatchObject({ leader: 4, removingReplicas: [1, 2, 3] });
  });

  test('waits for a target that is fenced, and ends when it is in sync again', () => {
    const cluster = setUp();
    move(cluster, [4, 5, 6]);
    join(cluster, [1, 2, 3, 4, 5, 6]);
    cluster.fence(5);
    step(cluster);
    expect(cluster.partition('t').replicas).toHaveLength(6);
    cluster.beat(5);
    join(cluster, [1, 2, 3, 4, 5, 6]);

    step(cluster);
    step(cluster);

    expect(cluster.partition('t')).toMatchObject({ replicas: [4, 5, 6], isr: [4, 5, 6] });
  });

  test('gives new partitions of the topic as many replicas as it will have', () => {
    const cluster = setUp();
    move(cluster, [4, 5]);
    const request = {
      topics: [{ name: 't', totalPartitions: 2, assignments: [] }],
      validateOnly: false,
    };

    cluster.run(
      decideCreatePartitions(cluster.image, request, {
        limits: LIMITS,
        placementSeed: 0,
        nowMs: 0,
      }),
    );

    expect(cluster.partition('t', 1).replicas).toHaveLength(2);
  });
});
