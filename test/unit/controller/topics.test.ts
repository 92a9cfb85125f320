import { describe, expect, test } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import { errorNumber } from '../../../src/base/errors.ts';
import { validateTopicName } from '../../../src/base/topic-name.ts';
import {
  decideCreatePartitions,
  decideCreateTopics,
  decideDeleteTopics,
} from '../../../src/controller/topics.ts';
import type { NewTopic, TopicGrowth, TopicResult } from '../../../src/gen/ottla.ts';
import { configResource } from '../../../src/metadata/image.ts';
import { noOpRecord } from '../../../src/metadata/records.ts';
import { codesOf, LIMITS, newTopic, TestCluster } from './fixtures.ts';

const create = (
  cluster: TestCluster,
  topics: readonly NewTopic[],
  validateOnly = false,
): readonly TopicResult[] => {
  const topicIds = topics.map(({ name }, place) => `id-${name}${place === 0 ? '' : place}`);
  const request = { topics, validateOnly };
  const context = { limits: LIMITS, topicIds, placementSeed: 0, nowMs: 0 };
  return cluster.run(decideCreateTopics(cluster.image, request, context)).topics;
};

const grow = (cluster: TestCluster, ...topics: TopicGrowth[]): readonly TopicResult[] =>
  cluster.run(
    decideCreatePartitions(
      cluster.image,
      { topics, validateOnly: false },
      { limits: LIMITS, placementSeed: 0, nowMs: 0 },
    ),
  ).topics;

describe('a topic name', () => {
  test.each(['a', 'A.b_c-9', 'x'.repeat(249), '...', '__internal'])('may be %s', (name) => {
    expect(validateTopicName(name)).toBeUndefined();
  });

  test.each(['', '.', '..', 'a b', 'a/b', 'é', 'a\n', 'x'.repeat(250)])('may not be %j', (name) => {
    expect(validateTopicName(name)).toMatch(/topic/);
  });
});

