import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/base/errors.ts';
import { errorNumber } from '../../../src/base/errors.ts';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { NO_UUID } from '../../../src/kafka/wire/codec.ts';
import { configResource } from '../../../src/metadata/image.ts';
import { registerBrokerRecord } from '../../../src/metadata/records.ts';
import { TestCluster } from '../broker/harness/test-cluster.ts';
import { registerRequest } from '../controller/fixtures.ts';
import { openKafkaClient } from './ask.ts';

/** A topic's id, as it must be to be sent; it is its name as well. */
const TOPIC = 'AAAAAAAAAAAAAAAAAAAAAQ';
const OF_TOPIC = 2;

/** No broker is the controller here; broker 2 is the one that is asked. */
const askedBroker = async () => {
  const cluster = await TestCluster.start(2);
  cluster.controller.createTopic(TOPIC, [1]);
  await cluster.run(50);
  return { cluster, ask: openKafkaClient(cluster, { brokerId: 2 }) };
};

const configsOf = ({ controller }: TestCluster) =>
  controller.image.configs.get(configResource('topic', TOPIC));

const partitionOf = ({ controller }: TestCluster) =>
  controller.image.topics.get(TOPIC)?.partitions[0];

describe('a broker that is not the controller passes on', () => {
  it('CreateTopics', async () => {
    const { cluster, ask } = await askedBroker();

    const topic = { name: 'new', numPartitions: 1, replicationFactor: 1 };
    const { topics } = await ask(APIS.createTopics, 4, {
      topics: [{ ...topic, assignments: [], configs: [] }],
      timeoutMs: 1000,
      validateOnly: false,
    });

    expect(topics).toMatchObject([{ name: 'new', errorCode: 0 }]);
    expect(cluster.controller.image.topics.has('new')).toBe(true);
  });

  it.each([
    ['by name', 5, { topicNames: [TOPIC] }],
    ['by id', 6, { topics: [{ name: null, topicId: TOPIC }] }],
  ])('DeleteTopics %s', async (_how, version, named) => {
    const { cluster, ask } = await askedBroker();

    const asked = { topicNames: [], topics: [], timeoutMs: 1000, ...named };
    const { responses } = await ask(APIS.deleteTopics, version, asked);

    expect(responses).toMatchObject([{ name: TOPIC, errorCode: 0 }]);
    expect(cluster.controller.image.topics.has(TOPIC)).toBe(false);
  });

  it('DeleteTopics by an id that it knows no more than the controller, and says so', async () => {
    const { ask } = await askedBroker();
    const topicId = 'AAAAAAAAAAAAAAAAAAAAAg';

    const topics = [{ name: null, topicId }];
    const asked = { topicNames: [], topics, timeoutMs: 1000 };
    const { responses } = await ask(APIS.deleteTopics, 6, asked);

    const errorCode = errorNumber('UNKNOWN_TOPIC_ID');
    expect(responses).toMatchObject([{ name: null, topicId, errorCode }]);
  });

  it('DeleteTopics by name as one by id, which no later topic of that name has', async () => {
    const { cluster, ask } = await askedBroker();

    const asked = { topicNames: [TOPIC, 'no'], topics: [], timeoutMs: 1000 };
    const { responses } = await ask(APIS.deleteTopics, 5, asked);

    const changes = cluster.controller.deletions.filter(({ validateOnly }) => !validateOnly);
    expect(changes).toEqual([{ names: [], topicIds: [TOPIC], validateOnly: false }]);
    const errorCode = errorNumber('UNKNOWN_TOPIC_OR_PARTITION');
    expect(responses).toMatchObject([
      { name: TOPIC, errorCode: 0 },
      { name: 'no', errorCode },
    ]);
  });

  it.each([
    [1, { topicNames: [''] }],
    [5, { topicNames: [''] }],
    [6, { topics: [{ name: '', topicId: NO_UUID }] }],
  ])('DeleteTopics %i of an empty name, which no topic has', async (version, named) => {
    const { ask } = await askedBroker();

    const asked = { topicNames: [], topics: [], timeoutMs: 1000, ...named };
    const { responses } = await ask(APIS.deleteTopics, version, asked);

    const errorCode = errorNumber('UNKNOWN_TOPIC_OR_PARTITION');
    expect(responses).toMatchObject([{ name: '', errorCode }]);
  });

  it('no DeleteTopics by name and id at once, which may mean two topics', async () => {
    const { cluster, ask } = await askedBroker();
    const topicId = 'AAAAAAAAAAAAAAAAAAAAAg';

    const topics = [{ name: TOPIC, topicId }];
    const asked = { topicNames: [], topics, timeoutMs: 1000 };
    const { responses } = await ask(APIS.deleteTopics, 6, asked);

    const errorCode = errorNumber('INVALID_REQUEST');
    expect(responses).toMatchObject([{ name: TOPIC, topicId, errorCode }]);
    expect(cluster.controller.image.topics.has(TOPIC)).toBe(true);
  });

  it('AlterConfigs, which resets what it does not name', async () => {
    const { cluster, ask } = await askedBroker();
    const alter = (configs: { name: string; value: string }[]) =>
      ask(APIS.alterConfigs, 2, {
        resources: [{ resourceType: OF_TOPIC, resourceName: TOPIC, configs }],
        validateOnly: false,
      });
    await alter([
      { name: 'retention.ms', value: '1000' },
      { name: 'segment.ms', value: '500' },
    ]);
    expect(configsOf(cluster)).toEqual(
      new Map([
        ['retention.ms', '1000'],
        ['segment.ms', '500'],
      ]),
    );

    const { responses } = await alter([{ name: 'segment.ms', value: '600' }]);

    expect(responses).toMatchObject([{ resourceName: TOPIC, errorCode: 0 }]);
    expect(configsOf(cluster)).toEqual(new Map([['segment.ms', '600']]));
  });

  it('ElectLeaders, and tells what came of each partition', async () => {
    const { cluster, ask } = await askedBroker();
    cluster.controller.createTopic('led-by-2', [1, 2], { isr: [2, 1] });
    await cluster.run(50);
    const elect = () =>
      ask(APIS.electLeaders, 2, {
        electionType: 0,
        topicPartitions: [{ topic: 'led-by-2', partitions: [0, 7] }],
        timeoutMs: 1000,
      });
    const outcome = (code: ErrorCode) => [
      {
        topic: 'led-by-2',
        partitionResult: [
          { partitionId: 0, errorCode: errorNumber(code) },
          { partitionId: 7, errorCode: errorNumber('UNKNOWN_TOPIC_OR_PARTITION') },
        ],
      },
    ];

    const first = await elect();
    expect(first.replicaElectionResults).toMatchObject(outcome('NONE'));
    expect(cluster.controller.image.topics.get('led-by-2')?.partitions[0]?.leader).toBe(1);

    const again = await elect();
    expect(again.replicaElectionResults).toMatchObject(outcome('ELECTION_NOT_NEEDED'));
  });
});

