import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { separateShape } from '../../deploy/local/layout.ts';
import { connect } from '../../src/app/connect.ts';
import type { OttlaClient } from '../../src/client/client.ts';
import { tempDirs } from '../support/temp-dir.ts';
import { ChaosCluster } from './cluster/chaos-cluster.ts';

const makeTempDir = tempDirs();
const RECORD_BYTES = 4096;
const POLL_MS = 250;
const LIMIT_MS = 90_000;
/** Steps of the controller come once a second: less than two of them is not told apart. */
const STEPS_MS = 2000;
/** What else the machine does may hold up an answer, or the copies for a moment: so few looks. */
const WRONG_SHARE_MAX = 0.1;

const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

interface Data {
  readonly partitions: number;
  /** In each partition. */
  readonly records: number;
  /** What the new broker may copy, in bytes a second. */
  readonly rate: number;
}

/** A broker has joined three that are full. */
const start = async ({ partitions, records, rate }: Data): Promise<OttlaClient> => {
  const cluster = await ChaosCluster.make({
    root: makeTempDir(),
    shape: separateShape(1, 3),
    settings: { 'auto.balance.enable': 'false' },
  });
  ended.push(async () => cluster.killAllNow());
  await cluster.up();
  const client = connect({ bootstrap: cluster.bootstrap });
  ended.unshift(() => client.close());
  await client.admin().createTopic({ name: 't', partitions, replicationFactor: 3 });
  await using producer = client.producer();
  const value = Buffer.alloc(RECORD_BYTES, 'o');
  const sent = Array.from({ length: partitions * records }, (_, at) =>
    producer.send({ topic: 't', partition: at % partitions, value }),
  );
  await Promise.all(sent);
  const { nodeId: joined } = await cluster.addBroker();
  const name = String(joined);
  const key = 'follower.replication.throttled.rate';
  await client.admin().alterConfigs([{ type: 'broker', name, key, value: rate }]);
  return client;
};

interface Look {
  readonly atMs: number;
  readonly leftMs: number;
  /** Of what was planned, 0 to 1. */
  readonly copied: number;
}

interface Watched {
  /** What the plan said, in ms. */
  readonly plannedMs: number;
  readonly looks: readonly Look[];
  readonly tookMs: number;
}

/** What is told of the balance until it has ended. */
const watch = async (client: OttlaClient): Promise<Watched> => {
  const { balance } = client.admin();
  const { leftBytes: wholeBytes, leftMs: plannedMs } = await balance.plan();
  const beginMs = performance.now();
  await balance.apply();
  const looks: Look[] = [];
  for (;;) {
    const state = await balance.describe();
    const atMs = performance.now() - beginMs;
    if (state.reason === undefined && state.underWay.length === 0) {
      return { plannedMs, looks, tookMs: atMs };
    }
    if (atMs > LIMIT_MS) throw new Error('brokers are still not even');
    looks.push({ atMs, leftMs: state.leftMs, copied: 1 - state.leftBytes / wholeBytes });
    await sleep(POLL_MS);
  }
};

const isWithinTwice = (told: number, real: number): boolean => told <= 2 * real && real <= 2 * told;

const isTimeRight = (toldMs: number, realMs: number): boolean =>
  isWithinTwice(toldMs, realMs) || Math.max(toldMs, realMs) <= STEPS_MS;

it.each<[string, Data]>([
  // 3 replicas of 25 MB each, far enough behind to be held back: about 10 s.
  ['that are held back', { partitions: 4, records: 6000, rate: 7_000_000 }],
  // 90 replicas of 250 KB each: what holds them up is that ten move at a time.
  ['that are too small for that', { partitions: 120, records: 60, rate: 500_000 }],
])('tells progress and time left of copies %s to within a factor of two', async (_, data) => {
  const client = await start(data);

  const { plannedMs, looks, tookMs } = await watch(client);

  const later = looks.filter(({ atMs }) => atMs > tookMs / 4);
  process.stdout.write(`planned ${plannedMs} ms\n`);
  for (const { atMs, leftMs, copied } of looks) {
    process.stdout.write(
      `${Math.round(atMs)} of ${Math.round(tookMs)} ms: told ${leftMs} ms left, are ` +
        `${Math.round(tookMs - atMs)}; ${(copied * 100).toFixed(0)} %\n`,
    );
  }
  const wrongTimes = later.filter(({ atMs, leftMs }) => !isTimeRight(leftMs, tookMs - atMs));
  const wrongProgress = later.filter(({ atMs, copied }) => !isWithinTwice(copied, atMs / tookMs));
  // What is held back is what lies more than 16 MiB behind: without a rate all came in a second.
  expect(tookMs).toBeGreaterThan(3500);
  expect(later.length).toBeGreaterThan(10);
  expect(isTimeRight(plannedMs, tookMs)).toBe(true);
  expect(wrongTimes.length).toBeLessThanOrEqual(WRONG_SHARE_MAX * later.length);
  expect(wrongProgress.length).toBeLessThanOrEqual(WRONG_SHARE_MAX * later.length);
});
