import { describe, expect, test } from 'vitest';
import { decideAlterConfigs } from '../../../src/controller/configs.ts';
import { decideDecommissionSteps } from '../../../src/controller/decommission.ts';
import { decideElectLeaders } from '../../../src/controller/election.ts';
import { decideAlterPartition } from '../../../src/controller/isr.ts';
import { decidePreferredLeaders, LeaderBalancer } from '../../../src/controller/leader-balance.ts';
import {
  decideAlterReassignments,
  decideReassignmentSteps,
} from '../../../src/controller/reassignment.ts';
import { decideCreateTopics } from '../../../src/controller/topics.ts';
import { ControllerService } from '../../../src/gen/ottla.ts';
import { CORDON_KEY, DECOMMISSION_KEY, DRAIN_KEY } from '../../../src/metadata/broker-configs.ts';
import { isUsableBroker } from '../../../src/metadata/image.ts';
import { metadataVersionRecord } from '../../../src/metadata/records.ts';
import { codesOf, LIMITS, newTopic, TestCluster } from './fixtures.ts';
import { CONTROLLER, Harness } from './harness.ts';

/** Topic t on four brokers, two replicas a partition. */
const setUp = (): TestCluster => {
  const cluster = TestCluster.withBrokers(4);
  cluster.createTopic('t', [
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 1],
  ]);
  return cluster;
};

const set = (
  cluster: TestCluster,
  brokerId: number,
  [key, value]: readonly [string, string | undefined],
): string[] => {
  const change = { resourceType: 'broker', resource: String(brokerId), key, value };
  const request = { changes: [change], validateOnly: false };
  return codesOf(cluster.run(decideAlterConfigs(cluster.image, request, {})).results);
};

const createTopic = (cluster: TestCluster, overrides: Parameters<typeof newTopic>[1]): string[] => {
  const { topics } = cluster.run(
    decideCreateTopics(
      cluster.image,
      { topics: [newTopic('u', overrides)], validateOnly: false },
      { limits: LIMITS, topicIds: ['id-u'], placementSeed: 0, nowMs: 0 },
    ),
  );
  return codesOf(topics);
};

const replicasOf = (cluster: TestCluster, topic: string): number[] =>
  (cluster.image.topics.get(`id-${topic}`)?.partitions ?? []).flatMap(({ replicas }) => replicas);

const leadersOf = (cluster: TestCluster, topic = 't'): number[] =>
  (cluster.image.topics.get(`id-${topic}`)?.partitions ?? []).map(({ leader }) => leader);

const step = (cluster: TestCluster, movesInFlightMax = 10): void => {
  cluster.run(decideDecommissionSteps(cluster.image, movesInFlightMax, {}));
};

const refsOf = (cluster: TestCluster) =>
  [...cluster.image.topics.values()].flatMap(({ topicId, partitions }) =>
    partitions.map((_, partition) => ({ topicId, partition })),
  );

/** Every replica gets in sync, and moves go as far as they can. */
const catchUp = (cluster: TestCluster): void => {
  for (const { topicId, partition } of refsOf(cluster)) {
    const { leader, leaderEpoch, partitionEpoch, replicas, isr } = cluster.partition(
      't',
      partition,
    );
    if (isr.length === replicas.length) continue;
    const newIsr = replicas
      .filter((id) => isUsableBroker(cluster.image, id))
      .map((id) => ({ brokerId: id, brokerEpoch: cluster.epochOf(id) }));
    const item = { topicId, partition, leaderEpoch, partitionEpoch, newIsr };
    const by = { brokerId: leader, brokerEpoch: cluster.epochOf(leader), partitions: [item] };
    cluster.run(decideAlterPartition(cluster.image, by, {}));
  }
  for (const _ of [1, 2]) {
    const context = { isSettled: () => true };
    cluster.run(decideReassignmentSteps(cluster.image, refsOf(cluster), context));
  }
};

const movingCount = (cluster: TestCluster): number =>
  refsOf(cluster).filter(
    ({ partition }) => cluster.partition('t', partition).addingReplicas.length > 0,
  ).length;

