import { expect, it } from 'vitest';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { batchOf, TestCluster } from '../broker/harness/test-cluster.ts';
import { changed } from '../record/batches.ts';
import { openKafkaClient } from './ask.ts';

/** Kafka's, asked for instead of a time. */
const MAX_TIMESTAMP = -3;

const firstAfter = async (cluster: TestCluster, timestamp: number) => {
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0, timestamp }] }];
  const body = { replicaId: -1, isolationLevel: 0, topics };
  const answer = await openKafkaClient(cluster)(APIS.listOffsets, 7, body);
  return answer.topics[0]?.partitions[0];
};

it('a search by time finds a record whose time is beyond what can be told', async () => {
  const cluster = await TestCluster.start(1);
  cluster.controller.createTopic('t', [1]);
  await cluster.run(50);
  const nowMs = cluster.clock.wallMs();
  const sent = changed(batchOf(['a']), (view) => {
    view.writeBigInt64BE(BigInt(Number.MAX_SAFE_INTEGER), 27);
    view.writeBigInt64BE(BigInt(nowMs), 35);
    // The timestamp delta of the first record, zigzagged: 5.
    view.writeUInt8(10, 63);
  });
  cluster.produce(cluster.broker(1).replica('t'), sent);
  await cluster.run(50);

  const found = await firstAfter(cluster, nowMs - 1);

  expect(found).toMatchObject({ offset: 0, timestamp: Number.MAX_SAFE_INTEGER });
});

it('the offset of the newest time is that of its record, which need not be the last', async () => {
  const cluster = await TestCluster.start(1);
  cluster.controller.createTopic('t', [1]);
  await cluster.run(50);
  for (const timestampMs of [1000, 3000, 2000]) {
    const sent = changed(batchOf(['a']), (view) => {
      view.writeBigInt64BE(BigInt(timestampMs), 27);
      view.writeBigInt64BE(BigInt(timestampMs), 35);
    });
    cluster.produce(cluster.broker(1).replica('t'), sent);
  }
  await cluster.run(50);

  const found = await firstAfter(cluster, MAX_TIMESTAMP);

  expect(found).toMatchObject({ errorCode: 0, offset: 1, timestamp: 3000 });
});
