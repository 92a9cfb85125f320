import { describe, expect, test } from 'vitest';
import { decideAlterConfigs } from '../../../src/controller/configs.ts';
import { eligibilityAfter } from '../../../src/controller/eligible.ts';
import { decideAlterPartition } from '../../../src/controller/isr.ts';
import type { AlterPartitionResponse } from '../../../src/gen/ottla.ts';
import type { PartitionRegistration } from '../../../src/metadata/image.ts';
import type { PartitionChange } from '../../../src/metadata/records.ts';
import { metadataVersionRecord } from '../../../src/metadata/records.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/metadata/snapshot.ts';
import { METADATA_VERSION_MAX } from '../../../src/metadata/versions.ts';
import { codesOf, TestCluster } from './fixtures.ts';

const before = (over: Partial<PartitionRegistration> = {}): PartitionRegistration => ({
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  leader: 1,
  leaderEpoch: 4,
  partitionEpoch: 9,
  directories: ['', '', ''],
  addingReplicas: [],
  removingReplicas: [],
  elr: [],
  lastKnownElr: [],
  lastKnownLeader: -1,
  ...over,
});

interface Row {
  readonly claim: string;
  readonly from?: Partial<PartitionRegistration>;
  readonly change: PartitionChange;
  readonly lost?: number[];
  readonly forgot?: number[];
  readonly elr: number[];
  readonly lastKnownElr?: number[];
}

const ROWS: readonly Row[] = [
  { claim: 'nobody, while the set has its minimum', change: { isr: [1, 2] }, elr: [] },
  { claim: 'all who leave it at once below the minimum', change: { isr: [1] }, elr: [2, 3] },
  {
    claim: 'who was so, and who leaves a set that is below it already',
    from: { isr: [1], elr: [2] },
    change: { isr: [], leader: -1 },
    elr: [1, 2],
  },
  {
    claim: 'nobody once the set has its minimum again',
    from: { isr: [1], elr: [3], lastKnownElr: [2] },
    change: { isr: [1, 2] },
    elr: [],
  },
  {
    claim: 'the others, when one of them leads',
    from: { isr: [], leader: -1, elr: [1, 2] },
    change: { isr: [2], leader: 2 },
    elr: [1],
  },
  {
    claim: 'nobody beside an unclean leader',
    from: { isr: [], leader: -1, elr: [1], lastKnownElr: [2] },
    change: { isr: [3], leader: 3 },
    elr: [],
  },
  {
    claim: 'not who lost its data',
    from: { isr: [1], elr: [2] },
    change: {},
    lost: [2],
    elr: [],
  },
  {
    claim: 'not who forgot, which is remembered',
    from: { isr: [1], elr: [2] },
    change: {},
    forgot: [2],
    elr: [],
    lastKnownElr: [2],
  },
  {
    claim: 'not who lost its data after it forgot',
    from: { isr: [1], lastKnownElr: [2] },
    change: {},
    lost: [2],
    elr: [],
  },
  {
    claim: 'not who is no replica any more',
    from: { isr: [1], elr: [2, 3] },
    change: { replicas: [1, 2] },
    elr: [2],
  },
];

describe('eligible, where two must be in sync, is', () => {
  test.each(ROWS)('$claim', ({ from, change, lost, forgot, elr, lastKnownElr = [] }) => {
    const by = { leastCount: 2, lost, forgot };

    expect(eligibilityAfter(before(from), change, by)).toMatchObject({ elr, lastKnownElr });
  });
});

/** Brokers 1 to 3 and a topic of three replicas, two of which must have a record. */
const setUp = (configs: Readonly<Record<string, string>> = {}): TestCluster => {
  const cluster = TestCluster.withBrokers(3);
  cluster.run({
    records: [metadataVersionRecord(METADATA_VERSION_MAX)],
    respond: () => undefined,
  });
  cluster.createTopic('t', [[1, 2, 3]], { 'min.insync.replicas': '2', ...configs });
  return cluster;
};

const alterConfig = (cluster: TestCluster, key: string, value: string): void => {
  const changes = [{ resourceType: 'topic', resource: 't', key, value }];
  cluster.run(decideAlterConfigs(cluster.image, { changes, validateOnly: false }, {}));
};

