import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { LocalCluster } from '../../deploy/local/cluster.ts';
import type { OttlaClient } from '../../src/client/client.ts';
import { tempDirs } from '../support/temp-dir.ts';
import { startThreeNodes } from './cluster/three-nodes.ts';

const makeTempDir = tempDirs();
const NODES = [1, 2, 3];
const PARTITIONS = 4;
/** `make chaos-delayed` sends many more, over a minute. */
const RECORDS = Number(process.env['DELAYED_RECORDS'] ?? 2000);
const FROM_KCAT = 50;
/** Every record is due within this, from the first one on. */
const SPREAD_MS = Number(process.env['DELAYED_SPREAD_MS'] ?? 12_000);
/** A leader is killed so often, and then all nodes, within the time in which records are due. */
const LEADER_KILLS = Math.max(1, Math.round(SPREAD_MS / 15_000));
/** A leader is away for so long. */
const AWAY_MS = 2500;
/** Until the first kill, and between one return and the next kill. */
const CALM_MS = 1500;
/** From the last kill on, for all that is left. */
const READ_TIMEOUT_MS = SPREAD_MS + 60_000;

const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

const kcat = async (words: readonly string[], input: string): Promise<void> => {
  const child = spawn('kcat', [...words], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(input);
  const [status] = await once(child, 'close');
  expect(status).toBe(0);
};

const leaderOf = async (client: OttlaClient, partition: number): Promise<number> => {
  const [described] = await client.admin().describeTopics(['t']);
  return described?.partitions[partition]?.leader ?? 1;
};

/** Leaders of one partition after the other, each dead for a while; then all nodes at once. */
const strike = async (cluster: LocalCluster, client: OttlaClient): Promise<void> => {
  for (let kill = 0; kill < LEADER_KILLS; kill += 1) {
    await sleep(kill === 0 ? CALM_MS : SPREAD_MS / (LEADER_KILLS + 1) - AWAY_MS);
    const leader = await leaderOf(client, kill % PARTITIONS);
    await cluster.kill(leader);
    await sleep(AWAY_MS);
    await cluster.start(leader);
  }
  await sleep(CALM_MS);
  for (const node of NODES) await cluster.kill(node);
  await Promise.all(NODES.map((node) => cluster.start(node)));
};

/** What half, 99 of 100 and all records are no later than, in words. */
const describeLateness = (latenessMs: readonly number[]): string => {
  const sorted = [...latenessMs].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return `late by ms: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`;
};

it('delivers each delayed record once, none early, though leaders and then all nodes are killed', {
  timeout: 2 * READ_TIMEOUT_MS,
}, async () => {
  const { cluster, client, kafkaBootstrap } = await startThreeNodes(makeTempDir(), ended);
  const configs = { 'delay.enable': 'true', 'min.insync.replicas': '2' };
  await client.admin().createTopic({ name: 't', partitions: PARTITIONS, configs });
  const producer = client.producer();
  const startMs = Date.now();

  const sends = Array.from({ length: RECORDS }, (_, index) => {
    const deliverAt = startMs + 1000 + Math.round((index * SPREAD_MS) / RECORDS);
    const partition = index % PARTITIONS;
    return producer.send({
      topic: 't',
      partition,
      key: String(deliverAt),
      value: `n${index}`,
      deliverAt,
    });
  });
  const lines = Array.from({ length: FROM_KCAT }, (_, index) => `k${index}`).join('\n');
  const words = ['-P', '-b', kafkaBootstrap, '-t', 't', '-X', 'enable.idempotence=true'];
  await kcat([...words, '-H', 'ottla-delay-ms=6000'], lines);
  await Promise.all([strike(cluster, client), ...sends]);

  const times = new Map<string, number>();
  const latenessMs: number[] = [];
  const wanted = RECORDS + FROM_KCAT;
  const reader = client.reader({ topic: 't', from: 'earliest' });
  let limit = setTimeout(() => void reader.close(), READ_TIMEOUT_MS);
  for await (const { key, value, timestampMs } of reader) {
    const text = Buffer.from(value ?? []).toString();
    times.set(text, (times.get(text) ?? 0) + 1);
    if (key !== null) latenessMs.push(timestampMs - Number(Buffer.from(key).toString()));
    if (times.size < wanted) continue;
    // A repeat would come soon.
    clearTimeout(limit);
    limit = setTimeout(() => void reader.close(), 2000);
  }
  clearTimeout(limit);
  await producer.close();

  process.stdout.write(`${RECORDS} delayed records, ${describeLateness(latenessMs)}\n`);
  expect(times.size).toBe(wanted);
  expect([...times].filter(([, count]) => count !== 1)).toEqual([]);
  expect(latenessMs.every((late) => late >= 0)).toBe(true);
});