describe('UnregisterBroker', () => {
  it('is passed on, and forgets a broker that is gone', async () => {
    const { cluster, ask } = await askedBroker();
    cluster.controller.commit([registerBrokerRecord(registerRequest(7))]);
    await cluster.run(50);

    const answer = await ask(APIS.unregisterBroker, 0, { brokerId: 7 });

    expect(answer).toMatchObject({ errorCode: 0, errorMessage: null });
    expect(cluster.controller.image.brokers.has(7)).toBe(false);
  });

  it.each<[string, number, ErrorCode, RegExp]>([
    ['is in service', 1, 'INVALID_REQUEST', /broker 1 is in service/],
    ['is not there', 9, 'BROKER_ID_NOT_REGISTERED', /broker 9 is not registered/],
  ])('says of a broker that %s why nothing is done', async (_, brokerId, code, message) => {
    const { ask } = await askedBroker();

    const answer = await ask(APIS.unregisterBroker, 0, { brokerId });

    expect(answer.errorCode).toBe(errorNumber(code));
    expect(answer.errorMessage).toMatch(message);
  });
});

describe('AlterPartitionReassignments', () => {
  const move = (replicas: number[] | null) => ({
    timeoutMs: 1000,
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, replicas }] }],
  });
  const result = (code: ErrorCode) => [
    { name: TOPIC, partitions: [{ partitionIndex: 0, errorCode: errorNumber(code) }] },
  ];

  it.each([0, 1])('%d begins a move, which is listed until it is cancelled', async (version) => {
    const { cluster, ask } = await askedBroker();
    const list = async () => {
      const answer = await ask(APIS.listPartitionReassignments, 0, { timeoutMs: 1000 });
      return answer.topics;
    };
    // The new replica does not get in sync, so that the move stays under way.
    cluster.controller.answerAlter = ({ topicId, partition }) => ({
      topicId,
      partition,
      errorCode: errorNumber('INELIGIBLE_REPLICA'),
      leader: -1,
      leaderEpoch: -1,
      isr: [],
      partitionEpoch: -1,
    });

    const begun = await ask(APIS.alterPartitionReassignments, version, move([2]));

    expect(begun.responses).toMatchObject(result('NONE'));
    const ongoing = { partitionIndex: 0, replicas: [2, 1], addingReplicas: [2] };
    expect(await list()).toEqual([
      { name: TOPIC, partitions: [{ ...ongoing, removingReplicas: [1] }] },
    ]);
    await ask(APIS.alterPartitionReassignments, version, move(null));
    expect(await list()).toEqual([]);
    const cancelled = await ask(APIS.alterPartitionReassignments, version, move(null));
    expect(cancelled.responses).toMatchObject(result('NO_REASSIGNMENT_IN_PROGRESS'));
  });

  it('1 refuses another number of replicas where it is not allowed', async () => {
    const { cluster, ask } = await askedBroker();

    const answer = await ask(APIS.alterPartitionReassignments, 1, {
      ...move([1, 2]),
      allowReplicationFactorChange: false,
    });

    expect(answer.allowReplicationFactorChange).toBe(false);
    expect(answer.responses).toMatchObject(result('INVALID_REPLICATION_FACTOR'));
    expect(partitionOf(cluster)?.replicas).toEqual([1]);
  });
});