const shrink = (
  cluster: TestCluster,
  isr: readonly number[],
  minInsyncReplicas: number,
): AlterPartitionResponse => {
  const { leaderEpoch, partitionEpoch } = cluster.partition('t');
  const newIsr = isr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }));
  const place = { topicId: 'id-t', partition: 0, leaderEpoch, partitionEpoch };
  const partitions = [{ ...place, newIsr, minInsyncReplicas }];
  const request = { brokerId: 1, brokerEpoch: cluster.epochOf(1), partitions };
  return cluster.run(decideAlterPartition(cluster.image, request, {}));
};

describe('a replica that is away', () => {
  test('leaves the set, and leads when the last one in sync is gone for good', () => {
    const cluster = setUp();
    for (const brokerId of [3, 2]) cluster.fence(brokerId);
    expect(cluster.partition('t')).toMatchObject({ leader: 1, isr: [1], elr: [2] });

    cluster.fence(1);
    const offline = cluster.partition('t');
    cluster.start(3, { incarnationId: 'run-3-b' });
    cluster.start(2, { incarnationId: 'run-2-b' });

    expect(offline).toMatchObject({ leader: -1, isr: [], elr: [1, 2], lastKnownLeader: 1 });
    expect(cluster.partition('t')).toMatchObject({ leader: 2, isr: [2], elr: [1] });
    expect(cluster.partition('t').lastKnownLeader).toBe(-1);
  });

  test('that was dropped while enough stayed does not lead', () => {
    const cluster = setUp();
    for (const brokerId of [3, 2, 1]) cluster.fence(brokerId);

    cluster.start(3, { incarnationId: 'run-3-b' });

    expect(cluster.partition('t')).toMatchObject({ leader: -1, isr: [], elr: [1, 2] });
  });

  test('takes over at once where it is back, eligible, and the leader goes', () => {
    const cluster = setUp();
    for (const brokerId of [3, 2]) cluster.fence(brokerId);
    cluster.start(2, { incarnationId: 'run-2-b' });

    cluster.fence(1);

    expect(cluster.partition('t')).toMatchObject({ leader: 2, isr: [2], elr: [1] });
  });

  test.each([
    ['on another directory', { directoryId: 'dir-new' }],
    ['damaged', { damaged: [{ topicId: 'id-t', partition: 0 }] }],
  ])('and comes back %s is eligible no more', (_, change) => {
    const cluster = setUp();
    for (const brokerId of [3, 2]) cluster.fence(brokerId);

    cluster.register(2, { incarnationId: 'run-2-b', ...change });

    expect(cluster.partition('t')).toMatchObject({ isr: [1], elr: [], lastKnownElr: [] });
  });

  test('and comes back without its directory is remembered, and not elected', () => {
    const cluster = setUp();
    for (const brokerId of [3, 2]) cluster.fence(brokerId);
    const offline = [{ topicId: 'id-t', partition: 0 }];
    cluster.start(2, { incarnationId: 'run-2-b', damaged: offline, offline });

    cluster.fence(1);

    expect(cluster.partition('t')).toMatchObject({
      leader: -1,
      isr: [],
      elr: [1],
      lastKnownElr: [2],
    });
  });

  test('and loses its directory later is remembered until it is given up', () => {
    const cluster = setUp();
    for (const brokerId of [3, 2]) cluster.fence(brokerId);
    cluster.start(2, { incarnationId: 'run-2-b' });
    const damaged = [{ topicId: 'id-t', partition: 0 }];

    cluster.beat(2, { damaged, offline: damaged });
    const { elr, lastKnownElr } = cluster.partition('t');
    cluster.beat(2, { damaged });

    expect({ elr, lastKnownElr }).toEqual({ elr: [], lastKnownElr: [2] });
    expect(cluster.partition('t')).toMatchObject({ elr: [], lastKnownElr: [] });
  });

  test('and is found damaged later is eligible no more', () => {
    const cluster = setUp();
    for (const brokerId of [3, 2]) cluster.fence(brokerId);
    cluster.start(2, { incarnationId: 'run-2-b' });

    cluster.beat(2, { damaged: [{ topicId: 'id-t', partition: 0 }] });

    expect(cluster.partition('t')).toMatchObject({ isr: [1], elr: [] });
  });
});

