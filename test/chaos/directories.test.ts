import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { combinedShape } from '../../deploy/local/layout.ts';
import { connect } from '../../src/app/connect.ts';
import { groupPartition } from '../../src/broker/groups/offsets-topic.ts';
import type { TopicDescription } from '../../src/client/admin/admin-types.ts';
import type { OttlaClient } from '../../src/client/client.ts';
import { tempDirs } from '../support/temp-dir.ts';
import { ottla } from './cli/processes.ts';
import { ChaosCluster } from './cluster/chaos-cluster.ts';
import type { ChaosNode } from './cluster/chaos-node.ts';
import { LoopDisk, whyNoLoopDisk } from './cluster/loop-disk.ts';
import { readBack, SteadyLoad } from './load/steady-load.ts';

const missing = whyNoLoopDisk();
if (missing !== undefined) process.stderr.write(`failing disks are not tested: ${missing}\n`);

const makeTempDir = tempDirs();
const LIMIT_MS = 120_000;
const PATIENCE_MS = 45_000;
const POLL_MS = 50;
const PARTITIONS = [0, 1, 2, 3, 4, 5] as const;
/** Each broker leads four of them, in both of its directories. */
const OFFSETS_PARTITIONS = 12;
const DISK_MB = 96;
const OFFSETS_TOPIC = '__consumer_offsets';

const ended: Array<() => Promise<void> | void> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

interface Story {
  readonly cluster: ChaosCluster;
  readonly client: OttlaClient;
  /** Its second directory is what fails; it is the first choice to lead every partition of `t`. */
  readonly victim: ChaosNode;
  /** The disk of that directory. */
  readonly disk: LoopDisk;
  /** A group whose commits are in that directory, and which the victim coordinates. */
  readonly group: string;
  /** Partitions of `t` in that directory, and the others. */
  readonly lost: readonly number[];
  readonly kept: readonly number[];
}

/** Three nodes with two directories each, the second on a disk of its own. */
const start = async (topicConfigs: Readonly<Record<string, string>> = {}): Promise<Story> => {
  const root = makeTempDir();
  const cluster = await ChaosCluster.make({
    root,
    shape: combinedShape(3),
    directoryCount: 2,
    furtherDiskMb: DISK_MB,
    settings: { 'offsets.topic.num.partitions': String(OFFSETS_PARTITIONS) },
  });
  const removeAll = (): void => {
    cluster.killAllNow();
    cluster.removeDisks();
  };
  process.once('exit', removeAll);
  ended.push(async () => {
    cluster.killAllNow();
    await Promise.all(cluster.nodes.map((node) => node.waitEnded(PATIENCE_MS)));
    removeAll();
    process.off('exit', removeAll);
  });
  await cluster.up();
  const client = connect({ bootstrap: cluster.bootstrap });
  ended.unshift(() => client.close());
  const { victim, group } = await chooseVictim(cluster, client);
  const [disk] = victim.disks;
  if (disk === undefined) throw new Error('every node has a disk');
  const others = cluster.nodes.map(({ nodeId }) => nodeId).filter((id) => id !== victim.nodeId);
  const assignments = PARTITIONS.map(() => [victim.nodeId, ...others]);
  const configs = { 'min.insync.replicas': '2', ...topicConfigs };
  await client.admin().createTopic({ name: 't', assignments, configs });
  const { topicId } = await client.admin().describeTopic('t');
  const [first = '', second = ''] = victim.logDirs;
  const placed = (): number[] => [first, second].flatMap((path) => partitionsIn(path, topicId));
  await until(async () => placed().length === PARTITIONS.length);
  const lost = partitionsIn(second, topicId);
  const kept = PARTITIONS.filter((one) => !lost.includes(one));
  expect(Math.min(lost.length, kept.length)).toBeGreaterThan(0);
  return { cluster, client, victim, disk, group, lost, kept };
};