it('DescribeTopicPartitions goes on from its cursor, over the end of a topic', async () => {
  const { cluster, ask } = await askedBroker();
  const other = 'AAAAAAAAAAAAAAAAAAAAAg';
  cluster.controller.createTopic(other, [1]);
  await cluster.run(50);
  await ask(APIS.createPartitions, 3, {
    topics: [{ name: TOPIC, count: 3, assignments: null }],
    timeoutMs: 1000,
    validateOnly: false,
  });
  type Cursor = { topicName: string; partitionIndex: number } | null;
  const pages: unknown[] = [];

  let cursor: Cursor = null;
  do {
    const answer = await ask(APIS.describeTopicPartitions, 0, {
      topics: [],
      responsePartitionLimit: 2,
      cursor,
    });
    pages.push(
      answer.topics.map(({ name, partitions }) => [
        name,
        partitions.map(({ partitionIndex }) => partitionIndex),
      ]),
    );
    cursor = answer.nextCursor as Cursor;
  } while (cursor !== null && pages.length < 5);

  expect(pages).toEqual([
    [[TOPIC, [0, 1]]],
    [
      [TOPIC, [2]],
      [other, [0]],
    ],
  ]);
});

it('DescribeTopicPartitions shows who is eligible to lead, and who may have forgotten', async () => {
  const { cluster, ask } = await askedBroker();
  const other = 'AAAAAAAAAAAAAAAAAAAAAg';
  cluster.controller.createTopic(other, [1, 2, 3]);
  const eligibility = { elr: [2], lastKnownElr: [3], lastKnownLeader: -1 };
  cluster.controller.change(other, { isr: [1], eligibility });
  await cluster.run(50);

  const { topics } = await ask(APIS.describeTopicPartitions, 0, {
    topics: [{ name: other }],
    responsePartitionLimit: 2,
    cursor: null,
  });

  const [partition] = topics[0]?.partitions ?? [];
  expect(partition).toMatchObject({
    isrNodes: [1],
    eligibleLeaderReplicas: [2],
    lastKnownElr: [3],
  });
});
