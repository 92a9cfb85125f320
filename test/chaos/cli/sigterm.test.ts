import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { OttlaClient, Producer } from '../../../src/index.ts';
import { connect } from '../../../src/index.ts';
import type { NodeFiles } from './processes.ts';
import { Workshop } from './processes.ts';

const workshop = new Workshop();
const TOPIC = 'orders';
const PARTITIONS = [0, 1, 2, 3, 4, 5];
const RECORDS_PER_ROUND = 40;
const LATEST = 'latest' as const;
const DRAINED_MAX_MS = 1000;
const POLL_MS = 5;

afterAll(() => workshop.close());

interface BrokerProcess {
  readonly nodeId: number;
  readonly files: NodeFiles;
  readonly child: ChildProcess;
}

/** The controller is node 1, and a broker; 2 and 3 are brokers only. All run. */
const threeNodes = async (): Promise<{ first: NodeFiles; brokers: BrokerProcess[] }> => {
  const settings = { 'default.replication.factor': '3', 'min.insync.replicas': '2' };
  const first = await workshop.formatted(1, settings);
  const broker = { 'process.roles': 'broker', 'controller.quorum.voters': `1@${first.peer}` };
  const others = [2, 3].map((nodeId) => workshop.formatted(nodeId, { ...settings, ...broker }));
  await workshop.running(first);
  const start = async (files: NodeFiles, at: number): Promise<BrokerProcess> => ({
    nodeId: at + 2,
    files,
    child: await workshop.running(files),
  });
  return { first, brokers: await Promise.all((await Promise.all(others)).map(start)) };
};

interface Load {
  readonly acknowledged: readonly string[];
  readonly failures: readonly unknown[];
  /** Stops, and waits for what is on its way. */
  end(): Promise<void>;
}

/** Sends without a pause; the number of a record counts those of its partition. */
const startLoad = (producer: Producer): Load => {
  const acknowledged: string[] = [];
  const failures: unknown[] = [];
  let isEnding = false;
  let next = 0;
  const sendOne = async (partition: number, value: string): Promise<void> => {
    const sent = producer.send({ topic: TOPIC, partition, value });
    await sent.then(
      () => acknowledged.push(`${partition}:${value}`),
      (error: unknown) => failures.push(error),
    );
  };
  const run = async (): Promise<void> => {
    while (!isEnding) {
      const round: Promise<void>[] = [];
      for (let index = 0; index < RECORDS_PER_ROUND; index += 1, next += 1) {
        for (const partition of PARTITIONS) round.push(sendOne(partition, `v${next}`));
      }
      await Promise.all(round);
      await sleep(5);
    }
  };
  const running = run();
  return {
    acknowledged,
    failures,
    end: () => {
      isEnding = true;
      return running;
    },
  };
};

const readAll = async (client: OttlaClient, count: number): Promise<string[]> => {
  await using reader = client.reader({ topic: TOPIC, from: 'earliest' });
  const read: string[] = [];
  for await (const { partition, value } of reader) {
    read.push(`${partition}:${Buffer.from(value ?? '').toString()}`);
    if (read.length === count) break;
  }
  return read;
};

const ofPartition = (partition: number, values: readonly string[]): string[] =>
  values.filter((value) => value.startsWith(`${partition}:`));

/** How many partitions a broker leads, as another one knows it. */
const ledBy = async (client: OttlaClient, brokerId: number): Promise<number> => {
  const { partitions } = await client.admin().describeTopic(TOPIC);
  return partitions.filter(({ leader }) => leader === brokerId).length;
};

interface Drain {
  /** So many partitions it led before. */
  readonly ledCount: number;
  readonly drainedMs: number;
  readonly endedMs: number;
}

/** What else the machine does makes it longer, and never shorter: one broker has to show it. */
const isQuick = ({ drainedMs }: Drain): boolean => drainedMs < DRAINED_MAX_MS;

/** SIGTERM, until another broker knows that it leads nothing, and until it has ended. */
const drain = async (client: OttlaClient, { nodeId, child }: BrokerProcess): Promise<Drain> => {
  const ledCount = await ledBy(client, nodeId);
  const exit = once(child, 'exit');
  const beginMs = performance.now();
  child.kill('SIGTERM');
  while ((await ledBy(client, nodeId)) > 0) await sleep(POLL_MS);
  const drainedMs = Math.round(performance.now() - beginMs);
  await exit;
  return { ledCount, drainedMs, endedMs: Math.round(performance.now() - beginMs) };
};

describe('SIGTERM of a broker that leads, while a producer sends with acks=all', () => {
  it('fails no send, and loses and doubles no record', async () => {
    const { first, brokers } = await threeNodes();
    const bootstrap = [first, ...brokers.map(({ files }) => files)].map((it) => it.client);
    await using client = connect({ bootstrap });
    await client.admin().createTopic({ name: TOPIC, partitions: PARTITIONS.length });
    await using producer = client.producer({ acks: 'all' });
    const load = startLoad(producer);
    const leadersAt: number[] = [];

    for (const { nodeId, files, child } of brokers) {
      await sleep(300);
      leadersAt.push(await ledBy(client, nodeId));
      const before = load.acknowledged.length;
      child.kill('SIGTERM');
      const [status] = await once(child, 'exit');
      expect(status).toBe(0);
      await sleep(300);
      expect(load.acknowledged.length).toBeGreaterThan(before);
      await workshop.running(files);
    }
    await load.end();

    expect(load.failures).toEqual([]);
    expect(Math.min(...leadersAt)).toBeGreaterThan(0);
    const questions = PARTITIONS.map((partition) => ({ topic: TOPIC, partition, at: LATEST }));
    const ends = await client.admin().listOffsets(questions);
    const stored = ends.reduce((total, { offset = 0 }) => total + offset, 0);
    expect(stored).toBe(load.acknowledged.length);
    const read = await readAll(client, stored);
    for (const partition of PARTITIONS) {
      const count = ofPartition(partition, load.acknowledged).length;
      const expected = Array.from({ length: count }, (_, index) => `${partition}:v${index}`);
      expect(ofPartition(partition, read)).toEqual(expected);
    }
  });

  it('moves every leader to another broker within a second', async () => {
    const { first, brokers } = await threeNodes();
    await using client = connect({ bootstrap: [first.client] });
    await client.admin().createTopic({ name: TOPIC, partitions: PARTITIONS.length });
    await using producer = client.producer({ acks: 'all' });
    const load = startLoad(producer);

    const drains: Drain[] = [];
    for (const broker of brokers) {
      if (drains.some(isQuick)) break;
      await sleep(500);
      drains.push(await drain(client, broker));
      await workshop.running(broker.files);
    }
    await load.end();

    process.stdout.write(`${JSON.stringify(drains)}\n`);
    expect(drains.every(({ ledCount }) => ledCount > 0)).toBe(true);
    expect(drains.some(isQuick)).toBe(true);
  });
});
