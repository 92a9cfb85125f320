import { describe, expect, it } from 'vitest';
import { errorNumber } from '../../../src/base/errors.ts';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { TOPIC_CONFIGS } from '../../../src/metadata/topic-configs.ts';
import { batchOf, TestCluster } from '../broker/harness/test-cluster.ts';
import { openKafkaClient } from './ask.ts';

/** Kafka's numbers: of a resource, and of where a setting comes from. */
const OF_TOPIC = 2;
const FROM_TOPIC = 1;
const FROM_DEFAULT = 5;

const oneBroker = async (configs: Record<string, string> = {}): Promise<TestCluster> => {
  const cluster = await TestCluster.start(1);
  cluster.controller.createTopic('t', [1], { configs });
  await cluster.run(50);
  return cluster;
};

describe('a topic that a Kafka client asks for and nobody made', () => {
  const asked = { topics: [{ name: 'new' }], allowAutoTopicCreation: true };

  // Later ones tell ids, which the controller of these tests makes of names.
  it.each([4, 8, 9])('is made by Metadata %d', async (v) => {
    const ask = openKafkaClient(await oneBroker());

    const { topics } = await ask(APIS.metadata, v, asked);

    expect(topics).toMatchObject([{ name: 'new', errorCode: 0, partitions: [{ leaderId: 1 }] }]);
  });

  it.each([
    ['the client wants none', { ...asked, allowAutoTopicCreation: false }, true],
    ['auto.create.topics.enable is false', asked, false],
  ])('is not made where %s', async (_why, body, autoCreateTopicsEnable) => {
    const cluster = await oneBroker();
    const ask = openKafkaClient(cluster, { config: { autoCreateTopicsEnable } });

    const { topics } = await ask(APIS.metadata, 12, body);

    const errorCode = errorNumber('UNKNOWN_TOPIC_OR_PARTITION');
    expect(topics).toMatchObject([{ name: 'new', errorCode, partitions: [] }]);
  });
});

describe('DescribeConfigs', () => {
  it('tells each setting of a topic, its type, its default and where its value comes from', async () => {
    const ask = openKafkaClient(await oneBroker({ 'retention.ms': '60000' }));
    const resource = { resourceType: OF_TOPIC, resourceName: 't', configurationKeys: null };

    const { results } = await ask(APIS.describeConfigs, 4, {
      resources: [resource],
      includeSynonyms: true,
      includeDocumentation: true,
    });

    const configs = results[0]?.configs ?? [];
    expect(configs.map(({ name }) => name)).toEqual(TOPIC_CONFIGS.map(({ key }) => key));
    expect(configs.every(({ documentation }) => documentation !== null)).toBe(true);
    const told = new Map(
      configs.map(({ name, value, configSource, configType, synonyms }) => [
        name,
        [value, configSource, configType, synonyms?.at(-1)?.value],
      ]),
    );
    expect(Object.fromEntries(told)).toEqual({
      'ack.durability': ['fsync', FROM_DEFAULT, 2, 'fsync'],
      'cleanup.policy': ['delete', FROM_DEFAULT, 7, 'delete'],
      'compression.type': ['producer', FROM_DEFAULT, 2, 'producer'],
      'dedup.window.ms': ['0', FROM_DEFAULT, 5, '0'],
      'delay.enable': ['false', FROM_DEFAULT, 1, 'false'],
      'delete.retention.ms': ['86400000', FROM_DEFAULT, 5, '86400000'],
      'index.interval.bytes': ['4096', FROM_DEFAULT, 3, '4096'],
      'max.compaction.lag.ms': ['9223372036854775807', FROM_DEFAULT, 5, '9223372036854775807'],
      'max.message.bytes': ['1048588', FROM_DEFAULT, 3, '1048588'],
      'message.timestamp.after.max.ms': ['3600000', FROM_DEFAULT, 5, '3600000'],
      'message.timestamp.before.max.ms': [
        '9223372036854775807',
        FROM_DEFAULT,
        5,
        '9223372036854775807',
      ],
      'message.timestamp.type': ['CreateTime', FROM_DEFAULT, 2, 'CreateTime'],
      'min.cleanable.dirty.ratio': ['0.5', FROM_DEFAULT, 6, '0.5'],
      'min.compaction.lag.ms': ['0', FROM_DEFAULT, 5, '0'],
      'min.insync.replicas': ['1', FROM_DEFAULT, 3, '1'],
      'retention.bytes': ['-1', FROM_DEFAULT, 5, '-1'],
      'retention.ms': ['60000', FROM_TOPIC, 5, '604800000'],
      'segment.bytes': ['1073741824', FROM_DEFAULT, 3, '1073741824'],
      'segment.ms': ['604800000', FROM_DEFAULT, 5, '604800000'],
      'unclean.leader.election.enable': ['false', FROM_DEFAULT, 1, 'false'],
    });
  });
});

