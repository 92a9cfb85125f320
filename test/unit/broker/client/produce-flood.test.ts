import { expect, test } from 'vitest';
import { REQUEST_BYTES } from '../../../../src/broker/client/produce-intake.ts';
import { openProduce } from '../harness/client-streams.ts';
import { batchOf, TestCluster, valuesOf } from '../harness/test-cluster.ts';
import { codesIn } from './fixture.ts';

const CLIENTS = ['a', 'b', 'c', 'd', 'e'] as const;
const REQUESTS = 40;
const BUDGET_BYTES = 64 * 1024;
const PADDING = '.'.repeat(8 * 1024);

const REQUEST_SIZE_BYTES = REQUEST_BYTES + batchOf([`a${REQUESTS}${PADDING}`]).length;

/** The records of one client in the order in which the follower has them. */
const numbersOf = (cluster: TestCluster, name: string): number[] =>
  valuesOf(cluster.broker(2).replica('t'))
    .filter((value) => value.startsWith(name))
    .map((value) => Number.parseInt(value.slice(name.length), 10));

/** A leader with a small budget, a follower in sync, and one topic on both. */
const smallLeader = async (): Promise<TestCluster> => {
  const cluster = await TestCluster.start(2);
  const leader = cluster.broker(1);
  leader.crash({ power: false });
  leader.queuedMaxRequestBytes = BUDGET_BYTES;
  await leader.start();
  await cluster.run(500);
  cluster.controller.createTopic('t', [1, 2], { configs: { 'min.insync.replicas': '2' } });
  await cluster.run(100);
  return cluster;
};

/** The most that the budget of the leader ever held. */
const watchBudget = (cluster: TestCluster): { peakBytes: number; usedBytes: () => number } => {
  const { produceBytes } = cluster.broker(1).node.clientContext();
  const watch = { peakBytes: 0, usedBytes: () => produceBytes.usedBytes };
  const take = produceBytes.take.bind(produceBytes);
  produceBytes.take = (bytes) => {
    take(bytes);
    watch.peakBytes = Math.max(watch.peakBytes, produceBytes.usedBytes);
  };
  return watch;
};

test('a flood of several clients is held to the budget of the broker and acknowledged whole', async () => {
  const cluster = await smallLeader();
  const budget = watchBudget(cluster);
  const clients = CLIENTS.map((name) => ({ name, ...openProduce(cluster) }));
  cluster.broker(2).disk.holdSyncs();

  for (let id = 1; id <= REQUESTS; id += 1) {
    for (const { name, send } of clients) send(id, [['t', batchOf([`${name}${id}${PADDING}`])]]);
  }
  await cluster.run(300);
  const whileHeld = { bytes: budget.usedBytes(), replies: clients.flatMap((it) => it.replies) };
  cluster.broker(2).disk.releaseSyncs();
  await cluster.run(3000);

  expect(whileHeld.replies).toEqual([]);
  expect(whileHeld.bytes).toBeGreaterThanOrEqual(BUDGET_BYTES);
  // Each client's request on its way when the budget was spent may still be taken, and no other.
  expect(budget.peakBytes).toBeLessThan(BUDGET_BYTES + CLIENTS.length * REQUEST_SIZE_BYTES);
  expect(budget.usedBytes()).toBe(0);
  for (const { name, replies } of clients) {
    expect(replies.flatMap(codesIn)).toEqual(Array.from({ length: REQUESTS }, () => 'NONE'));
    expect(numbersOf(cluster, name)).toEqual(
      Array.from({ length: REQUESTS }, (_, index) => index + 1),
    );
  }
  cluster.expectHealthy();
});

test('a client that waits for nobody is read on once the flood of another is acknowledged', async () => {
  const cluster = await smallLeader();
  const slow = openProduce(cluster);
  const quick = openProduce(cluster);
  cluster.broker(2).disk.holdSyncs();
  for (let id = 1; id <= REQUESTS; id += 1) slow.send(id, [['t', batchOf([PADDING])]]);
  await cluster.run(50);

  for (let id = 1; id <= REQUESTS; id += 1) quick.send(id, [['t', batchOf([`q${id}`])]], 1);
  await cluster.run(300);
  const repliesWhileHeld = quick.replies.length;
  cluster.broker(2).disk.releaseSyncs();
  await cluster.run(3000);

  expect(repliesWhileHeld).toBe(1);
  expect(quick.replies).toHaveLength(REQUESTS);
  expect(slow.replies).toHaveLength(REQUESTS);
  cluster.expectHealthy();
});
