import { describe, expect, it } from 'vitest';
import { produceHandler } from '../../../src/kafka/api/produce.ts';
import { NO_ANSWER } from '../../../src/kafka/handler.ts';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { sentBatch } from '../broker/delayed/delayed-cluster.ts';
import { batchOf, TestCluster, valuesOf } from '../broker/harness/test-cluster.ts';
import { kafkaContextOf, openKafkaClient } from './ask.ts';

const damaged = (): Uint8Array => {
  const batch = batchOf(['a']);
  const last = batch.length - 1;
  batch[last] = (batch[last] ?? 0) ^ 1;
  return batch;
};

describe('a damaged batch that wants no answer', () => {
  // Where a topic compresses anew a batch waits its turn, and is refused after the request's handler.
  it.each(['producer', 'gzip'])(
    'is refused where compression.type=%s, and harms nobody',
    async (t) => {
      const cluster = await TestCluster.start(1);
      cluster.controller.createTopic('t', [1], { configs: { 'compression.type': t } });
      cluster.controller.createTopic('other', [1]);
      await cluster.run(50);
      const ask = openKafkaClient(cluster);
      const produce = (name: string, acks: number, records: Uint8Array) =>
        ask(APIS.produce, 9, {
          acks,
          timeoutMs: 1000,
          topicData: [{ name, partitionData: [{ index: 0, records }] }],
        });

      await expect(produce('t', 0, damaged())).rejects.toThrow(
        'a batch sent with acks=0 was not taken',
      );
      const { responses } = await produce('other', 1, batchOf(['b']));

      expect(responses[0]?.partitionResponses).toMatchObject([{ errorCode: 0, baseOffset: 0 }]);
    },
  );
});

it('a batch of repeats is answered with the offset of the first, one of both kinds with -1', async () => {
  const cluster = await TestCluster.start(1);
  cluster.controller.createTopic('t', [1], { configs: { 'dedup.window.ms': '60000' } });
  await cluster.run(50);
  const ask = openKafkaClient(cluster);
  const send = async (...ids: readonly string[]) => {
    const records = sentBatch(ids.map((id) => ({ value: id, headers: { 'message-id': id } })));
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
    const { responses } = await ask(APIS.produce, 9, { acks: -1, timeoutMs: 1000, topicData });
    const answer = responses[0]?.partitionResponses[0];
    return [answer?.errorCode, answer?.baseOffset];
  };

  const answers = [
    await send('a', 'b', 'c'),
    await send('b', 'c'),
    await send('b', 'd'),
    await send('c', 'b'),
    await send('d'),
  ];

  expect(answers).toEqual([
    [0, 0],
    [0, 1],
    [0, -1],
    [0, -1],
    [0, 4],
  ]);
});

it('a good batch with acks=0 is appended and never answered', async () => {
  const cluster = await TestCluster.start(1);
  cluster.controller.createTopic('t', [1]);
  await cluster.run(50);
  const topicData = [{ name: 't', partitionData: [{ index: 0, records: batchOf(['a']) }] }];

  const answer = produceHandler(kafkaContextOf(cluster)).handle({
    apiVersion: 9,
    clientId: 'c',
    body: { transactionalId: null, acks: 0, timeoutMs: 1000, topicData },
    peer: '10.0.0.1:555',
    onGone: () => {},
    onSent: () => {},
  });
  await cluster.run(50);

  expect(await answer).toBe(NO_ANSWER);
  expect(valuesOf(cluster.broker(1).replica('t'))).toEqual(['a']);
});