/** Makes the topic of the groups, and finds a partition of it that its leader has on its own disk. */
const chooseVictim = async (
  cluster: ChaosCluster,
  client: OttlaClient,
): Promise<Pick<Story, 'victim' | 'group'>> => {
  await client.admin().createTopic({ name: 'first', partitions: 1, replicationFactor: 3 });
  const consumer = client.consumer({ topics: ['first'], groupId: 'first' });
  const reading = consumer.batches().next();
  await until(async () => consumer.partitions.length === 1);
  await consumer.close();
  await reading;
  const { topicId, partitions } = await client.admin().describeTopic(OFFSETS_TOPIC);
  for (const { partition, leader } of partitions) {
    const victim = cluster.node(leader);
    if (!partitionsIn(victim.logDirs[1] ?? '', topicId).includes(partition)) continue;
    for (let at = 0; ; at += 1) {
      const group = `group-${at}`;
      if (groupPartition(group, partitions.length) === partition) return { victim, group };
    }
  }
  throw new Error('no broker leads a partition of the groups in its second directory');
};

const partitionsIn = (directory: string, topicId: string): number[] =>
  readdirSync(directory)
    .filter((name) => name.startsWith(`${topicId}-`) && /-\d+$/.test(name))
    .map((name) => Number(name.slice(name.lastIndexOf('-') + 1)))
    .sort((a, b) => a - b);

/** Throws what `describe` says once it takes too long. */
const until = async (
  isSo: () => Promise<boolean>,
  describeState: () => Promise<unknown> = async () => 'not so',
): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(JSON.stringify(await describeState()));
    await sleep(POLL_MS);
  }
};

type State = TopicDescription['partitions'][number];

/** Until every one of these partitions is so. */
const untilAll = (
  { client }: Story,
  numbers: readonly number[],
  isSo: (state: State) => boolean,
): Promise<void> => {
  const describeAll = async (): Promise<readonly State[]> =>
    (await client.admin().describeTopic('t')).partitions;
  const areAll = async (): Promise<boolean> => {
    const states = await describeAll();
    return numbers.every((number) => states.some((it) => it.partition === number && isSo(it)));
  };
  return until(areAll, describeAll);
};

const offlineCount = async ({ ports }: ChaosNode): Promise<number> => {
  const page = await (await fetch(`http://127.0.0.1:${ports.admin}/metrics`)).text();
  const [, count = '-1'] =
    /^kafka_log_logmanager_offlinelogdirectorycount (\d+)$/m.exec(page) ?? [];
  return Number(count);
};

/** So many records of each of these partitions are acknowledged after this was called. */
const acknowledgeMore = async (
  load: SteadyLoad,
  { of = PARTITIONS, count = 5 }: { of?: readonly number[]; count?: number } = {},
): Promise<void> => {
  const before = load.acknowledged.length;
  const ofEach = (): number[] => {
    const since = load.acknowledged.slice(before);
    return of.map((one) => since.filter((value) => value.startsWith(`${one}:`)).length);
  };
  await until(
    async () => Math.min(...ofEach()) >= count,
    async () => ofEach(),
  );
};

/** A member of a group that reads all the time; what it was given, in order. */
class Member {
  readonly values: string[] = [];
  readonly #work: Promise<void>;
  readonly #close: () => Promise<void>;

  constructor({ client, group }: Story) {
    const consumer = client.consumer({
      topics: ['t'],
      groupId: group,
      offsetReset: 'earliest',
      autoCommitIntervalMs: 100,
    });
    const read = async (): Promise<void> => {
      for await (const { records } of consumer.batches()) {
        for (const { value } of records) this.values.push(textOf(value));
      }
    };
    this.#work = read();
    this.#close = () => consumer.close();
  }

  async leave(): Promise<void> {
    await this.#close();
    await this.#work;
  }
}

const textOf = (value: Uint8Array | null): string => Buffer.from(value ?? []).toString();

