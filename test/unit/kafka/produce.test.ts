import { describe, expect, it } from 'vitest';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { batchOf, TestCluster } from '../broker/harness/test-cluster.ts';
import { openKafkaClient } from './ask.ts';

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
