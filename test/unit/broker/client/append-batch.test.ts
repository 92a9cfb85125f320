import { expect, test } from 'vitest';
import { appendBatch } from '../../../../src/broker/client/append-batch.ts';
import type { ClientContext } from '../../../../src/broker/client/context.ts';
import type { PreparedBatch, Recompressor } from '../../../../src/broker/client/recompressor.ts';
import type { ProduceOutcome } from '../../../../src/broker/replication/produce-outcome.ts';
import { batchOf, TestCluster, valuesOf } from '../harness/test-cluster.ts';

/** A line from which the test lets a batch go. */
class HeldLine implements Pick<Recompressor, 'holds' | 'take'> {
  readonly releases: Array<() => void> = [];

  holds(): boolean {
    return true;
  }

  take(_partition: unknown, batch: Uint8Array, onReady: (ready: PreparedBatch) => void): void {
    this.releases.push(() => onReady({ batch }));
  }
}

/** A batch waits at broker 1, the leader of two. */
const startHeld = async () => {
  const cluster = await TestCluster.start(2);
  cluster.controller.createTopic('t', [1, 2]);
  await cluster.run(100);
  const line = new HeldLine();
  const recompressor = line as unknown as Recompressor;
  const context: ClientContext = { ...cluster.broker(1).node.clientContext(), recompressor };
  const outcomes: ProduceOutcome[] = [];
  const request = { topicId: 't', partition: 0, acks: -1, timeoutMs: 1000 };
  appendBatch(context, { ...request, batch: batchOf(['first']) }, (outcome) => {
    outcomes.push(outcome);
  });
  const release = async (): Promise<void> => {
    for (const each of line.releases) each();
    await cluster.run(100);
  };
  return { cluster, outcomes, release };
};

test('a batch that waited for its compression is appended by the leader it came to', async () => {
  const { cluster, outcomes, release } = await startHeld();

  await release();

  expect(outcomes).toMatchObject([{ code: 'NONE', baseOffset: 0 }]);
  expect(valuesOf(cluster.broker(1).replica('t'))).toEqual(['first']);
});

test('a batch that waited while another broker led is not put behind what that took', async () => {
  const { cluster, outcomes, release } = await startHeld();
  cluster.controller.change('t', { leader: 2 });
  await cluster.run(100);
  cluster.produce(cluster.broker(2).replica('t'), batchOf(['second']));
  await cluster.run(100);
  cluster.controller.change('t', { leader: 1 });
  await cluster.run(100);
  expect(cluster.broker(1).replica('t').isLeader).toBe(true);

  await release();

  expect(outcomes).toMatchObject([{ code: 'NOT_LEADER_OR_FOLLOWER' }]);
  expect(valuesOf(cluster.broker(1).replica('t'))).toEqual(['second']);
  cluster.expectHealthy();
});

/** A batch has come to broker 2, which is to lead and waits for its disk. */
const startElected = async () => {
  const cluster = await TestCluster.start(2);
  cluster.controller.createTopic('t', [1, 2]);
  await cluster.run(100);
  const { disk, node } = cluster.broker(2);
  disk.holdSyncs();
  cluster.controller.change('t', { leader: 2 });
  await cluster.run(20);
  const outcomes: ProduceOutcome[] = [];
  for (const text of ['first', 'second']) {
    const request = { topicId: 't', partition: 0, acks: -1, timeoutMs: 1000 };
    appendBatch(node.clientContext(), { ...request, batch: batchOf([text]) }, (outcome) => {
      outcomes.push(outcome);
    });
  }
  return { cluster, disk, outcomes };
};

test('batches that come before the epoch of their leader is durable are appended right after', async () => {
  const { cluster, disk, outcomes } = await startElected();
  expect(outcomes).toEqual([]);

  disk.releaseSyncs();
  await cluster.run(100);

  expect(outcomes).toMatchObject([{ code: 'NONE' }, { code: 'NONE' }]);
  expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(['first', 'second']);
});

test('a batch that waits for an election is refused when another broker is to lead', async () => {
  const { cluster, disk, outcomes } = await startElected();

  cluster.controller.change('t', { leader: 1 });
  await cluster.run(20);

  expect(outcomes.map(({ code }) => code)).toEqual(Array(2).fill('NOT_LEADER_OR_FOLLOWER'));
  disk.releaseSyncs();
});

test('a batch waits for an election half a second at most', async () => {
  const { cluster, disk, outcomes } = await startElected();

  await cluster.run(600);

  expect(outcomes.map(({ code }) => code)).toEqual(Array(2).fill('NOT_LEADER_OR_FOLLOWER'));
  disk.releaseSyncs();
});
