import { expect, test } from 'vitest';
import { describeReplicaEnds } from '../../../src/broker/replication/replica-ends.ts';
import type { MetadataRecord } from '../../../src/gen/ottla.ts';
import { batchOf } from './harness/test-cluster.ts';
import { threeReplicas } from './harness/three-replicas.ts';

const minimum = (value: string): MetadataRecord => ({
  kind: 'config',
  value: { resourceType: 'topic', resource: 't', key: 'min.insync.replicas', value },
});

/** Broker 1 leads, with a record that nobody else has, and hears of no metadata for now. */
const alone = async (minInsyncReplicas: string) => {
  const cluster = await threeReplicas({ 'min.insync.replicas': minInsyncReplicas });
  const old = cluster.broker(1).replica('t');
  cluster.network.cut('b1', 'b2');
  cluster.network.cut('b1', 'b3');
  cluster.produce(old, batchOf(['x']), { acks: 1 });
  await cluster.run(30);
  return { cluster, old };
};

test('what comes with one image: nobody commits by an old minimum in a set smaller than the new', async () => {
  const { cluster, old } = await alone('1');
  cluster.controller.hold('b1');
  cluster.controller.commit([minimum('2')]);
  for (const brokerId of [2, 3]) {
    cluster.broker(brokerId).crash({ power: false });
    cluster.controller.fence(brokerId);
  }
  cluster.controller.change('t', { isr: [1] });

  cluster.controller.release('b1');
  await cluster.run(30);

  expect(old.core.committedIsr).toEqual([1]);
  expect(old.highWatermark).toBe(0);
});

test('what comes with one image: nobody commits by a new minimum who was deposed before it', async () => {
  const { cluster, old } = await alone('2');
  for (const brokerId of [2, 3]) {
    cluster.broker(brokerId).crash({ power: false });
    cluster.controller.fence(brokerId);
  }
  cluster.controller.change('t', { isr: [1] });
  await cluster.run(30);
  cluster.controller.hold('b1');
  cluster.controller.change('t', { leader: 2, isr: [2] });
  cluster.controller.commit([minimum('1')]);

  cluster.controller.release('b1');
  await cluster.run(30);

  expect(old.isLeader).toBe(false);
  expect(old.highWatermark).toBe(0);
});

test('where a replica ends is told with the epoch of its newest record', async () => {
  const cluster = await threeReplicas();
  cluster.produce(cluster.broker(1).replica('t'), batchOf(['a', 'b']));
  await cluster.run(30);
  cluster.controller.change('t', { leader: 2, isr: [1, 2, 3] });
  await cluster.run(50);

  const replicas = [{ topicId: 't', partition: 0 }];
  const partitionAt = () => cluster.broker(2).replica('t');
  const { ends } = describeReplicaEnds({ replicas }, { brokerEpoch: 7, partitionAt });

  expect(cluster.broker(2).replica('t').log.latestEpoch()).toBe(1);
  expect(ends).toEqual([
    {
      topicId: 't',
      partition: 0,
      lastEpoch: 0,
      logStartOffset: 0,
      logEndOffset: 2,
      flushedOffset: 2,
      highWatermark: 2,
    },
  ]);
});