describe('what a leader proposes', () => {
  test('makes eligible whom it drops below the minimum', () => {
    const cluster = setUp();

    shrink(cluster, [1], 2);

    expect(cluster.partition('t')).toMatchObject({ leader: 1, isr: [1], elr: [2, 3] });
  });

  test('is refused where it commits by another minimum than the controller', () => {
    const cluster = setUp();

    const { partitions } = shrink(cluster, [1], 1);

    expect(codesOf(partitions)).toEqual(['INELIGIBLE_REPLICA']);
    expect(cluster.partition('t').isr).toEqual([1, 2, 3]);
  });

  test('ends that somebody is eligible, when the set is large enough again', () => {
    const cluster = setUp();
    shrink(cluster, [1], 2);

    shrink(cluster, [1, 3], 2);

    expect(cluster.partition('t')).toMatchObject({ isr: [1, 3], elr: [] });
  });
});

describe('a change of settings', () => {
  test('to a smaller minimum ends that somebody is eligible', () => {
    const cluster = setUp();
    shrink(cluster, [1], 2);

    alterConfig(cluster, 'min.insync.replicas', '1');

    expect(cluster.partition('t').elr).toEqual([]);
  });

  test('to a greater minimum makes nobody eligible', () => {
    const cluster = setUp({ 'min.insync.replicas': '1' });
    shrink(cluster, [1], 1);

    alterConfig(cluster, 'min.insync.replicas', '2');

    expect(cluster.partition('t').elr).toEqual([]);
  });

  test('from memory to fsync leaves whom it cannot vouch for to a choice by what is left', () => {
    const cluster = setUp({ 'ack.durability': 'memory' });
    shrink(cluster, [1], 2);

    alterConfig(cluster, 'ack.durability', 'fsync');

    expect(cluster.partition('t')).toMatchObject({ elr: [], lastKnownElr: [2, 3] });
  });
});

describe('where acknowledgements are from memory, one that is back', () => {
  const memory = { 'ack.durability': 'memory' };

  test('is eligible no more, but remembered', () => {
    const cluster = setUp(memory);
    shrink(cluster, [1], 2);
    cluster.fence(2);

    cluster.start(2, { incarnationId: 'run-2-b' });

    expect(cluster.partition('t')).toMatchObject({ isr: [1], elr: [3], lastKnownElr: [2] });
  });

  test('stays eligible where its last process ended in order', () => {
    const cluster = setUp(memory);
    shrink(cluster, [1], 2);
    const previousBrokerEpoch = cluster.epochOf(2);
    cluster.fence(2);

    cluster.start(2, { incarnationId: 'run-2-b', previousBrokerEpoch });

    expect(cluster.partition('t')).toMatchObject({ isr: [1], elr: [2, 3], lastKnownElr: [] });
  });

  test('does not lead by itself, even as the last one of all', () => {
    const cluster = setUp(memory);
    for (const brokerId of [3, 2, 1]) cluster.fence(brokerId);

    for (const brokerId of [1, 2]) {
      cluster.start(brokerId, { incarnationId: `run-${brokerId}-b` });
    }

    const { leader, elr, lastKnownElr } = cluster.partition('t');
    expect({ leader, elr, lastKnownElr }).toEqual({ leader: -1, elr: [], lastKnownElr: [1, 2] });
  });
});

test('a snapshot has who is eligible', () => {
  const cluster = setUp();
  for (const brokerId of [3, 2, 1]) cluster.fence(brokerId);

  const restored = decodeSnapshot(encodeSnapshot(cluster.image));

  expect(restored.topics.get('id-t')?.partitions[0]).toEqual(cluster.partition('t'));
});

test('below metadata.version 3 nobody is eligible, and the set keeps its minimum', () => {
  const cluster = TestCluster.withBrokers(3);
  cluster.image = { ...cluster.image, metadataVersion: 2 };
  cluster.createTopic('t', [[1, 2, 3]], { 'min.insync.replicas': '2' });

  for (const brokerId of [3, 2, 1]) cluster.fence(brokerId);

  expect(cluster.partition('t')).toMatchObject({ isr: [1, 2], elr: [], lastKnownLeader: -1 });
});