describe('creating topics', () => {
  test('places the replicas, with the first of each in the lead and all in sync', () => {
    const cluster = TestCluster.withBrokers(3);

    const [result] = create(cluster, [newTopic('t', { partitions: 2, replicationFactor: 3 })]);

    expect(result).toMatchObject({ topicId: 'id-t', partitions: 2, replicationFactor: 3 });
    for (const partition of [0, 1]) {
      const { replicas, isr, leader, directories } = cluster.partition('t', partition);
      expect(replicas).toHaveLength(3);
      expect(isr).toEqual(replicas);
      expect(leader).toBe(replicas[0]);
      expect(directories).toEqual(replicas.map((brokerId) => `dir-${brokerId}`));
    }
  });

  test.each([
    ['a.b', 'a_b'],
    ['a_b', 'a.b'],
    ['x.y_z', 'x_y.z'],
  ])('refuses after %s a topic %s, whose metrics would have the same names', (first, second) => {
    const cluster = TestCluster.withBrokers(1);
    create(cluster, [newTopic(first)]);

    const [result] = create(cluster, [newTopic(second)]);

    expect(codesOf([must(result, 'one topic has one result')])).toEqual(['INVALID_TOPIC']);
    expect(result?.errorMessage).toContain(`${second} collides with ${first}`);
    expect(cluster.image.topicIdsByName.has(second)).toBe(false);
  });

  test('refuses the second of two in one request whose metrics would have the same names', () => {
    const cluster = TestCluster.withBrokers(1);

    const results = create(cluster, [newTopic('a.b'), newTopic('a_b')]);

    expect(codesOf(results)).toEqual(['NONE', 'INVALID_TOPIC']);
  });

  test('refuses a name that collides with the topic the cluster makes for groups', () => {
    const cluster = TestCluster.withBrokers(1);

    const results = create(cluster, [newTopic('__consumer.offsets')]);

    expect(codesOf(results)).toEqual(['INVALID_TOPIC']);
  });

  test('allows names that differ in more than . and _', () => {
    const cluster = TestCluster.withBrokers(1);

    const results = create(cluster, [
      newTopic('a.b'),
      newTopic('ab'),
      newTopic('a-b'),
      newTopic('a.b_c'),
    ]);

    expect(codesOf(results)).toEqual(['NONE', 'NONE', 'NONE', 'NONE']);
  });

  test('takes the defaults of the cluster for counts of -1', () => {
    const cluster = TestCluster.withBrokers(1);

    const [result] = create(cluster, [newTopic('t')]);

    expect(result).toMatchObject({ partitions: 1, replicationFactor: 1 });
  });

  test('keeps the settings with the topic', () => {
    const cluster = TestCluster.withBrokers(1);

    create(cluster, [newTopic('t', { configs: new Map([['retention.ms', '1000']]) })]);

    const values = cluster.image.configs.get(configResource('topic', 'id-t'));
    expect(values).toEqual(new Map([['retention.ms', '1000']]));
  });

  test('places nothing on fenced brokers and those that shut down', () => {
    const cluster = TestCluster.withBrokers(3);
    cluster.fence(1);
    cluster.beat(2, { wantShutdown: true });

    create(cluster, [newTopic('t', { partitions: 3, replicationFactor: 1 })]);

    expect([0, 1, 2].map((number) => cluster.partition('t', number).replicas)).toEqual([
      [3],
      [3],
      [3],
    ]);
  });

  test('on named brokers counts in sync only those that are up', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.fence(1);

    const [result] = create(cluster, [
      newTopic('t', { assignments: [{ partition: 0, replicas: [1, 2] }] }),
    ]);

    expect(result?.errorCode).toBe(0);
    expect(cluster.partition('t')).toMatchObject({ replicas: [1, 2], isr: [2], leader: 2 });
  });

  test.each<[string, string, Partial<NewTopic>]>([
    ['INVALID_TOPIC', 'a bad name', { name: 'a b' }],
    ['TOPIC_ALREADY_EXISTS', 'a name in use', { name: 'old' }],
    ['INVALID_PARTITIONS', 'no partitions', { partitions: 0 }],
    ['INVALID_PARTITIONS', 'a negative count', { partitions: -2 }],
    ['INVALID_PARTITIONS', 'more partitions than allowed', { partitions: 101 }],
    ['INVALID_REPLICATION_FACTOR', 'no replicas', { replicationFactor: 0 }],
    ['INVALID_REPLICATION_FACTOR', 'more replicas than brokers', { replicationFactor: 3 }],
    ['INVALID_CONFIG', 'an unknown setting', { configs: new Map([['colour', 'red']]) }],
    ['INVALID_CONFIG', 'a bad value', { configs: new Map([['retention.ms', 'x']]) }],
    [
      'INVALID_REQUEST',
      'counts beside assignments',
      { partitions: 1, assignments: [{ partition: 0, replicas: [1] }] },
    ],
    [
      'INVALID_REPLICA_ASSIGNMENT',
      'a gap between partitions',
      { assignments: [1].map((partition) => ({ partition, replicas: [1] })) },
    ],
    [
      'INVALID_REPLICA_ASSIGNMENT',
      'a partition twice',
      { assignments: [0, 0].map((partition) => ({ partition, replicas: [1] })) },
    ],
    [
      'INVALID_REPLICA_ASSIGNMENT',
      'an empty list of replicas',
      { assignments: [{ partition: 0, replicas: [] }] },
    ],
    [
      'INVALID_REPLICA_ASSIGNMENT',
      'a broker twice',
      { assignments: [{ partition: 0, replicas: [1, 1] }] },
    ],
    [
      'INVALID_REPLICA_ASSIGNMENT',
      'an unknown broker',
      { assignments: [{ partition: 0, replicas: [9] }] },
    ],
    [
      'INVALID_REPLICA_ASSIGNMENT',
      'uneven lists',
      {
        assignments: [
          { partition: 0, replicas: [1] },
          { partition: 1, replicas: [1, 2] },
        ],
      },
    ],
  ])('is refused with %s for %s', (expected, _what, overrides) => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('old', [[1]]);
    const before = cluster.image;

    const results = create(cluster, [newTopic('t', overrides)]);

    expect(codesOf(results)).toEqual([expected]);
    expect(cluster.image).toBe(before);
  });

  test('on named brokers of which none is up is refused', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.fence(1);

    const results = create(cluster, [
      newTopic('t', { assignments: [{ partition: 0, replicas: [1] }] }),
    ]);

    expect(codesOf(results)).toEqual(['INVALID_REPLICA_ASSIGNMENT']);
  });

  test('refuses a name given twice and creates the others', () => {
    const cluster = TestCluster.withBrokers(1);

    const results = create(cluster, [newTopic('b'), newTopic('t'), newTopic('b')]);

    expect(codesOf(results)).toEqual(['INVALID_REQUEST', 'NONE', 'INVALID_REQUEST']);
  });

  test('changes nothing when it is only to be validated', () => {
    const cluster = TestCluster.withBrokers(1);
    const before = cluster.image;

    const results = create(cluster, [newTopic('t')], true);

    expect(codesOf(results)).toEqual(['NONE']);
    expect(cluster.image).toBe(before);
  });
});

