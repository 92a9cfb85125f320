import { beforeEach, describe, expect, test } from 'vitest';
import type { TestBroker } from './harness/test-broker.ts';
import { SECOND_DIRECTORY } from './harness/test-broker.ts';
import { batchOf, TestCluster, valuesOf } from './harness/test-cluster.ts';

const TOPICS = ['first', 'other'] as const;
const CHECKPOINT_MS = 1500;

let cluster: TestCluster;
let broker: TestBroker;

const restart = async (power: boolean): Promise<void> => {
  broker.crash({ power });
  await broker.start();
  await cluster.run(500);
};

const produce = async (topic: string, value: string): Promise<string | undefined> => {
  const pending = cluster.produce(broker.replica(topic), batchOf([value]));
  await cluster.run(200);
  return pending.code;
};

const marksOf = (topic: string): readonly [settled: number, flushed: number] => {
  const { log } = broker.replica(topic);
  return [log.settledOffset, log.flushedOffset];
};

/** Broker 1 leads `first` in its one directory and `other` in the other one, each with a journal. */
beforeEach(async () => {
  cluster = await TestCluster.start(2);
  broker = cluster.broker(1);
  broker.directories = ['/data', SECOND_DIRECTORY];
  broker.hasJournal = true;
  await restart(false);
  for (const topic of TOPICS) {
    cluster.controller.createTopic(topic, [1, 2]);
    await cluster.run(50);
    await produce(topic, 'settled');
  }
  await cluster.run(CHECKPOINT_MS);
  for (const topic of TOPICS) await produce(topic, 'journalled');
});

describe('a broker with a journal in each of its directories', () => {
  test('has what each journal held of its own logs after a power cut', async () => {
    const marks = TOPICS.map(marksOf);

    await restart(true);

    expect(marks).toEqual([
      [1, 2],
      [1, 2],
    ]);
    for (const topic of TOPICS) {
      expect(valuesOf(broker.replica(topic))).toEqual(['settled', 'journalled']);
    }
    expect(broker.node.replicas.damaged()).toEqual([]);
  });

  test('loses one directory where its journal cannot be synced, and no other', async () => {
    const pathIncludes = `${SECOND_DIRECTORY}/journal`;
    broker.disk.failNext({ op: 'sync', pathIncludes, code: 'EIO', times: Infinity });

    const codes = [await produce('other', 'refused'), await produce('first', 'taken')];

    expect(codes).toEqual(['STORAGE_ERROR', 'NONE']);
    expect(broker.replica('other').isOffline).toBe(true);
    expect(marksOf('first')).toEqual([1, 3]);
    expect(broker.logs.states.map(({ failure }) => failure !== undefined)).toEqual([false, true]);
  });

  test('has what the journal of a directory held that was missing in between', async () => {
    broker.directories = ['/data'];
    broker.missing = [{ path: SECOND_DIRECTORY, reason: 'not mounted' }];
    await restart(true);
    const without = [valuesOf(broker.replica('first')), broker.node.replicas.find('other', 0)];

    broker.directories = ['/data', SECOND_DIRECTORY];
    broker.missing = [];
    await restart(false);

    expect(without).toEqual([['settled', 'journalled'], undefined]);
    expect(valuesOf(broker.replica('other'))).toEqual(['settled', 'journalled']);
    expect(broker.node.replicas.damaged()).toEqual([]);
  });

  test('sets aside logs of the directory alone whose journal is lost', async () => {
    await cluster.run(CHECKPOINT_MS);
    broker.crash({ power: false });
    broker.disk.remove(`${SECOND_DIRECTORY}/journal`);
    broker.disk.settle();
    await broker.start();
    await cluster.run(500);

    const names = [...broker.disk.list('/data'), ...broker.disk.list(SECOND_DIRECTORY)]
      .map(({ name }) => name)
      .filter((name) => name.includes('.quarantined-'));

    expect(names).toEqual(['other-0.quarantined-0']);
    expect(valuesOf(broker.replica('first'))).toEqual(['settled', 'journalled']);
  });
});
