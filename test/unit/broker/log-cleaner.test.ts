import { describe, expect, test } from 'vitest';
import type { KeyedRecord } from '../log/compaction/compaction-fixture.ts';
import {
  headersIn,
  keyedBatch,
  linesOf,
  partsOf,
  recordsOf,
} from '../log/compaction/compaction-fixture.ts';
import { changed } from '../record/batches.ts';
import { TestCluster } from './harness/test-cluster.ts';

const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.bytes': '600',
  'min.cleanable.dirty.ratio': '0',
};
/** Longer than the pause of a cleaner. */
const PAUSE_MS = 16_000;

const put = (cluster: TestCluster, leaderId: number, from: number, to: number): void => {
  const leader = cluster.broker(leaderId).replica('t');
  for (let index = from; index < to; index += 1) {
    const records = [{ key: `k${index % 3}`, value: `${index}` }];
    cluster.produce(leader, keyedBatch({ records }));
  }
};

/** The last value of each key. */
const latestIn = (lines: readonly string[]): Map<string, string> =>
  new Map(lines.map((line) => line.split('=') as [string, string]));

describe('the logs of a compacted topic', () => {
  test('are compacted on every replica', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2], { configs: COMPACTED });
    await cluster.run(50);
    put(cluster, 1, 0, 60);
    await cluster.run(PAUSE_MS);

    const [leader, follower] = [1, 2].map((id) => linesOf(cluster.broker(id).replica('t').log));

    expect(leader?.length).toBeLessThan(20);
    expect(follower?.length).toBeLessThan(20);
    expect(latestIn(follower ?? [])).toEqual(latestIn(leader ?? []));
    cluster.expectHealthy();
  });

  test('are copied by a replica whose end lies within what its leader has compacted', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2], { configs: COMPACTED });
    await cluster.run(50);
    put(cluster, 1, 0, 10);
    await cluster.run(50);
    cluster.broker(2).crash({ power: true });
    cluster.controller.change('t', { isr: [1] });
    await cluster.run(50);
    put(cluster, 1, 10, 60);
    await cluster.run(PAUSE_MS);
    const { log } = cluster.broker(1).replica('t');

    await cluster.broker(2).start();
    await cluster.run(2000);

    const copy = cluster.broker(2).replica('t').log;
    expect(linesOf(log).length).toBeLessThan(20);
    expect(copy.flushedOffset).toBe(60);
    expect(latestIn(linesOf(copy))).toEqual(latestIn(linesOf(log)));
    expect(linesOf(copy)).toContain('k0=0');
    cluster.expectHealthy();
  });

  test('lead on when the one that compacted first is gone', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2], { configs: COMPACTED });
    await cluster.run(50);
    put(cluster, 1, 0, 60);
    await cluster.run(PAUSE_MS);

    cluster.broker(1).crash({ power: true });
    cluster.controller.change('t', { leader: 2, isr: [2] });
    await cluster.run(50);
    put(cluster, 2, 60, 90);
    await cluster.run(PAUSE_MS);
    await cluster.broker(1).start();
    await cluster.run(2000);

    const [first, second] = [1, 2].map((id) => linesOf(cluster.broker(id).replica('t').log));
    expect(latestIn(second ?? [])).toEqual(
      new Map([
        ['k0', '87'],
        ['k1', '88'],
        ['k2', '89'],
      ]),
    );
    expect(latestIn(first ?? [])).toEqual(latestIn(second ?? []));
    cluster.expectHealthy();
  });

  test('with rot in a closed segment end the service of that replica', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2], { configs: COMPACTED });
    await cluster.run(50);
    put(cluster, 1, 0, 60);
    await cluster.run(50);
    const { disk, logs } = cluster.broker(2);
    const directory = logs.get('t', 0)?.directory;
    disk.corrupt(`${directory}/00000000000000000000.log`, 100);

    await cluster.run(PAUSE_MS);

    const names = disk.list('/data').map(({ name }) => name);
    expect(names).toContain('t-0.quarantined-0');
    expect(cluster.broker(1).replica('t').isOffline).toBe(false);
  });
});

/** Two records of one key, of which the later lies beyond what a time can be. */
const beyondTime = (nowMs: number): Uint8Array => {
  const records = [
    { key: 'far', value: '1', timestampMs: 1000 },
    { key: 'far', value: '2', timestampMs: 1005 },
  ];
  return changed(keyedBatch({ records }), (view) => {
    view.writeBigInt64BE(BigInt(Number.MAX_SAFE_INTEGER), 27);
    view.writeBigInt64BE(BigInt(nowMs), 35);
  });
};

const startOne = async (configs: Record<string, string>): Promise<TestCluster> => {
  const cluster = await TestCluster.start(1);
  cluster.controller.createTopic('t', [1], { configs });
  await cluster.run(50);
  return cluster;
};

const putOne = (cluster: TestCluster, record: KeyedRecord): void => {
  cluster.produce(cluster.broker(1).replica('t'), keyedBatch({ records: [record] }));
};

describe('times at the end of what can be told', () => {
  test('in a batch from before its topic was compacted leave that batch as it was', async () => {
    const { 'cleanup.policy': value, ...others } = COMPACTED;
    const cluster = await startOne(others);
    const replica = cluster.broker(1).replica('t');
    cluster.produce(replica, beyondTime(cluster.clock.wallMs()));
    put(cluster, 1, 0, 60);
    const config = { resourceType: 'topic', resource: 't', key: 'cleanup.policy', value };
    cluster.controller.commit([{ kind: 'config', value: config }]);

    await cluster.run(PAUSE_MS);

    cluster.expectHealthy();
    const lines = linesOf(replica.log);
    expect(lines.slice(0, 2)).toEqual(['far=1', 'far=2']);
    expect(lines.length).toBeLessThan(20);
  });

  test('are refused by a topic that is compacted', async () => {
    const cluster = await startOne(COMPACTED);

    const batch = beyondTime(cluster.clock.wallMs());
    const { code } = cluster.produce(cluster.broker(1).replica('t'), batch);

    expect(code).toBe('INVALID_RECORD');
  });

  test.each([
    {
      title: 'as delete.retention.ms keep a tombstone, and the time that it has',
      retention: '9223372036854775807',
      timestampMs: 7000,
      baseTimestampMs: 2 ** 52,
    },
    {
      title: 'of a tombstone let it stay, and what it deletes go',
      retention: '0',
      timestampMs: Number.MIN_SAFE_INTEGER,
      baseTimestampMs: Number.MIN_SAFE_INTEGER,
    },
  ])('$title', async ({ retention, timestampMs, baseTimestampMs }) => {
    const cluster = await startOne({ ...COMPACTED, 'delete.retention.ms': retention });
    const { log } = cluster.broker(1).replica('t');
    putOne(cluster, { key: 'gone', value: 'x' });
    putOne(cluster, { key: 'gone', value: null, timestampMs });
    put(cluster, 1, 0, 60);

    await cluster.run(PAUSE_MS);
    put(cluster, 1, 60, 120);
    await cluster.run(PAUSE_MS);

    cluster.expectHealthy();
    expect(recordsOf(log).filter(({ key }) => key === 'gone')).toEqual([
      { offset: 1, key: 'gone', value: null, timestampMs },
    ]);
    const header = headersIn(partsOf(log)).find(({ baseOffset }) => baseOffset === 1);
    expect(header).toMatchObject({ baseTimestampMs });
  });
});
