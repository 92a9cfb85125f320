import { describe, expect, test } from 'vitest';
import { errorNumber } from '../../../src/base/errors.ts';
import type { DeleteRecordsResult } from '../../../src/gen/ottla.ts';
import { ClientService } from '../../../src/gen/ottla.ts';
import { batchOf, TestCluster, valuesOf } from './harness/test-cluster.ts';

const TIMEOUT_MS = 2000;
/** In a batch. */
const LEADER_EPOCH_AT = 12;

/** Three replicas of `t`, led by broker 1, with ten records a batch each. */
const filled = async (configs: Record<string, string> = {}): Promise<TestCluster> => {
  const cluster = await TestCluster.start(3);
  cluster.controller.createTopic('t', [1, 2, 3], { configs });
  await cluster.run(50);
  for (let index = 0; index < 10; index += 1) {
    cluster.produce(cluster.broker(1).replica('t'), batchOf([`${index}`]));
  }
  await cluster.run(100);
  return cluster;
};

interface Deletion {
  readonly beforeOffset: number;
  readonly brokerId?: number;
  readonly timeoutMs?: number;
}

/** Asks for it and lets time pass; undefined while it is not answered. */
const deleteBefore = async (
  cluster: TestCluster,
  { beforeOffset, brokerId = 1, timeoutMs = TIMEOUT_MS }: Deletion,
  byMs = 200,
): Promise<() => DeleteRecordsResult | undefined> => {
  let result: DeleteRecordsResult | undefined;
  const { clientAddress } = cluster.broker(brokerId);
  const partitions = [{ topicId: 't', partition: 0, beforeOffset }];
  void cluster.client
    .call(clientAddress, ClientService.deleteRecords, {
      request: { partitions, timeoutMs },
      deadlineMs: 60_000,
    })
    .then((response) => {
      result = response.partitions[0];
    });
  await cluster.run(byMs);
  return () => result;
};

