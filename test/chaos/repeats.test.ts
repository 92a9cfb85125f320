import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { REPOSITORY } from '../../deploy/local/layout.ts';
import type { OttlaClient } from '../../src/client/client.ts';
import { tempDirs } from '../support/temp-dir.ts';
import type { ThreeNodes } from './cluster/three-nodes.ts';
import { startThreeNodes } from './cluster/three-nodes.ts';

const makeTempDir = tempDirs();
const NODES = [1, 2, 3];
const PARTITIONS = 2;
const RECORDS = 600;
const READ_TIMEOUT_MS = 30_000;
const PRODUCER = join(REPOSITORY, 'test/chaos/repeats/producer.ts');

const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

const start = async (): Promise<ThreeNodes> => {
  const nodes = await startThreeNodes(makeTempDir(), ended);
  const configs = { 'dedup.window.ms': '600000', 'min.insync.replicas': '2' };
  await nodes.client.admin().createTopic({ name: 't', partitions: PARTITIONS, configs });
  return nodes;
};

/** Where each record is said to be: by its number, all that was ever answered. */
type Answers = Map<number, Set<number>>;

interface Run {
  readonly by: 'sdk' | 'kafka';
  readonly bootstrap: string;
  readonly atOnce: number;
  /** It is killed once so many were answered; left out: it ends by itself. */
  readonly killAfter?: number;
  /** Called once so many were answered. */
  readonly strike?: { readonly after: number; readonly act: () => Promise<void> };
}

const runProducer = async (
  answers: Answers,
  { by, bootstrap, atOnce, killAfter, strike }: Run,
): Promise<void> => {
  const numbers = { PARTITIONS: `${PARTITIONS}`, RECORDS: `${RECORDS}`, AT_ONCE: `${atOnce}` };
  const child = spawn(process.execPath, ['--import', 'tsx', PRODUCER], {
    cwd: REPOSITORY,
    env: { ...process.env, BY: by, BOOTSTRAP: bootstrap, ...numbers },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  let count = 0;
  let striking: Promise<void> = Promise.resolve();
  for await (const line of createInterface({ input: child.stdout })) {
    const [index = 0, offset = -1] = line.split(' ').map(Number);
    count += 1;
    if (offset >= 0) answers.set(index, (answers.get(index) ?? new Set()).add(offset));
    if (count === killAfter) child.kill('SIGKILL');
    if (count === strike?.after) striking = strike.act();
  }
  await striking;
  const [status, signal] = await gone;
  expect({ status, signal }).toEqual(
    killAfter === undefined ? { status: 0, signal: null } : { status: null, signal: 'SIGKILL' },
  );
  if (killAfter === undefined) expect(count).toBe(RECORDS);
};

/** Every record of the topic: its value, and where it is. */
const readAll = async (client: OttlaClient): Promise<[string, number][]> => {
  const found: [string, number][] = [];
  const reader = client.reader({ topic: 't', from: 'earliest' });
  let limit = setTimeout(() => void reader.close(), READ_TIMEOUT_MS);
  for await (const { value, offset } of reader) {
    found.push([Buffer.from(value ?? []).toString(), offset]);
    if (found.length < RECORDS) continue;
    // A copy would come soon.
    clearTimeout(limit);
    limit = setTimeout(() => void reader.close(), 1000);
  }
  clearTimeout(limit);
  return found;
};

it.each(['sdk', 'kafka'] as const)(
  'a producer by %s that is killed and run again, while leaders and then all nodes are killed, appends each record once and hears of one offset for it',
  { timeout: 180_000 },
  async (by) => {
    const { cluster, client, kafkaBootstrap } = await start();
    const bootstrap = by === 'sdk' ? cluster.bootstrap : kafkaBootstrap;
    const answers: Answers = new Map();
    const killLeader = async (): Promise<void> => {
      const [described] = await client.admin().describeTopics(['t']);
      const leader = described?.partitions[0]?.leader ?? 1;
      await cluster.kill(leader);
      await cluster.start(leader);
    };
    const killAll = async (): Promise<void> => {
      for (const node of NODES) await cluster.kill(node);
      await Promise.all(NODES.map((node) => cluster.start(node)));
    };

    await runProducer(answers, { by, bootstrap, atOnce: 7, killAfter: 100 });
    await runProducer(answers, {
      by,
      bootstrap,
      atOnce: 3,
      killAfter: 400,
      strike: { after: 150, act: killLeader },
    });
    await runProducer(answers, {
      by,
      bootstrap,
      atOnce: 5,
      strike: { after: 300, act: killAll },
    });
    await runProducer(answers, { by, bootstrap, atOnce: 1 });

    const found = await readAll(client);
    const values = Array.from({ length: RECORDS }, (_, index) => `n${index}`);
    expect(found.map(([value]) => value).sort()).toEqual(values.toSorted());
    const said = values.map((value, index) => [value, ...(answers.get(index) ?? [])]);
    expect(said.sort()).toEqual(found.sort());
  },
);
