import { describe, expect, test } from 'vitest';
import { errorCodeOf } from '../../../src/base/errors.ts';
import type { FetchFrame } from '../../../src/gen/ottla.ts';
import { openFetch } from './harness/client-streams.ts';
import type { TestBroker } from './harness/test-broker.ts';
import { batchOf, TestCluster, valuesOf } from './harness/test-cluster.ts';

/** Room for about one of the batches below. */
const ONE_BATCH_BYTES = 400;

/** One broker that keeps its newest batch in memory, with ten records in `t` and in `u`. */
const oneBroker = async (configs: Record<string, string> = {}): Promise<TestCluster> => {
  const cluster = await TestCluster.start(1);
  const broker = cluster.broker(1);
  broker.crash({ power: false });
  broker.cacheBytes = ONE_BATCH_BYTES;
  await broker.start();
  await cluster.run(500);
  for (const topicId of ['t', 'u']) cluster.controller.createTopic(topicId, [1], { configs });
  await cluster.run(50);
  await fill(cluster, broker, ['t', 'u']);
  return cluster;
};

const fill = async (
  cluster: TestCluster,
  broker: TestBroker,
  topics: readonly string[],
): Promise<void> => {
  for (const topicId of topics) {
    for (let index = 0; index < 10; index += 1) {
      cluster.produce(broker.replica(topicId), batchOf([`${topicId}${index}`]));
    }
  }
  await cluster.run(50);
};

/** The reads of log files that a disk was asked for, in order. */
const readsOf = (broker: TestBroker): string[] => {
  const reads: string[] = [];
  broker.disk.onOperation = (op, path) => {
    if (path.endsWith('.log') && (op === 'read' || op === 'readCold')) reads.push(op);
  };
  return reads;
};

const codesIn = (frame: FetchFrame | undefined): string[] =>
  (frame?.header.partitions ?? []).map(({ errorCode }) => errorCodeOf(errorCode));

describe('a fetch from memory', () => {
  test('asks the disk for nothing', async () => {
    const cluster = await oneBroker();
    const reads = readsOf(cluster.broker(1));
    const { ask, frames, valuesIn } = openFetch(cluster);

    ask(1, { topicId: 'u', fetchOffset: 9 });
    await cluster.run(10);

    expect(valuesIn(frames[0])).toEqual(['u9']);
    expect(reads).toEqual([]);
  });
});

describe('a fetch of what is no longer in memory', () => {
  test('reads in the pool, never on the loop', async () => {
    const cluster = await oneBroker();
    const reads = readsOf(cluster.broker(1));
    const { ask, frames, valuesIn } = openFetch(cluster);

    ask(1, { fetchOffset: 3 });
    await cluster.run(10);

    expect(valuesIn(frames[0])).toEqual(['t3', 't4', 't5', 't6', 't7', 't8', 't9']);
    expect(reads).toEqual(['readCold']);
  });

  test('holds up no fetch from memory on the same stream', async () => {
    const cluster = await oneBroker();
    cluster.broker(1).disk.coldReadDelayMs = 1000;
    const { ask, frames, valuesIn } = openFetch(cluster);

    ask(1);
    ask(2, { topicId: 'u', fetchOffset: 9 });
    await cluster.run(10);
    const early = frames.map(({ header }) => header.requestId);
    await cluster.run(1000);

    expect(early).toEqual([2]);
    expect(valuesIn(frames[1])).toHaveLength(10);
  });

  test('waits for its turn behind another of the same stream', async () => {
    const cluster = await oneBroker();
    const { disk } = cluster.broker(1);
    disk.coldReadDelayMs = 1000;
    const { ask, frames } = openFetch(cluster);

    for (const requestId of [1, 2, 3]) ask(requestId, { topicId: requestId === 2 ? 'u' : 't' });
    const answered: number[][] = [];
    for (let second = 0; second < 3; second += 1) {
      await cluster.run(1010);
      answered.push(frames.map(({ header }) => header.requestId));
    }

    expect(answered).toEqual([[1], [1, 2], [1, 2, 3]]);
  });

  test('answers with what it has read and does not wait for more bytes', async () => {
    const cluster = await oneBroker();
    const { ask, frames, valuesIn } = openFetch(cluster);

    ask(1, { minBytes: 1_000_000 });
    await cluster.run(10);

    expect(valuesIn(frames[0])).toHaveLength(10);
  });

  test('that is cancelled answers when its read is done', async () => {
    const cluster = await oneBroker();
    cluster.broker(1).disk.coldReadDelayMs = 100;
    const { ask, frames, stream } = openFetch(cluster);

    ask(1);
    const nothing = { requestId: 0, maxWaitMs: 0, minBytes: 0, maxBytes: 0, partitions: [] };
    stream.send({ ...nothing, cancelRequestId: 1 });
    await cluster.run(200);

    expect(frames).toHaveLength(1);
  });

  test('gives nothing of a leadership that ended under it', async () => {
    const cluster = await oneBroker();
    cluster.broker(1).disk.coldReadDelayMs = 100;
    const { ask, frames, valuesIn } = openFetch(cluster);
    ask(1);
    await cluster.run(10);

    cluster.controller.change('t', { leader: -1 });
    await cluster.run(200);

    expect(codesIn(frames[0])).toEqual(['NOT_LEADER_OR_FOLLOWER']);
    expect(valuesIn(frames[0])).toEqual([]);
  });

  test('survives the end of its topic', async () => {
    const cluster = await oneBroker();
    cluster.broker(1).disk.coldReadDelayMs = 100;
    const { ask, frames } = openFetch(cluster);
    ask(1);
    await cluster.run(10);

    cluster.controller.commit([{ kind: 'removeTopic', value: { topicId: 't' } }]);
    await cluster.run(300);

    expect(codesIn(frames[0])).toEqual(['NOT_LEADER_OR_FOLLOWER']);
    cluster.expectHealthy();
  });

  test('gives nothing that retention took away under it', async () => {
    const cluster = await oneBroker({ 'segment.bytes': '200' });
    const { log } = cluster.broker(1).replica('t');
    cluster.broker(1).disk.coldReadDelayMs = 100;
    const { ask, frames } = openFetch(cluster);
    ask(1);
    await cluster.run(10);

    log.raiseLogStart(6);
    log.removeBelow(6);
    await cluster.run(200);

    expect(codesIn(frames[0])).toEqual(['OFFSET_OUT_OF_RANGE']);
    cluster.expectHealthy();
  });

  test('that finds rot takes the replica out of service', async () => {
    const cluster = await oneBroker();
    const broker = cluster.broker(1);
    const { directory } = broker.replica('t').log;
    broker.disk.corrupt(`${directory}/${'0'.repeat(20)}.log`, 65);
    const { ask, frames } = openFetch(cluster);

    ask(1);
    await cluster.run(500);

    expect(codesIn(frames[0])).toEqual(['STORAGE_ERROR']);
    expect(broker.node.replicas.damaged()).toEqual([{ topicId: 't', partition: 0 }]);
  });

  test('reads nothing while its client is slow', async () => {
    const cluster = await oneBroker();
    const broker = cluster.broker(1);
    broker.disk.coldReadDelayMs = 5;
    const value = 'x'.repeat(900_000);
    for (let index = 0; index < 10; index += 1) {
      cluster.produce(broker.replica('t'), batchOf([value]));
    }
    await cluster.run(50);
    const reads = readsOf(broker);
    const { ask, frames, stream } = openFetch(cluster);
    stream.pause();

    for (let id = 1; id <= 50; id += 1) ask(id, { fetchOffset: 10 });
    await cluster.run(500);
    const readsWhileSlow = reads.length;
    stream.resume();
    await cluster.run(1000);

    expect(readsWhileSlow).toBeLessThanOrEqual(2);
    expect(frames).toHaveLength(50);
  });
});