describe('deleting records', () => {
  test('takes them from every replica before it is answered', async () => {
    const cluster = await filled();

    const answer = await deleteBefore(cluster, { beforeOffset: 4 });

    expect(answer()).toMatchObject({ errorCode: 0, lowWatermark: 4 });
    for (const brokerId of [1, 2, 3]) {
      expect(cluster.broker(brokerId).replica('t').log.logStartOffset).toBe(4);
    }
    cluster.expectHealthy();
  });

  test('up to -1 takes all that is committed', async () => {
    const cluster = await filled();

    const answer = await deleteBefore(cluster, { beforeOffset: -1 });

    expect(answer()).toMatchObject({ errorCode: 0, lowWatermark: 10 });
  });

  test.each([-1, 1])(
    'up to %i is put off while a new leader does not know what is committed',
    async (beforeOffset) => {
      const cluster = await TestCluster.start(2);
      cluster.controller.createTopic('t', [2, 1]);
      await cluster.run(50);
      cluster.network.cut('b1', 'b2');
      const batch = batchOf(['x']);
      batch.fill(0, LEADER_EPOCH_AT, LEADER_EPOCH_AT + 4);
      cluster.broker(1).replica('t').log.appendAsFollower(batch, 0);
      await cluster.run(5);
      cluster.controller.change('t', { leader: 1, isr: [1, 2] });
      await cluster.run(20);

      const early = await deleteBefore(cluster, { beforeOffset });
      cluster.network.heal();
      await cluster.run(3000);
      const late = await deleteBefore(cluster, { beforeOffset });

      expect(early()).toMatchObject({ errorCode: errorNumber('OFFSET_NOT_AVAILABLE') });
      expect(late()).toMatchObject({ errorCode: 0, lowWatermark: 1 });
    },
  );

  test('within a batch lets a replica that has none of it begin there, and catch up', async () => {
    const cluster = await TestCluster.start(3);
    cluster.controller.createTopic('t', [1, 2, 3]);
    await cluster.run(50);
    for (const other of ['b1', 'b2']) cluster.network.cut(other, 'b3');
    cluster.controller.change('t', { isr: [1, 2] });
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['0', '1', '2', '3', '4']));
    await cluster.run(100);
    await deleteBefore(cluster, { beforeOffset: 3 });

    cluster.network.heal();
    await cluster.run(3000);

    const { log } = cluster.broker(3).replica('t');
    expect([log.logStartOffset, log.logEndOffset]).toEqual([3, 5]);
    cluster.expectHealthy();
  });

  test('stays done when power goes the moment it is answered', async () => {
    const cluster = await filled();
    const answer = await deleteBefore(cluster, { beforeOffset: 4 }, 0);
    while (answer() === undefined) await cluster.run(1);

    cluster.broker(1).crash({ power: true });
    await cluster.broker(1).start();
    await cluster.run(10);

    expect(cluster.broker(1).logs.get('t', 0)?.logStartOffset).toBe(4);
  });

  test('below what is left already changes nothing and is answered at once', async () => {
    const cluster = await filled();
    await deleteBefore(cluster, { beforeOffset: 6 });

    const answer = await deleteBefore(cluster, { beforeOffset: 3 }, 20);

    expect(answer()).toMatchObject({ errorCode: 0, lowWatermark: 6 });
    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual(['6', '7', '8', '9']);
  });

  test('waits for a follower that lives, up to its time', async () => {
    const cluster = await filled();
    cluster.network.cut('b2', 'b1');

    const answer = await deleteBefore(cluster, { beforeOffset: 4 }, 1000);
    const early = answer();
    await cluster.run(TIMEOUT_MS);

    expect(early).toBeUndefined();
    expect(answer()).toMatchObject({
      errorCode: errorNumber('REQUEST_TIMED_OUT'),
      lowWatermark: -1,
    });
    expect(cluster.broker(1).replica('t').log.logStartOffset).toBe(4);
  });

  test.each([
    ['and stays in sync', 'fence'],
    ['and leaves the in-sync set in the same decision', 'fenceAndDrop'],
  ] as const)('does not wait for a follower that is fenced meanwhile %s', async (_, fence) => {
    const cluster = await filled();
    cluster.network.cut('b2', 'b1');
    const answer = await deleteBefore(cluster, { beforeOffset: 4 }, 100);
    expect(answer()).toBeUndefined();

    cluster.broker(2).crash({ power: false });
    cluster.controller[fence](2);
    await cluster.run(100);

    expect(answer()).toMatchObject({ errorCode: 0, lowWatermark: 4 });
  });

  test.each([11, -2])('up to %d, which is not committed, is refused', async (beforeOffset) => {
    const cluster = await filled();

    const answer = await deleteBefore(cluster, { beforeOffset });

    expect(answer()?.errorCode).toBe(errorNumber('OFFSET_OUT_OF_RANGE'));
    expect(cluster.broker(1).replica('t').log.logStartOffset).toBe(0);
  });

  test.each([
    ['compact', 'POLICY_VIOLATION'],
    ['compact,delete', 'NONE'],
  ] as const)('of a topic with cleanup.policy=%s is answered with %s', async (policy, code) => {
    const cluster = await filled();
    cluster.controller.createTopic('u', [1], { configs: { 'cleanup.policy': policy } });
    await cluster.run(50);
    let errorCode = -1;
    void cluster.client
      .call(cluster.broker(1).clientAddress, ClientService.deleteRecords, {
        request: {
          partitions: [{ topicId: 'u', partition: 0, beforeOffset: -1 }],
          timeoutMs: TIMEOUT_MS,
        },
        deadlineMs: 60_000,
      })
      .then(({ partitions }) => {
        errorCode = partitions[0]?.errorCode ?? -1;
      });
    await cluster.run(200);

    expect(errorCode).toBe(code === 'NONE' ? 0 : errorNumber(code));
  });

  test('is refused by a follower', async () => {
    const cluster = await filled();

    const answer = await deleteBefore(cluster, { beforeOffset: 4, brokerId: 2 });

    expect(answer()?.errorCode).toBe(errorNumber('NOT_LEADER_OR_FOLLOWER'));
  });

  test('ends with its leadership', async () => {
    const cluster = await filled();
    cluster.network.cut('b2', 'b1');
    const answer = await deleteBefore(cluster, { beforeOffset: 4 }, 100);

    cluster.controller.change('t', { leader: 3 });
    await cluster.run(100);

    expect(answer()?.errorCode).toBe(errorNumber('NOT_LEADER_OR_FOLLOWER'));
  });
});