describe('deleting topics', () => {
  test('removes the topic and its settings', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]], { 'retention.ms': '5' });

    cluster.run(
      decideDeleteTopics(cluster.image, { names: ['t'], topicIds: [], validateOnly: false }),
    );

    expect(cluster.image.topics.size).toBe(0);
    expect(cluster.image.topicIdsByName.size).toBe(0);
    expect(cluster.image.configs.size).toBe(0);
  });

  test('of an unknown name, or of one name again, is refused', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);

    const request = { names: ['x', 't', 't'], topicIds: [], validateOnly: false };
    const { topics } = cluster.run(decideDeleteTopics(cluster.image, request));

    expect(codesOf(topics)).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
  });

  test('by the id of one that has gone leaves the one that bears its name now', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);
    const gone = 'an-older-id';

    const request = { names: [], topicIds: [gone], validateOnly: false };
    const { topics } = cluster.run(decideDeleteTopics(cluster.image, request));

    const errorCode = errorNumber('UNKNOWN_TOPIC_ID');
    expect(topics).toMatchObject([{ name: '', topicId: gone, errorCode }]);
    expect(cluster.image.topicIdsByName.has('t')).toBe(true);
  });

  test('that is only looked up tells the id and deletes nothing', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);
    const topicId = cluster.image.topicIdsByName.get('t');

    const request = { names: ['t', 'x'], topicIds: [], validateOnly: true };
    const { topics } = cluster.run(decideDeleteTopics(cluster.image, request));

    expect(topics).toMatchObject([{ name: 't', topicId }, { name: 'x' }]);
    expect(codesOf(topics)).toEqual(['NONE', 'UNKNOWN_TOPIC_OR_PARTITION']);
    expect(cluster.image.topicIdsByName.get('t')).toBe(topicId);
  });

  test.each([
    ['told which one it is', { names: ['t'], topicIds: [], validateOnly: true }],
    ['refused', { names: ['x'], topicIds: ['x'], validateOnly: false }],
  ])('is %s only after a majority has followed', (_what, request) => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);

    const { records } = decideDeleteTopics(cluster.image, request);

    expect(records).toEqual([noOpRecord()]);
  });

  test('frees the name for a topic with another id', () => {
    const cluster = TestCluster.withBrokers(1);
    cluster.createTopic('t', [[1]]);
    cluster.run(
      decideDeleteTopics(cluster.image, { names: ['t'], topicIds: [], validateOnly: false }),
    );

    create(cluster, [newTopic('x'), newTopic('t')]);

    expect(cluster.image.topicIdsByName.get('t')).toBe('id-t1');
  });
});

describe('adding partitions', () => {
  test('keeps the old ones and gives the new ones as many replicas', () => {
    const cluster = TestCluster.withBrokers(3);
    cluster.createTopic('t', [[1, 2]]);
    const before = cluster.partition('t', 0);

    const results = grow(cluster, { name: 't', totalPartitions: 3, assignments: [] });

    expect(results[0]).toMatchObject({ errorCode: 0, partitions: 3 });
    expect(cluster.partition('t', 0)).toBe(before);
    expect(cluster.partition('t', 2).replicas).toHaveLength(2);
  });

  test('follows an explicit placement', () => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1, 2]]);

    const assignments = [{ partition: 1, replicas: [2, 1] }];
    grow(cluster, { name: 't', totalPartitions: 2, assignments });

    expect(cluster.partition('t', 1)).toMatchObject({ replicas: [2, 1], leader: 2 });
  });

  test.each<[string, string, Partial<TopicGrowth>]>([
    ['UNKNOWN_TOPIC_OR_PARTITION', 'an unknown topic', { name: 'x' }],
    ['INVALID_PARTITIONS', 'as many as there are', { totalPartitions: 1 }],
    ['INVALID_PARTITIONS', 'more than allowed', { totalPartitions: 101 }],
    ['INVALID_PARTITIONS', 'the topic of groups', { name: '__consumer_offsets' }],
    [
      'INVALID_REPLICA_ASSIGNMENT',
      'an assignment of a partition there is',
      { assignments: [{ partition: 0, replicas: [1] }] },
    ],
    [
      'INVALID_REPLICA_ASSIGNMENT',
      'another number of replicas',
      { assignments: [{ partition: 1, replicas: [1, 2] }] },
    ],
  ])('is refused with %s for %s', (expected, _what, overrides) => {
    const cluster = TestCluster.withBrokers(2);
    cluster.createTopic('t', [[1]]);
    cluster.createTopic('__consumer_offsets', [[1]]);

    const results = grow(cluster, {
      name: 't',
      totalPartitions: 2,
      assignments: [],
      ...overrides,
    });

    expect(codesOf(results)).toEqual([expected]);
  });
});