describe('a cordoned broker', () => {
  test('gets no replica of a new topic', () => {
    const cluster = setUp();

    set(cluster, 4, [CORDON_KEY, '*']);
    createTopic(cluster, { partitions: 6, replicationFactor: 3 });

    expect(new Set(replicasOf(cluster, 'u'))).toEqual(new Set([1, 2, 3]));
  });

  test('keeps what it has, and its leaders', () => {
    const cluster = setUp();
    const before = cluster.image.topics;

    set(cluster, 4, [CORDON_KEY, '*']);
    step(cluster);

    expect(cluster.image.topics).toBe(before);
  });

  test('is refused where it is named for a new replica', () => {
    const cluster = setUp();
    set(cluster, 4, [CORDON_KEY, '*']);

    const created = createTopic(cluster, { assignments: [{ partition: 0, replicas: [1, 4] }] });
    const target = { topic: 't', partition: 0, replicas: [1, 4], cancel: false };
    const request = { targets: [target], allowReplicationFactorChange: false };
    const moved = cluster.run(decideAlterReassignments(cluster.image, request, {})).results;

    expect([...created, ...codesOf(moved)]).toEqual([
      'INVALID_REPLICA_ASSIGNMENT',
      'INVALID_REPLICA_ASSIGNMENT',
    ]);
  });

  test('stays so when its process starts anew', () => {
    const cluster = setUp();
    set(cluster, 4, [CORDON_KEY, '*']);

    cluster.start(4, { incarnationId: 'run-4-b' });
    createTopic(cluster, { partitions: 6, replicationFactor: 3 });

    expect(replicasOf(cluster, 'u')).not.toContain(4);
  });

  test('takes replicas again once that is taken back', () => {
    const cluster = setUp();
    set(cluster, 4, [CORDON_KEY, '*']);

    set(cluster, 4, [CORDON_KEY, undefined]);
    createTopic(cluster, { partitions: 8, replicationFactor: 1 });

    expect(replicasOf(cluster, 'u')).toContain(4);
  });

  test('cannot be half cordoned: a broker has one log directory', () => {
    expect(set(setUp(), 4, [CORDON_KEY, '/data'])).toEqual(['INVALID_CONFIG']);
  });
});

describe('a drained broker', () => {
  test('hands its leaders over with the change itself, and keeps its replicas', () => {
    const cluster = setUp();

    set(cluster, 1, [DRAIN_KEY, 'true']);

    expect(leadersOf(cluster)).toEqual([2, 2, 3, 4]);
    expect(cluster.partition('t').replicas).toEqual([1, 2]);
  });

  test('leads on where no other replica is in sync, until one is', () => {
    const cluster = setUp();
    cluster.changePartition('t', 0, { isr: [1] });

    set(cluster, 1, [DRAIN_KEY, 'true']);
    const alone = leadersOf(cluster);
    cluster.changePartition('t', 0, { isr: [1, 2] });
    step(cluster);

    expect(alone).toEqual([1, 2, 3, 4]);
    expect(leadersOf(cluster)).toEqual([2, 2, 3, 4]);
  });

  test('is elected when nobody else can be', () => {
    const cluster = setUp();
    set(cluster, 1, [DRAIN_KEY, 'true']);

    cluster.fence(2);

    expect(leadersOf(cluster)[0]).toBe(1);
  });

  test('is not elected where another can lead', () => {
    const cluster = TestCluster.withBrokers(3);
    cluster.createTopic('t', [[3, 1, 2]]);
    set(cluster, 1, [DRAIN_KEY, 'true']);

    cluster.fence(3);

    expect(leadersOf(cluster)).toEqual([2]);
  });

  test('is not brought back to what prefers it, neither by itself nor on request', () => {
    const cluster = setUp();
    set(cluster, 1, [DRAIN_KEY, 'true']);
    const balancer = new LeaderBalancer();

    balancer.duePartitions(cluster.image);
    const due = balancer.duePartitions(cluster.image);
    const request = { partitions: [{ topicId: 'id-t', partition: 0 }], unclean: false };
    const { results } = cluster.run(decideElectLeaders(cluster.image, request, {}));

    expect(due).toEqual([]);
    expect(codesOf(results)).toEqual(['ELECTION_NOT_NEEDED']);
  });

  test('leads again what prefers it once that is taken back', () => {
    const cluster = setUp();
    set(cluster, 1, [DRAIN_KEY, 'true']);
    set(cluster, 1, [DRAIN_KEY, undefined]);
    const balancer = new LeaderBalancer();

    balancer.duePartitions(cluster.image);
    cluster.run(decidePreferredLeaders(cluster.image, balancer.duePartitions(cluster.image)));

    expect(leadersOf(cluster)).toEqual([1, 2, 3, 4]);
  });
});

