import { beforeEach, describe, expect, test } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { RetentionLoop } from '../../../src/broker/retention.ts';
import type { Sample } from '../../../src/env/meter.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import type { TestBroker } from './harness/test-broker.ts';
import { SECOND_DIRECTORY } from './harness/test-broker.ts';
import { batchOf, TestCluster, valuesOf } from './harness/test-cluster.ts';

const TOPICS = ['first', 'other'] as const;
/** The second of two replicas goes to the second directory. */
const OTHER = { topicId: 'other', partition: 0 };

let cluster: TestCluster;
let broker: TestBroker;

const restart = async (): Promise<void> => {
  broker.crash({ power: false });
  await broker.start();
  await cluster.run(500);
};

beforeEach(async () => {
  cluster = await TestCluster.start(2);
  broker = cluster.broker(1);
  broker.directories = ['/data', SECOND_DIRECTORY];
  await restart();
  for (const topic of TOPICS) {
    cluster.controller.createTopic(topic, [1, 2]);
    await cluster.run(50);
  }
});

/** Nothing that is written there becomes durable any more. */
const breakDirectory = (path: string): void => {
  broker.disk.failNext({ op: 'sync', pathIncludes: `${path}/`, code: 'EIO', times: Infinity });
};

const produce = async (topic: string, value: string): Promise<string | undefined> => {
  const pending = cluster.produce(broker.replica(topic), batchOf([value]));
  await cluster.run(100);
  return pending.code;
};

const beat = () => {
  const found = cluster.controller.heartbeats.get(1);
  return { damaged: found?.damaged, offline: found?.offline, wantFence: found?.wantFence };
};

/** The first heartbeat by which this run of the broker asks to be in service. */
const firstBeatOfReady = async (): Promise<ReturnType<typeof beat>> => {
  cluster.controller.heartbeats.delete(1);
  for (let step = 0; beat().wantFence !== false; step += 1) {
    expect(step).toBeLessThan(2000);
    await cluster.run(1);
  }
  return beat();
};

describe('a directory that fails', () => {
  test('ends what was in it, unacknowledged, and nothing else', async () => {
    breakDirectory(SECOND_DIRECTORY);

    const codes = [await produce('other', 'a'), await produce('first', 'b')];

    expect(codes).toEqual(['STORAGE_ERROR', 'NONE']);
    expect(broker.replica('other').isOffline).toBe(true);
    expect(broker.replica('first').isLeader).toBe(true);
    cluster.expectHealthy();
  });

  test('is told to the controller with its replicas, for as long as the process runs', async () => {
    breakDirectory(SECOND_DIRECTORY);
    cluster.produce(broker.replica('other'), batchOf(['a']));
    for (let step = 0; beat().offline?.length === 0 && step < 500; step += 1) await cluster.run(1);
    const first = beat();
    await cluster.run(2000);

    expect(first).toMatchObject({ damaged: [OTHER], offline: [OTHER] });
    expect(beat()).toMatchObject({ offline: [OTHER], wantFence: false });
    expect(broker.logs.states.map(({ failure }) => failure !== undefined)).toEqual([false, true]);
  });

  test('takes no replica that is new', async () => {
    breakDirectory(SECOND_DIRECTORY);
    await produce('other', 'a');

    for (const topic of ['x', 'y']) cluster.controller.createTopic(topic, [1, 2]);
    await cluster.run(200);

    const places = ['x', 'y'].map((topic) => broker.logs.directoryOf(broker.replica(topic).log));
    expect(places).toEqual(['/data', '/data']);
  });

  test('is where a replica stays that is moved away and back', async () => {
    breakDirectory(SECOND_DIRECTORY);
    await produce('other', 'a');

    cluster.controller.change('other', {
      replicas: [2],
      directories: [''],
      isr: [2],
      leader: 2,
    });
    await cluster.run(100);
    cluster.controller.change('other', { replicas: [2, 1], directories: ['', ''] });
    await cluster.run(100);

    expect(broker.node.replicas.find('other', 0)).toBeUndefined();
    expect(broker.disk.list('/data').map(({ name }) => name)).not.toContain('other-0');
    cluster.expectHealthy();
  });

  test('is no end of the broker where retention is the first to meet it', async () => {
    for (const topic of TOPICS) await produce(topic, 'old');
    const fatal: Error[] = [];
    const retention = new RetentionLoop({
      clock: cluster.clock,
      intervalMs: 1000,
      partitions: () => broker.node.replicas.partitions(),
      onFatal: (error) => fatal.push(error),
    });
    broker.disk.failNext({
      op: 'open',
      pathIncludes: `${SECOND_DIRECTORY}/other-0/0`,
      code: 'EIO',
    });

    retention.start();
    await cluster.run(1500);
    retention.stop();

    expect(fatal).toEqual([]);
    expect(broker.logs.offlineCount).toBe(1);
    expect(broker.replica('other').isOffline).toBe(true);
    expect(broker.replica('first').log.logStartOffset).toBe(1);
    cluster.expectHealthy();
  });

  test('leaves the broker fenced where it is the one with the metadata, before it was ready', async () => {
    broker.crash({ power: false });
    cluster.controller.createTopic('new', [1, 2]);
    await broker.start();
    breakDirectory('/data');
    cluster.controller.heartbeats.delete(1);

    const wishes = new Set<boolean | undefined>();
    for (let step = 0; step < 900; step += 1) {
      await cluster.run(1);
      wishes.add(beat().wantFence);
    }

    expect(broker.logs.failure).toBeDefined();
    expect([...wishes]).toEqual([undefined, true]);
  });

  test('ends the broker where it is the one with the metadata', async () => {
    breakDirectory('/data');
    await produce('first', 'a');
    await cluster.run(3000);

    expect(broker.fatal).toMatchObject([{ code: 'STORAGE_ERROR' }]);
    expect(beat()).toMatchObject({ offline: [], wantFence: true });
  });

  test('has all of it again after a restart', async () => {
    await produce('other', 'kept');
    breakDirectory(SECOND_DIRECTORY);
    await produce('other', 'refused');
    broker.disk.clearFaults();

    await restart();

    expect(valuesOf(broker.replica('other'))[0]).toBe('kept');
    expect(beat()).toMatchObject({ damaged: [], offline: [] });
  });
});