describe('where no record sets it, and files differ', () => {
  const FILE = new Map([['min.insync.replicas', '2']]);

  /** Brokers that told this when they registered; the controller's file says 2, and fsync. */
  const told = (minInsyncReplicas: number, ackDurability: string): TestCluster => {
    const cluster = new TestCluster();
    cluster.context = { fileDefaults: FILE };
    cluster.run({
      records: [metadataVersionRecord(METADATA_VERSION_MAX)],
      respond: () => undefined,
    });
    for (const brokerId of [1, 2, 3]) cluster.start(brokerId, { minInsyncReplicas, ackDurability });
    cluster.createTopic('t', [[1, 2, 3]]);
    return cluster;
  };

  test('nobody is eligible whom the leader commits without', () => {
    const cluster = told(1, 'fsync');

    for (const brokerId of [3, 2]) cluster.fence(brokerId);

    expect(cluster.partition('t')).toMatchObject({ leader: 1, isr: [1], elr: [] });
  });

  test('one that is back has forgotten what its leader acknowledged from memory', () => {
    const cluster = told(2, 'memory');
    for (const brokerId of [3, 2]) cluster.fence(brokerId);

    cluster.start(2, { incarnationId: 'run-2-b', minInsyncReplicas: 2, ackDurability: 'fsync' });

    expect(cluster.partition('t')).toMatchObject({ isr: [1], elr: [], lastKnownElr: [2] });
  });

  test('one that led has forgotten what it acknowledged from memory, whatever its file says now', () => {
    const cluster = told(2, 'memory');
    for (const brokerId of [3, 2, 1]) cluster.fence(brokerId);

    cluster.start(1, { incarnationId: 'run-1-b', minInsyncReplicas: 2, ackDurability: 'fsync' });

    expect(cluster.partition('t')).toMatchObject({ isr: [], elr: [2], lastKnownElr: [1] });
  });
});

describe('a leader that registered below metadata.version 3', () => {
  /** The brokers registered at 2; the controller's file says that so many must be in sync. */
  const untold = (minInsyncReplicas: number): TestCluster => {
    const cluster = new TestCluster();
    cluster.image = { ...cluster.image, metadataVersion: 2 };
    cluster.context = {
      fileDefaults: new Map([['min.insync.replicas', String(minInsyncReplicas)]]),
    };
    for (const brokerId of [1, 2, 3]) cluster.start(brokerId, { minInsyncReplicas: 2 });
    cluster.createTopic('t', [[1, 2, 3]]);
    return cluster;
  };
  const raise = (cluster: TestCluster): void => {
    const records = [metadataVersionRecord(METADATA_VERSION_MAX)];
    cluster.run({ records, respond: () => undefined });
  };

  test('is not held to what the file of the controller says', () => {
    const cluster = untold(1);
    const atVersion2 = shrink(cluster, [1, 2], 2);
    raise(cluster);
    const afterwards = shrink(cluster, [1], 2);

    expect(codesOf(atVersion2.partitions)).toEqual(['NONE']);
    expect(codesOf(afterwards.partitions)).toEqual(['NONE']);
  });

  test('has nobody eligible beside it that it may commit without', () => {
    const cluster = untold(2);
    raise(cluster);

    for (const brokerId of [3, 2]) cluster.fence(brokerId);

    expect(cluster.partition('t')).toMatchObject({ leader: 1, isr: [1], elr: [] });
  });

  test('is held to its own file from its next heartbeat on', () => {
    const cluster = untold(1);
    cluster.beat(1, { minInsyncReplicas: 2, ackDurability: 'fsync' });
    const atVersion2 = cluster.image.brokers.get(1)?.minInsyncReplicas;
    raise(cluster);
    cluster.beat(1, { minInsyncReplicas: 2, ackDurability: 'fsync' });

    const byAnother = shrink(cluster, [1], 1);
    for (const brokerId of [3, 2]) cluster.fence(brokerId);

    expect(atVersion2).toBeUndefined();
    expect(codesOf(byAnother.partitions)).toEqual(['INELIGIBLE_REPLICA']);
    expect(cluster.partition('t')).toMatchObject({ leader: 1, isr: [1], elr: [2] });
  });
});
