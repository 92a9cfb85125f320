import { beforeEach, describe, expect, it } from 'vitest';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import type { TestBroker } from '../broker/harness/test-broker.ts';
import { SECOND_DIRECTORY } from '../broker/harness/test-broker.ts';
import { batchOf, TestCluster } from '../broker/harness/test-cluster.ts';
import type { Ask } from './ask.ts';
import { openKafkaClient } from './ask.ts';

const KAFKA_STORAGE_ERROR = 56;
/** Ids, and names as well; the second of the two goes to the second directory. */
const FIRST = 'AAAAAAAAAAAAAAAAAAAAAQ';
const OTHER = 'AAAAAAAAAAAAAAAAAAAAAg';

let cluster: TestCluster;
let broker: TestBroker;
let ask: Ask;

beforeEach(async () => {
  cluster = await TestCluster.start(2);
  broker = cluster.broker(1);
  broker.directories = ['/data', SECOND_DIRECTORY];
  broker.crash({ power: false });
  await broker.start();
  await cluster.run(500);
  for (const topic of [FIRST, OTHER]) {
    cluster.controller.createTopic(topic, [1, 2]);
    await cluster.run(50);
  }
  ask = openKafkaClient(cluster);
});

const dirs = async () => {
  const { results } = await ask(APIS.describeLogDirs, 4, { topics: null });
  return results.map(({ errorCode, logDir, topics }) => ({
    errorCode,
    logDir,
    topics: topics.map(({ name }) => name),
  }));
};

const failSecond = async (): Promise<void> => {
  const pathIncludes = `${SECOND_DIRECTORY}/`;
  broker.disk.failNext({ op: 'sync', pathIncludes, code: 'EIO', times: Infinity });
  cluster.produce(broker.replica(OTHER), batchOf(['a']));
  await cluster.run(100);
};

describe('DescribeLogDirs of a broker with two directories', () => {
  it('tells which replicas are in which', async () => {
    expect(await dirs()).toEqual([
      { errorCode: 0, logDir: '/data', topics: [FIRST] },
      { errorCode: 0, logDir: SECOND_DIRECTORY, topics: [OTHER] },
    ]);
  });

  it('has KAFKA_STORAGE_ERROR for one that failed, with nothing in it', async () => {
    await failSecond();

    expect(await dirs()).toEqual([
      { errorCode: 0, logDir: '/data', topics: [FIRST] },
      { errorCode: KAFKA_STORAGE_ERROR, logDir: SECOND_DIRECTORY, topics: [] },
    ]);
  });
});

describe('a replica whose directory is offline', () => {
  /** What the controller would tell. */
  const tell = (): void => {
    const replicas = [{ topicId: OTHER, partition: 0 }];
    const { knownOffline } = broker.node.clientContext();
    knownOffline.take({ brokers: [{ brokerId: 1, directories: [], replicas }] });
  };

  it('is offline in Metadata and DescribeTopicPartitions, though its broker is in service', async () => {
    const topics = [FIRST, OTHER].map((name) => ({ name }));
    const offlineOf = async (): Promise<unknown[]> => {
      const flags = { includeTopicAuthorizedOperations: false, allowAutoTopicCreation: false };
      const metadata = await ask(APIS.metadata, 12, {
        topics: topics.map(({ name: topicId }) => ({ topicId, name: topicId })),
        ...flags,
        includeClusterAuthorizedOperations: false,
      });
      const page = { topics, responsePartitionLimit: 10, cursor: null };
      const described = await ask(APIS.describeTopicPartitions, 0, page);
      return [...metadata.topics, ...described.topics].map(({ partitions }) =>
        partitions.flatMap(({ offlineReplicas }) => offlineReplicas),
      );
    };
    const before = await offlineOf();

    tell();

    expect(before).toEqual([[], [], [], []]);
    expect(await offlineOf()).toEqual([[], [1], [], [1]]);
  });
});