/** The group has committed all that is in the topic now. */
const commitsAll = async ({ client, group }: Story): Promise<void> => {
  const ends = new Map(
    (await client.admin().groups.lag(group)).map(({ partition, endOffset }) => [
      partition,
      endOffset,
    ]),
  );
  const lag = () => client.admin().groups.lag(group);
  await until(
    async () =>
      (await lag()).every(
        ({ partition, nextOffset = 0 }) => nextOffset >= (ends.get(partition) ?? 0),
      ),
    lag,
  );
};

const LEAST_BYTES = 1e6;

/** Every value that was acknowledged is there, in the order of its partition and only once. */
const expectAllThere = (acknowledged: readonly string[], found: readonly string[]): void => {
  for (const one of PARTITIONS) {
    const of = (values: readonly string[]): string[] =>
      values.filter((value) => value.startsWith(`${one}:`));
    expect(of(found)).toEqual(of(acknowledged));
  }
};

const endOf = async (story: Story, load: SteadyLoad, member: Member): Promise<void> => {
  await load.end();
  const leastCount = load.acknowledged.length;
  const found = await readBack(story.client, { leastCount, maxBytes: LEAST_BYTES });
  expectAllThere(load.acknowledged, found);
  await until(
    async () => member.values.length >= leastCount,
    async () => `${member.values.length} of ${leastCount}`,
  );
  await commitsAll(story);
  await member.leave();
  expectAllThere(load.acknowledged, member.values);
};

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

