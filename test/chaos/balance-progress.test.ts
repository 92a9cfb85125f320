import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { separateShape } from '../../deploy/local/layout.ts';
import { connect } from '../../src/app/connect.ts';
import type { OttlaClient } from '../../src/client/client.ts';
import { tempDirs } from '../support/temp-dir.ts';
import { ChaosCluster } from './cluster/chaos-cluster.ts';

const makeTempDir = tempDirs();
const PARTITIONS = 4;
const RECORDS = 6000;
const RECORD_BYTES = 4096;
/** The new broker gets 3 replicas of 25 MB each, far enough behind to be throttled: about 10 s. */
const RATE = 7_000_000;
const POLL_MS = 250;
const LIMIT_MS = 90_000;
/** Steps of the controller come once a second: less than two of them is not told apart. */
const STEPS_MS = 2000;

const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** A broker has joined three that are full, and may copy so much a second. */
const start = async (): Promise<OttlaClient> => {
  const cluster = await ChaosCluster.make({
    root: makeTempDir(),
    shape: separateShape(1, 3),
    settings: { 'auto.balance.enable': 'false' },
  });
  ended.push(async () => cluster.killAllNow());
  await cluster.up();
  const client = connect({ bootstrap: cluster.bootstrap });
  ended.unshift(() => client.close());
  await client.admin().createTopic({ name: 't', partitions: PARTITIONS, replicationFactor: 3 });
  await using producer = client.producer();
  const value = Buffer.alloc(RECORD_BYTES, 'o');
  const sent = Array.from({ length: PARTITIONS * RECORDS }, (_, at) =>
    producer.send({ topic: 't', partition: at % PARTITIONS, value }),
  );
  await Promise.all(sent);
  const { nodeId: joined } = await cluster.addBroker();
  const name = String(joined);
  const key = 'follower.replication.throttled.rate';
  await client.admin().alterConfigs([{ type: 'broker', name, key, value: RATE }]);
  return client;
};

interface Look {
  readonly atMs: number;
  readonly leftMs: number;
  /** Of what was planned, 0 to 1. */
  readonly copied: number;
}

/** What is told of the balance until it has ended. */
const watch = async (client: OttlaClient): Promise<{ looks: Look[]; tookMs: number }> => {
  const { balance } = client.admin();
  const { leftBytes: wholeBytes } = await balance.plan();
  const beginMs = performance.now();
  await balance.apply();
  const looks: Look[] = [];
  for (;;) {
    const state = await balance.describe();
    const atMs = performance.now() - beginMs;
    if (state.reason === undefined && state.underWay.length === 0) return { looks, tookMs: atMs };
    if (atMs > LIMIT_MS) throw new Error('brokers are still not even');
    looks.push({ atMs, leftMs: state.leftMs, copied: 1 - state.leftBytes / wholeBytes });
    await sleep(POLL_MS);
  }
};

const isWithinTwice = (told: number, real: number): boolean => told <= 2 * real && real <= 2 * told;

it('tells progress and time left to within a factor of two after the first quarter', async () => {
  const client = await start();

  const { looks, tookMs } = await watch(client);

  const later = looks.filter(({ atMs }) => atMs > tookMs / 4);
  for (const { atMs, leftMs, copied } of looks) {
    process.stdout.write(
      `${Math.round(atMs)} of ${Math.round(tookMs)} ms: told ${leftMs} ms left, are ` +
        `${Math.round(tookMs - atMs)}; ${(copied * 100).toFixed(0)} %\n`,
    );
  }
  const wrongTimes = later.filter(({ atMs, leftMs }) => {
    const realMs = tookMs - atMs;
    return !isWithinTwice(leftMs, realMs) && Math.max(leftMs, realMs) > STEPS_MS;
  });
  const wrongProgress = later.filter(({ atMs, copied }) => !isWithinTwice(copied, atMs / tookMs));
  expect(tookMs).toBeGreaterThan(6000);
  expect(later.length).toBeGreaterThan(10);
  expect({ wrongTimes, wrongProgress }).toEqual({ wrongTimes: [], wrongProgress: [] });
});
