import { readdirSync, renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import { must } from '../../../src/base/assert.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import { brokenDisk } from '../../support/broken-disk.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { BROKERS, RealCluster } from './real-cluster.ts';

const makeTempDir = tempDirs();
const PARTITIONS = [0, 1, 2, 3] as const;
/** Broker 2 is the first choice to lead every partition. */
const ASSIGNMENTS = PARTITIONS.map(() => [2, 3, 4]);

let cluster: RealCluster;
let client: OttlaClient;
const broken = new Set<string>();

const secondOf = (first: string): string => `${first}-second`;
const isBroken = (path: string): boolean => [...broken].some((one) => path.startsWith(one));

beforeEach(async () => {
  broken.clear();
  cluster = await RealCluster.start(makeTempDir(), [], (made) => {
    made.logDirsOf = (first) => [first, secondOf(first)];
    made.wrapDisk = (disk) => brokenDisk(disk, isBroken);
  });
  client = connect({ bootstrap: cluster.bootstrap });
  await client.admin().createTopics([{ name: 't', assignments: ASSIGNMENTS }]);
});

afterEach(async () => {
  await client.close();
  await cluster.stop();
});

/** Resolves when all of them are acknowledged: by two disks at least. */
const produceEverywhere = async (text: string): Promise<void> => {
  const producer = client.producer();
  await Promise.all(
    PARTITIONS.map((partition) =>
      producer.send({ topic: 't', partition, value: `${text}-${partition}` }),
    ),
  );
  await producer.close();
};

const topicId = (): string => must(cluster.image().topicIdsByName.get('t'), 't exists');

/** Partitions whose log of broker 2 is under a path. */
const partitionsIn = (directory: string): number[] =>
  readdirSync(directory)
    .filter((name) => name.startsWith(`${topicId()}-`) && /-\d+$/.test(name))
    .map((name) => Number(name.slice(name.lastIndexOf('-') + 1)))
    .sort();

const first = (): string => cluster.directoryOf(2);
const second = (): string => secondOf(first());

const isInSync = (partition: number): boolean => cluster.partition('t', partition).isr.includes(2);

const endOn = (nodeId: number, partition: number): number =>
  cluster.node(nodeId).parts.logs?.get(topicId(), partition)?.logEndOffset ?? -1;
const ownEnd = (partition: number): number => endOn(2, partition);

describe('a broker with two log directories', () => {
  it('spreads its replicas over both', () => {
    const counts = [first(), second()].map((path) => partitionsIn(path).length);

    expect(counts).toEqual([2, 2]);
  });

  it('leads on in the one while the other fails, whose leaders move', async () => {
    await produceEverywhere('before');
    const lost = partitionsIn(second());

    broken.add(second());
    await produceEverywhere('after');

    await cluster.until(() => PARTITIONS.every((one) => isInSync(one) !== lost.includes(one)));
    const leaders = PARTITIONS.map((one) => cluster.partition('t', one).leader);
    expect(leaders).toEqual(PARTITIONS.map((one) => (lost.includes(one) ? 3 : 2)));
    expect(cluster.node(2).health()).toMatchObject({ isHealthy: true, isReady: true });
    expect(cluster.node(2).parts.logs?.offlineCount).toBe(1);
    await produceEverywhere('later');
    expect(PARTITIONS.map((one) => endOn(lost.includes(one) ? 3 : 2, one))).toEqual([3, 3, 3, 3]);
  });

  it('is shown by every broker, with the replicas that are offline', async () => {
    await produceEverywhere('before');
    const lost = partitionsIn(second());
    const offline = async (): Promise<readonly number[]> =>
      (await client.admin().describeTopic('t')).partitions
        .filter((one) => one.offline.includes(2))
        .map(({ partition }) => partition);
    expect(await offline()).toEqual([]);

    broken.add(second());
    await produceEverywhere('after');

    await vi.waitFor(async () => expect(await offline()).toEqual(lost), 5000);
    const [two, ...others] = await client.admin().brokers.list();
    const described = await client.admin().describeCluster();
    const [shown] = two?.offlineDirectories ?? [];
    expect(shown).toMatchObject({
      path: second(),
      reason: expect.stringMatching(/check the device/),
    });
    expect(others.flatMap(({ offlineDirectories }) => offlineDirectories)).toEqual([]);
    expect(described.brokers[0]?.offlineDirectories).toEqual([shown]);
    expect(cluster.node(2).health()).toMatchObject({ isReady: true, offlineLogDirs: [second()] });

    broken.clear();
    await cluster.stopNode(2);
    await cluster.startNode(2);
    await vi.waitFor(async () => expect(await offline()).toEqual([]), 5000);
  });

  it('takes no part with what failed until it starts again, and then with all of it', async () => {
    const lost = partitionsIn(second());
    broken.add(second());
    await produceEverywhere('a');
    await cluster.until(() => lost.every((one) => !isInSync(one)));
    broken.clear();

    await cluster.stopNode(2);
    await produceEverywhere('b');
    await cluster.startNode(2);

    await cluster.until(() => PARTITIONS.every(isInSync));
    expect(PARTITIONS.map(ownEnd)).toEqual(PARTITIONS.map(() => 2));
  });

  it('starts without one that is missing, and makes nothing in its place', async () => {
    await produceEverywhere('a');
    const lost = partitionsIn(second());
    const kept = partitionsIn(first());
    await cluster.stopNode(2);
    renameSync(second(), `${second()}-away`);

    await cluster.startNode(2);
    await produceEverywhere('b');

    await cluster.until(() => kept.every(isInSync));
    expect(lost.filter(isInSync)).toEqual([]);
    expect(partitionsIn(first())).toEqual(kept);
    expect(cluster.node(2).parts.logs?.offlineCount).toBe(1);

    await cluster.stopNode(2);
    renameSync(`${second()}-away`, second());
    await cluster.startNode(2);
    await cluster.until(() => PARTITIONS.every(isInSync));
    expect(partitionsIn(second())).toEqual(lost);
  });

  it('makes the replicas of one that was given up anew, of what the others have', async () => {
    await produceEverywhere('a');
    await cluster.stopNode(2);
    cluster.logDirsOf = (path, nodeId) => (nodeId === 2 ? [path] : [path, secondOf(path)]);

    await cluster.startNode(2);

    await cluster.until(() => PARTITIONS.every(isInSync));
    expect(partitionsIn(first())).toEqual([...PARTITIONS]);
    expect(PARTITIONS.map(ownEnd)).toEqual(PARTITIONS.map(() => 1));
  });

  it('has the only copy back with its directory', async () => {
    await client.admin().createTopics([{ name: 'single', assignments: [[2], [2]] }]);
    const isHere = (partition: number): boolean =>
      readdirSync(second()).includes(
        `${cluster.image().topicIdsByName.get('single')}-${partition}`,
      );
    const partition = must([0, 1].find(isHere), 'one of two is in the second directory');
    const producer = client.producer();
    await producer.send({ topic: 'single', partition, value: 'kept' });
    await producer.close();
    await cluster.stopNode(2);
    renameSync(second(), `${second()}-away`);
    await cluster.startNode(2);
    expect(cluster.partition('single', partition).leader).toBe(-1);

    await cluster.stopNode(2);
    renameSync(`${second()}-away`, second());
    await cluster.startNode(2);

    await cluster.until(() => cluster.partition('single', partition).leader === 2);
    const id = must(cluster.image().topicIdsByName.get('single'), 'single exists');
    expect(cluster.node(2).parts.logs?.get(id, partition)?.logEndOffset).toBe(1);
  });
});

it('every broker of the cluster has formatted and noted both directories', () => {
  for (const nodeId of BROKERS) {
    const path = cluster.directoryOf(nodeId);
    expect(readdirSync(path)).toContain('log-directories');
    expect(readdirSync(secondOf(path))).toContain('meta.json');
  }
});

it('goes on where ids are known, records wait and keys are compacted', async () => {
  const kinds = {
    ids: 'dedup.window.ms=60000',
    waiting: 'delay.enable=true',
    keyed: 'cleanup.policy=compact',
  };
  for (const [name, setting] of Object.entries(kinds)) {
    const [key = '', value = ''] = setting.split('=');
    await client
      .admin()
      .createTopics([{ name, assignments: ASSIGNMENTS, configs: { [key]: value } }]);
  }
  await produceEverywhere('before');
  broken.add(second());

  await produceEverywhere('after');
  const producer = client.producer();
  const records = Object.keys(kinds).flatMap((topic) =>
    PARTITIONS.map((partition) => ({ topic, partition, key: 'k', value: 'v' })),
  );
  await Promise.all(records.map((record) => producer.send(record)));
  await producer.close();

  expect(cluster.node(2).health()).toMatchObject({ isHealthy: true, isReady: true });
});