describe.skipIf(missing !== undefined)('a broker with two disks', () => {
  it(
    'goes on without one whose writes fail, starts without it, and has it back with all its replicas',
    async () => {
      const story = await start();
      const { cluster, victim, disk, lost, kept } = story;
      const load = new SteadyLoad(story.client, PARTITIONS.length);
      const member = new Member(story);
      await acknowledgeMore(load);
      await commitsAll(story);
      load.takeGapsMs();

      disk.fail();

      await untilAll(story, lost, ({ isr, leader }) => {
        return !isr.includes(victim.nodeId) && leader !== victim.nodeId && leader !== -1;
      });
      await acknowledgeMore(load);
      const gapsMs = load.takeGapsMs();
      say(`gaps in acknowledgements by partition, ${lost} on the failed disk: ${gapsMs} ms`);
      await untilAll(story, kept, ({ isr, leader }) => {
        return isr.length === 3 && leader === victim.nodeId;
      });
      expect(await offlineCount(victim)).toBe(1);
      expect((await victim.standing()).isReady).toBe(true);
      await commitsAll(story);

      await cluster.stop(victim);
      disk.pullOut();
      await cluster.start([victim]);

      await untilAll(story, kept, ({ isr }) => isr.length === 3);
      await untilAll(story, lost, ({ isr }) => !isr.includes(victim.nodeId));
      expect(await offlineCount(victim)).toBe(1);
      expect(readdirSync(disk.directory)).toEqual([]);
      await acknowledgeMore(load);
      await commitsAll(story);

      await cluster.stop(victim);
      await disk.putIn();
      await cluster.start([victim]);

      await untilAll(story, PARTITIONS, ({ isr }) => isr.length === 3);
      await untilAll(story, PARTITIONS, ({ leader }) => leader === victim.nodeId);
      expect(await offlineCount(victim)).toBe(0);
      await acknowledgeMore(load);
      await endOf(story, load, member);
    },
    LIMIT_MS,
  );

  it(
    'goes on without one that is pulled out of its place',
    async () => {
      const story = await start({ 'segment.bytes': '65536' });
      const { cluster, victim, disk, lost, kept } = story;
      const load = new SteadyLoad(story.client, PARTITIONS.length, { padBytes: 4000 });
      const member = new Member(story);
      await acknowledgeMore(load);

      disk.pullOut();

      await untilAll(story, lost, ({ isr, leader }) => {
        return !isr.includes(victim.nodeId) && leader !== victim.nodeId && leader !== -1;
      });
      await untilAll(story, kept, ({ isr, leader }) => {
        return isr.length === 3 && leader === victim.nodeId;
      });
      expect(await offlineCount(victim)).toBe(1);
      await acknowledgeMore(load);
      await cluster.stop(victim);
      await disk.putIn();
      await cluster.start([victim]);
      await untilAll(story, PARTITIONS, ({ isr }) => isr.length === 3);
      await endOf(story, load, member);
    },
    LIMIT_MS,
  );

  it(
    'does not take a full one for a failed one',
    async () => {
      const story = await start();
      const { victim, disk, kept } = story;
      const load = new SteadyLoad(story.client, PARTITIONS.length);
      const member = new Member(story);
      await acknowledgeMore(load);

      disk.fill();
      await acknowledgeMore(load, { of: kept, count: 50 });

      expect(await offlineCount(victim)).toBe(0);
      await untilAll(story, PARTITIONS, ({ leader }) => leader === victim.nodeId);
      disk.free();
      await acknowledgeMore(load);
      await untilAll(story, PARTITIONS, ({ isr }) => isr.length === 3);
      await endOf(story, load, member);
    },
    LIMIT_MS,
  );

  it(
    'is taken through the loss of one as docs/recovery.md says, and a new one comes in its place',
    async () => {
      const story = await start();
      const { cluster, victim, disk, lost } = story;
      const load = new SteadyLoad(story.client, PARTITIONS.length);
      const member = new Member(story);
      const [first = '', second = ''] = victim.logDirs;
      const { topicId } = await story.client.admin().describeTopic('t');
      await acknowledgeMore(load);
      disk.fail();
      await untilAll(story, lost, ({ isr }) => !isr.includes(victim.nodeId));
      const words = ['broker', 'list', '--bootstrap', cluster.bootstrap];
      const listed = String((await ottla(words)).stdout);

      // It is lost for good: out of log.dirs, and a restart.
      await cluster.stop(victim);
      disk.pullOut();
      const untouched = await format(victim);
      setLogDirs(victim, [first]);
      await cluster.start([victim]);
      await untilAll(story, PARTITIONS, ({ isr }) => isr.length === 3);
      const together = partitionsIn(first, topicId);

      // A new one at the same place, formatted, and a restart.
      await cluster.stop(victim);
      const image = join(victim.directory, 'new-disk');
      const fresh = new LoopDisk({ image, directory: second, megabytes: DISK_MB });
      ended.push(() => fresh.remove());
      setLogDirs(victim, [first, second]);
      const formatted = await format(victim);
      await cluster.start([victim]);
      await untilAll(story, PARTITIONS, ({ isr }) => isr.length === 3);

      // What was given up comes back.
      await cluster.stop(victim);
      fresh.pullOut();
      await disk.putIn();
      const refused = await ottla(['start', '--config', victim.configPath]);
      disk.pullOut();
      await fresh.putIn();
      await cluster.start([victim]);
      await untilAll(story, PARTITIONS, ({ isr }) => isr.length === 3);

      expect(listed).toMatch(new RegExp(`^  ${second} of broker ${victim.nodeId}: .*EROFS`, 'm'));
      expect(untouched).toContain(`${second} is left alone: it held replicas and is not there`);
      expect(together).toEqual([...PARTITIONS]);
      expect(formatted).toContain(`${second} formatted for node ${victim.nodeId}`);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain('it was given up, and they are out of date');
      await acknowledgeMore(load);
      await endOf(story, load, member);
    },
    LIMIT_MS,
  );
});

const setLogDirs = ({ configPath }: ChaosNode, directories: readonly string[]): void => {
  const text = readFileSync(configPath, 'utf8');
  writeFileSync(configPath, text.replace(/^log\.dirs=.*$/m, `log.dirs=${directories.join(',')}`));
};

/** Again, as for a directory that was added; what it says. */
const format = async ({ configPath }: ChaosNode): Promise<string> => {
  const words = ['format', '--config', configPath, '--ignore-formatted'];
  const { status, stdout, stderr } = await ottla(words);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return String(stdout);
};
