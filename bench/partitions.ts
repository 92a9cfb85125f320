/**
 * What 1,000 partitions cost three nodes: how long creating them takes, how long those of a broker
 * that led a third are without a leader, how long nobody takes changes after the active controller
 * died, and how long a change takes to be known by every broker. `--partitions N`: another number.
 */
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../deploy/local/cluster.ts';
import type { OttlaClient } from '../src/index.ts';
import { connect } from '../src/index.ts';
import { withCluster } from './cluster.ts';
import { merge, percentile } from './histogram.ts';
import { keep } from './keep.ts';

const NODES = 3;
const TOPIC = 'many';
/** Small topics that are made one after the other, each a change that brokers have to hear of. */
const CHANGES = 100;
const LIMIT_MS = 120_000;
const POLL_MS = 2;
/** What a rebalance after a restart may still move is over by then. */
const SETTLE_MS = 15_000;

const argument = process.argv[process.argv.indexOf('--partitions') + 1];
const partitionCount = process.argv.includes('--partitions') ? Number(argument) : 1000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

interface Spread {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const spreadOf = (valuesMs: readonly number[]): Spread => {
  const histogram = merge([valuesMs.map((ms) => [Math.round(ms), 1])]);
  const ms = (percent: number): number => percentile(histogram, percent);
  return { p50Ms: ms(50), p99Ms: ms(99), maxMs: ms(100) };
};

const describe = ({ p50Ms, p99Ms, maxMs }: Spread): string =>
  `p50 ${p50Ms} ms, p99 ${p99Ms} ms, at most ${maxMs} ms`;

/** Returns how long it was not so; a failure to tell is not so either. */
const until = async (isSo: () => Promise<boolean>, what: string): Promise<number> => {
  const beginMs = performance.now();
  while (!(await isSo().catch(() => false))) {
    if (performance.now() - beginMs > LIMIT_MS) throw new Error(`still not: ${what}`);
    await sleep(POLL_MS);
  }
  return performance.now() - beginMs;
};

/** A client of each broker, which asks that one alone for metadata. */
const witnesses = (cluster: LocalCluster): OttlaClient[] =>
  cluster.nodes.map(({ ports }) => connect({ bootstrap: `127.0.0.1:${ports.client}` }));

const isWhole = async (client: OttlaClient): Promise<boolean> => {
  const { partitions } = await client.admin().describeTopic(TOPIC);
  return (
    partitions.length === partitionCount &&
    partitions.every(({ leader, isr }) => leader > 0 && isr.length === NODES)
  );
};

/** Until the call is answered, and until every replica of every partition is in sync. */
const create = async (client: OttlaClient): Promise<{ answeredMs: number; inSyncMs: number }> => {
  const beginMs = performance.now();
  await client.admin().createTopic({
    name: TOPIC,
    partitions: partitionCount,
    replicationFactor: NODES,
    configs: { 'min.insync.replicas': '2' },
  });
  const answeredMs = performance.now() - beginMs;
  await until(() => isWhole(client), 'all replicas are in sync');
  return { answeredMs, inSyncMs: performance.now() - beginMs };
};

/** From the moment a change is acknowledged until each broker tells of it; one at a time. */
const propagation = async (client: OttlaClient, told: readonly OttlaClient[]): Promise<Spread> => {
  const delays: number[] = [];
  for (let at = 0; at < CHANGES; at += 1) {
    const name = `change-${at}`;
    await client.admin().createTopic({ name, partitions: 1, replicationFactor: 1 });
    const isKnown = async (witness: OttlaClient): Promise<boolean> =>
      (await witness.admin().listTopics()).includes(name);
    const each = told.map((witness) => until(() => isKnown(witness), `${name} is known`));
    delays.push(...(await Promise.all(each)));
  }
  return spreadOf(delays);
};

/** Kills who leads a third; of each of its partitions, until a record is acknowledged again. */
const failover = async (cluster: LocalCluster, client: OttlaClient, victim: number) => {
  const { partitions } = await client.admin().describeTopic(TOPIC);
  const orphans = partitions.filter(({ leader }) => leader === victim);
  const producer = client.producer({ acks: 'all', lingerMs: 0 });
  const send = async ({ partition }: { partition: number }): Promise<number> => {
    await producer.send({ topic: TOPIC, partition, value: 'v' });
    return performance.now();
  };
  // So that connections, and what a producer keeps of each partition, are there.
  await Promise.all(orphans.map(send));
  const killedMs = performance.now();
  await cluster.kill(victim);
  const endedMs = await Promise.all(orphans.map(send));
  await producer.close();
  return { led: orphans.length, ...spreadOf(endedMs.map((ms) => ms - killedMs)) };
};

/** Kills the active controller; until the next one has taken a change. */
const controllerFailover = async (cluster: LocalCluster, client: OttlaClient): Promise<number> => {
  const { controllerId } = await client.admin().describeCluster();
  const beginMs = performance.now();
  await cluster.kill(controllerId);
  for (let at = 0; ; at += 1) {
    const spec = { name: `after-${at}`, partitions: 1, replicationFactor: 1 };
    try {
      await client.admin().createTopic(spec, { timeoutMs: LIMIT_MS });
      return performance.now() - beginMs;
    } catch (error) {
      if (performance.now() - beginMs > LIMIT_MS) throw error;
    }
  }
};

const measured = await withCluster({ nodes: NODES }, async (cluster) => {
  const client = connect({ bootstrap: cluster.bootstrap });
  const told = witnesses(cluster);
  const creationMs = await create(client);
  say(
    `${partitionCount} partitions: created in ${creationMs.answeredMs.toFixed(0)} ms, every ` +
      `replica in sync after ${creationMs.inSyncMs.toFixed(0)} ms`,
  );
  const propagationMs = await propagation(client, told);
  say(`a change is known by every broker after ${describe(propagationMs)}`);

  const { controllerId } = await client.admin().describeCluster();
  const victim =
    cluster.nodes.map(({ node }) => node.nodeId).find((id) => id !== controllerId) ?? 1;
  const failoverMs = await failover(cluster, client, victim);
  say(`a broker that led ${failoverMs.led} died: acknowledged again after ${describe(failoverMs)}`);
  await cluster.start(victim);
  await until(() => isWhole(client), 'all replicas are in sync again');
  await sleep(SETTLE_MS);

  const controllerMs = await controllerFailover(cluster, client);
  say(`the active controller died: the next one took a change after ${controllerMs.toFixed(0)} ms`);
  await Promise.all([client, ...told].map((each) => each.close()));
  return { partitionCount, creationMs, propagationMs, failoverMs, controllerMs };
});

keep('partitions', { processors: cpus().length, loadAverage: loadavg(), ...measured });
