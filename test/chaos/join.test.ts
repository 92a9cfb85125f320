import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { separateShape } from '../../deploy/local/layout.ts';
import { connect } from '../../src/app/connect.ts';
import type { OttlaClient } from '../../src/client/client.ts';
import { tempDirs } from '../support/temp-dir.ts';
import { ChaosCluster } from './cluster/chaos-cluster.ts';
import { readBack, SteadyLoad } from './load/steady-load.ts';

const makeTempDir = tempDirs();
const PARTITIONS = 12;
const REPLICAS = 3;
/** What is there before the broker joins, in each partition. */
const OLD_RECORDS = 400;
const OLD_BYTES = 4096;
const LIMIT_MS = 60_000;
/** `JOIN_GAP_MS=500` makes the goal the bound: on a machine with nothing else to do. */
const GAP_MAX_MS = Number(process.env['JOIN_GAP_MS'] ?? 5000);

const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

const start = async (): Promise<{ cluster: ChaosCluster; client: OttlaClient }> => {
  const cluster = await ChaosCluster.make({
    root: makeTempDir(),
    shape: separateShape(3, 3),
    settings: { 'replica.heal.delay.ms': '3000' },
  });
  ended.push(async () => cluster.killAllNow());
  await cluster.up();
  const client = connect({ bootstrap: cluster.bootstrap });
  ended.unshift(() => client.close());
  return { cluster, client };
};

const until = async (isSo: () => Promise<boolean>, what: string): Promise<number> => {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > LIMIT_MS) throw new Error(`still not: ${what}`);
    await sleep(100);
  }
  return Math.round(performance.now() - startMs);
};

const partitionsOf = async (client: OttlaClient) =>
  (await client.admin().describeTopic('t')).partitions;

const fill = async (client: OttlaClient): Promise<void> => {
  await using producer = client.producer();
  const value = Buffer.alloc(OLD_BYTES, 'o');
  const sent = Array.from({ length: PARTITIONS * OLD_RECORDS }, (_, at) =>
    producer.send({ topic: 't', partition: at % PARTITIONS, value }),
  );
  await Promise.all(sent);
};

it('gives a broker that joins its share, and makes it up when it is gone for good', async () => {
  const { cluster, client } = await start();
  await client.admin().createTopic({
    name: 't',
    partitions: PARTITIONS,
    replicationFactor: REPLICAS,
    configs: { 'min.insync.replicas': '2' },
  });
  await fill(client);
  const load = new SteadyLoad(client, PARTITIONS);
  await sleep(2000);
  const gapBeforeMs = load.takeGapMs();

  const joined = await cluster.addBroker();
  const share = (PARTITIONS * REPLICAS) / 4;
  const joinMs = await until(async () => {
    const partitions = await partitionsOf(client);
    const held = partitions.filter(({ replicas }) => replicas.includes(joined.nodeId)).length;
    const led = partitions.filter(({ leader }) => leader === joined.nodeId).length;
    const { reason } = await client.admin().balance.describe();
    return held === share && led === PARTITIONS / 4 && reason === undefined;
  }, 'the broker has its share');
  const gapMs = load.takeGapMs();
  await cluster.kill([joined]);
  const healMs = await until(async () => {
    const partitions = await partitionsOf(client);
    return partitions.every(
      ({ replicas, isr }) => isr.length === REPLICAS && !replicas.includes(joined.nodeId),
    );
  }, 'every partition has three replicas elsewhere');
  const gapOfDeathMs = load.takeGapMs();
  await load.end();
  const found = new Set(await readBack(client, { leastCount: load.acknowledged.length }));

  process.stdout.write(
    `joined in ${joinMs} ms, healed in ${healMs} ms; longest time without an acknowledgement on ` +
      `one partition ${gapBeforeMs} ms before, ${gapMs} ms amid the join, ${gapOfDeathMs} ms amid ` +
      `the death and the heal; ${load.acknowledged.length} acknowledged\n`,
  );
  expect(load.acknowledged.filter((value) => !found.has(value))).toEqual([]);
  expect(gapMs).toBeLessThan(GAP_MAX_MS);
});