describe('CreatePartitions', () => {
  it.each(
    [0, 1, 2, 3].flatMap((version): [number, string, number][] => [
      [version, 'fewer', 2],
      [version, 'no more', 3],
    ]),
  )('%d to %s partitions is refused with the remedy', async (version, _what, count) => {
    const cluster = await oneBroker();
    const ask = openKafkaClient(cluster);
    const growth = (to: number) => ({
      topics: [{ name: 't', count: to, assignments: null }],
      timeoutMs: 1000,
      validateOnly: false,
    });
    await ask(APIS.createPartitions, version, growth(3));

    const { results } = await ask(APIS.createPartitions, version, growth(count));

    expect(results).toMatchObject([
      {
        name: 't',
        errorCode: errorNumber('INVALID_PARTITIONS'),
        errorMessage:
          'topic t has 3 partitions, and they can only become more: ask for 4 or more, or create ' +
          'another topic where fewer are wanted',
      },
    ]);
    expect(cluster.controller.image.topics.get('t')?.partitions).toHaveLength(3);
  });
});

describe('a transactional.id', () => {
  it('is refused by Produce with the reason', async () => {
    const ask = openKafkaClient(await oneBroker());

    const { responses } = await ask(APIS.produce, 9, {
      transactionalId: 'x',
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf(['a']) }] }],
    });

    expect(responses[0]?.partitionResponses).toMatchObject([
      {
        errorCode: errorNumber('INVALID_REQUEST'),
        baseOffset: -1,
        errorMessage: 'transactions are not served: leave out transactional.id',
      },
    ]);
  });

  it('gets no producer id', async () => {
    const ask = openKafkaClient(await oneBroker());

    const answer = await ask(APIS.initProducerId, 4, {
      transactionalId: 'x',
      transactionTimeoutMs: 1000,
    });

    const errorCode = errorNumber('INVALID_REQUEST');
    expect(answer).toMatchObject({ errorCode, producerId: -1, producerEpoch: -1 });
  });
});

describe('what a leader remembers', () => {
  const produced = async (cluster: TestCluster): Promise<void> => {
    const numbered = { producerId: 7, producerEpoch: 2, baseSequence: 0 };
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a', 'b'], numbered));
    await cluster.run(50);
  };

  it('of its producers is told by DescribeProducers', async () => {
    const cluster = await oneBroker();
    await produced(cluster);

    const asked = { topics: [{ name: 't', partitionIndexes: [0, 5] }] };
    const { topics } = await openKafkaClient(cluster)(APIS.describeProducers, 0, asked);

    expect(topics[0]?.partitions).toMatchObject([
      {
        errorCode: 0,
        activeProducers: [
          { producerId: 7, producerEpoch: 2, lastSequence: 1, currentTxnStartOffset: -1 },
        ],
      },
      { errorCode: errorNumber('UNKNOWN_TOPIC_OR_PARTITION'), activeProducers: [] },
    ]);
  });

  it.each([2, 3, 4])('of its epochs is told to consumers by OffsetForLeaderEpoch %d', async (v) => {
    const cluster = await oneBroker();
    await produced(cluster);
    const leaderEpoch = cluster.broker(1).replica('t').core.leaderEpoch;
    const of = (epoch: number) => ({ partition: 0, currentLeaderEpoch: -1, leaderEpoch: epoch });

    const { topics } = await openKafkaClient(cluster)(APIS.offsetForLeaderEpoch, v, {
      replicaId: -1,
      topics: [{ topic: 't', partitions: [of(leaderEpoch), of(leaderEpoch + 1)] }],
    });

    expect(topics[0]?.partitions).toMatchObject([
      { errorCode: 0, leaderEpoch, endOffset: 2 },
      { errorCode: 0, leaderEpoch: -1, endOffset: -1 },
    ]);
  });
});
