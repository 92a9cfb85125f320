import { expect, it } from 'vitest';
import { kafkaHandlers } from '../../../src/kafka/api/handlers.ts';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { decodeRequest, encodeRequest } from '../../../src/kafka/wire/request.ts';
import { decodeResponse, encodeResponse } from '../../../src/kafka/wire/response.ts';
import { batchOf, TestCluster } from '../broker/harness/test-cluster.ts';
import { changed } from '../record/batches.ts';

const SIZE_BYTES = 4;
const api = APIS.listOffsets;

/** What broker 1 answers, through the bytes of question and answer. */
const firstAfter = async (cluster: TestCluster, timestamp: number) => {
  const { node } = cluster.broker(1);
  const handler = kafkaHandlers({
    broker: node.clientContext(),
    random: cluster.random,
    partitions: () => node.replicas.partitions(),
    brokerSettings: [],
    logDir: '/data',
  }).find(({ api: { key } }) => key === api.key);
  const head = { apiVersion: 7, correlationId: 1 };
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0, timestamp }] }];
  const body = { replicaId: -1, isolationLevel: 0, topics };
  const frame = Buffer.concat(encodeRequest(api, { ...head, clientId: 'c', body }));
  const request = decodeRequest(api, frame.subarray(SIZE_BYTES));
  const answer = await handler?.handle({ ...request, peer: '10.0.0.1:555', onGone: () => {} });
  const bytes = Buffer.concat(encodeResponse(api, head, answer as { topics: [] }));
  return decodeResponse(api, head.apiVersion, bytes.subarray(SIZE_BYTES)).body.topics[0]
    ?.partitions[0];
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
