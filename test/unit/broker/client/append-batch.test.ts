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