describe('a directory that is missing at the start', () => {
  beforeEach(() => {
    broker.directories = ['/data'];
    broker.missing = [{ path: SECOND_DIRECTORY, reason: 'not mounted' }];
  });

  test('has its replicas counted among those offline, as long as they are to be here', async () => {
    const gauges = new Map<string, () => readonly Sample[]>();
    broker.meter = { ...silentMeter, gauge: ({ name }, read) => void gauges.set(name, read) };
    await restart();
    const count = () => gauges.get('kafka_server_replicamanager_offlinereplicacount')?.()[0]?.value;
    const before = count();

    cluster.controller.change('other', { replicas: [2], directories: [''], isr: [2], leader: 2 });
    await cluster.run(100);

    expect([before, count()]).toEqual([1, 0]);
  });

  test('has its replicas reported before the broker is in service, and none made anew', async () => {
    broker.crash({ power: false });
    await broker.start();
    const first = await firstBeatOfReady();

    expect(first).toMatchObject({ damaged: [OTHER], offline: [OTHER] });
    expect(broker.node.replicas.damaged()).toEqual([OTHER]);
    expect(broker.node.replicas.find('other', 0)).toBeUndefined();
    expect(broker.replica('first').isLeader).toBe(true);
    expect(broker.logs.offlineCount).toBe(1);
  });
});

describe('a directory that was given up', () => {
  test('has its replicas made anew only once the cluster counts on none of them', async () => {
    let forgotten = 0;
    broker.directories = ['/data'];
    broker.givenUp = async () => {
      forgotten += 1;
    };
    await restart();
    const reported = broker.node.replicas.damaged();
    const before = broker.node.replicas.find('other', 0);

    cluster.controller.change('other', { isr: [2], leader: 2 });
    await cluster.run(300);

    expect([reported, before, forgotten]).toEqual([[OTHER], undefined, 1]);
    expect(broker.replica('other').isOffline).toBe(false);
    expect(broker.logs.directoryOf(broker.replica('other').log)).toBe('/data');
    expect(broker.node.replicas.damaged()).toEqual([]);
  });

  test('is no end of the broker where a full disk does not let it be forgotten', async () => {
    let attempts = 0;
    broker.directories = ['/data'];
    broker.givenUp = async () => {
      attempts += 1;
      throw new OttlaError('DISK_FULL', 'no room for the note');
    };
    await restart();

    cluster.controller.change('other', { isr: [2], leader: 2 });
    await cluster.run(300);

    expect(attempts).toBe(1);
    cluster.expectHealthy();
  });
});