/** Broker 2 follows `t` and `u` of broker 1, which has only its newest batch in memory. */
const behind = async (): Promise<TestCluster> => {
  const cluster = await TestCluster.start(2);
  const leader = cluster.broker(1);
  leader.crash({ power: false });
  leader.cacheBytes = ONE_BATCH_BYTES;
  await leader.start();
  await cluster.run(500);
  cluster.broker(2).crash({ power: false });
  for (const topicId of ['t', 'u']) cluster.controller.createTopic(topicId, [1, 2], { isr: [1] });
  await cluster.run(50);
  await fill(cluster, leader, ['t']);
  return cluster;
};

describe('a follower that needs what is no longer in memory', () => {
  test('is read for in the pool, never on the loop', async () => {
    const cluster = await behind();
    const reads = readsOf(cluster.broker(1));

    await cluster.broker(2).start();
    await cluster.run(1500);

    expect(valuesOf(cluster.broker(2).replica('t'))).toHaveLength(10);
    expect(new Set(reads)).toEqual(new Set(['readCold']));
  });

  test('gets its other partitions while the disk is slow', async () => {
    const cluster = await behind();
    cluster.broker(1).disk.coldReadDelayMs = 60_000;
    await cluster.broker(2).start();
    await cluster.run(1500);

    const produced = cluster.produce(cluster.broker(1).replica('u'), batchOf(['hot']));
    await cluster.run(50);

    expect(produced.code).toBe('NONE');
    expect(valuesOf(cluster.broker(2).replica('u'))).toEqual(['hot']);
    expect(valuesOf(cluster.broker(2).replica('t'))).toEqual([]);
  });

  test('goes on over a connection that breaks under the read', async () => {
    const cluster = await behind();
    cluster.broker(1).disk.coldReadDelayMs = 200;
    await cluster.broker(2).start();
    await cluster.run(700);

    cluster.network.reset('b1', 'b2');
    await cluster.run(3000);

    expect(valuesOf(cluster.broker(2).replica('t'))).toHaveLength(10);
    cluster.expectHealthy();
  });
});

describe('a device that fails to read', () => {
  test('ends the service of the whole directory', async () => {
    const cluster = await oneBroker();
    const broker = cluster.broker(1);
    broker.disk.failNext({ op: 'readCold', pathIncludes: '.log', code: 'EIO' });
    const { ask, frames } = openFetch(cluster);

    ask(1);
    await cluster.run(500);

    expect(codesIn(frames[0])).toEqual(['STORAGE_ERROR']);
    expect(cluster.controller.heartbeats.get(1)?.wantFence).toBe(true);
  });
});