describe('a broker that is decommissioned', () => {
  test('loses its leaders at once and its replicas by and by, to brokers that stay', () => {
    const cluster = setUp();

    const codes = set(cluster, 4, [DECOMMISSION_KEY, 'true']);
    const leaders = leadersOf(cluster);
    step(cluster);
    catchUp(cluster);

    expect(codes).toEqual(['NONE']);
    expect(leaders).toEqual([1, 2, 3, 1]);
    expect(replicasOf(cluster, 't')).not.toContain(4);
    expect(replicasOf(cluster, 't')).toHaveLength(8);
  });

  test('moves no more partitions at a time than are allowed, those of others included', () => {
    const cluster = setUp();
    set(cluster, 4, [DECOMMISSION_KEY, 'true']);

    step(cluster, 1);
    const first = movingCount(cluster);
    step(cluster, 1);
    const second = movingCount(cluster);
    catchUp(cluster);
    step(cluster, 1);

    expect([first, second, movingCount(cluster)]).toEqual([1, 1, 1]);
  });

  test('goes on with others while the broker that one partition goes to is down', () => {
    const cluster = setUp();
    set(cluster, 4, [DECOMMISSION_KEY, 'true']);
    step(cluster, 1);
    const moving = refsOf(cluster).find(
      ({ partition }) => cluster.partition('t', partition).addingReplicas.length > 0,
    );
    const [receiver = 0] = cluster.partition('t', moving?.partition).addingReplicas;

    cluster.fence(receiver);
    step(cluster, 1);

    expect(movingCount(cluster)).toBe(2);
  });

  test('has nothing more to move once it is empty', () => {
    const cluster = setUp();
    set(cluster, 4, [DECOMMISSION_KEY, 'true']);
    step(cluster);
    catchUp(cluster);

    expect(decideDecommissionSteps(cluster.image, 10, {}).records).toEqual([]);
  });

  test('moves what it has though it is down', () => {
    const cluster = setUp();
    cluster.fence(4);

    set(cluster, 4, [DECOMMISSION_KEY, 'true']);
    step(cluster);
    catchUp(cluster);

    expect(replicasOf(cluster, 't')).not.toContain(4);
  });

  test('begins no more moves once that is taken back', () => {
    const cluster = setUp();
    set(cluster, 4, [DECOMMISSION_KEY, 'true']);

    set(cluster, 4, [DECOMMISSION_KEY, undefined]);
    step(cluster);

    expect(movingCount(cluster)).toBe(0);
  });

  test('is refused while the other brokers are too few for its replicas', () => {
    const cluster = TestCluster.withBrokers(3);
    cluster.createTopic('t', [[1, 2, 3]]);

    expect(set(cluster, 3, [DECOMMISSION_KEY, 'true'])).toEqual(['INVALID_CONFIG']);
    expect(cluster.image.configs.size).toBe(0);
  });

  test('is refused while replicas cannot move', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.run({ records: [metadataVersionRecord(1)], respond: () => undefined });

    expect(set(cluster, 2, [DECOMMISSION_KEY, 'true'])).toEqual(['UNSUPPORTED_VERSION']);
  });
});

describe('an active controller', () => {
  test('moves off what leaves by itself, and so does the next one', async () => {
    const { harness } = await Harness.withBrokers(3);
    await harness.createTopic('t', [3, 1]);
    await harness.createTopic('u', [3, 2]);
    const changes = [
      { resourceType: 'broker', resource: '3', key: DECOMMISSION_KEY, value: 'true' },
    ];
    const request = { changes, validateOnly: false };
    const call = { request, deadlineMs: 1000 };

    await harness.wait(harness.admin.call(CONTROLLER, ControllerService.alterConfigs, call));
    harness.resign(2);
    harness.activate(3);
    await harness.clock.settle(1500);

    expect(harness.partition('t')).toMatchObject({ replicas: [2, 1, 3], removingReplicas: [3] });
    expect(harness.partition('u')).toMatchObject({ replicas: [1, 2, 3], removingReplicas: [3] });
  });
});
