import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { separateShape } from '../../deploy/local/layout.ts';
import { connect } from '../../src/app/connect.ts';
import type { OttlaError } from '../../src/base/errors.ts';
import type { OttlaClient } from '../../src/client/client.ts';
import { tempDirs } from '../support/temp-dir.ts';
import { ChaosCluster } from './cluster/chaos-cluster.ts';
import type { ChaosNode } from './cluster/chaos-node.ts';
import { readBack, SteadyLoad } from './load/steady-load.ts';

const makeTempDir = tempDirs();
const PARTITIONS = 6;
const LIMIT_MS = 60_000;

const ended: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** Brokers 1 to 3, controllers 4 to 6, and a load that goes on. */
const start = async (): Promise<{
  cluster: ChaosCluster;
  client: OttlaClient;
  load: SteadyLoad;
}> => {
  const cluster = await ChaosCluster.make({
    root: makeTempDir(),
    shape: separateShape(3, 3),
    spareCount: 2,
  });
  ended.push(async () => cluster.killAllNow());
  await cluster.up();
  const client = connect({ bootstrap: cluster.bootstrap });
  ended.unshift(() => client.close());
  const topic = { name: 't', partitions: PARTITIONS, replicationFactor: 3 };
  await client.admin().createTopic({ ...topic, configs: { 'min.insync.replicas': '2' } });
  return { cluster, client, load: new SteadyLoad(client, PARTITIONS) };
};

const votersOf = async (client: OttlaClient): Promise<number[] | undefined> => {
  const { quorum } = await client.admin().describeCluster();
  return quorum?.voters.map(({ nodeId }) => nodeId).toSorted((a, b) => a - b);
};

const until = async (isSo: () => Promise<boolean>, what: string): Promise<void> => {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > LIMIT_MS) throw new Error(`still not: ${what}`);
    await sleep(100);
  }
};

/** Where the machine is busy, those who are left may take longer to agree than one call waits. */
const createInTime = (client: OttlaClient, name: string): Promise<void> =>
  until(async () => {
    const [created] = await Promise.allSettled([
      client.admin().createTopic({ name, partitions: 1, replicationFactor: 3 }),
    ]);
    if (created.status === 'fulfilled') return true;
    const { code, retriable } = created.reason as OttlaError;
    if (code !== 'TOPIC_ALREADY_EXISTS' && !retriable) throw created.reason;
    return code === 'TOPIC_ALREADY_EXISTS';
  }, `topic ${name} is made`);

/** The metadata changes while this controller is away: the others are a majority without it. */
const decideWithout = async (cluster: ChaosCluster, client: OttlaClient, away: ChaosNode) => {
  await cluster.kill([away]);
  await createInTime(client, `without-${away.nodeId}`);
  await cluster.start([away]);
};

const refusedWith = async (call: () => Promise<unknown>): Promise<unknown> => {
  let refusal: unknown;
  await until(async () => {
    const [outcome] = await Promise.allSettled([call()]);
    if (outcome.status === 'rejected') refusal = outcome.reason;
    return outcome.status === 'rejected';
  }, 'the call is refused');
  return refusal;
};

const lostOf = async (client: OttlaClient, load: SteadyLoad): Promise<string[]> => {
  await load.end();
  const found = new Set(await readBack(client, { leastCount: load.acknowledged.length }));
  return load.acknowledged.filter((value) => !found.has(value));
};

describe('a cluster under load', () => {
  it('gets a new controller in the place of one whose directory is lost', async () => {
    const { cluster, client, load } = await start();
    const { quorum } = client.admin();
    await cluster.kill([cluster.node(6)]);

    const added = await cluster.addController();
    const grown = await quorum.addController(added.nodeId);
    const shrunk = await quorum.removeController(6);
    await decideWithout(cluster, client, cluster.node(4));

    expect(grown).toMatchObject({ isChanged: true });
    expect(shrunk.voters.map(({ nodeId }) => nodeId)).toEqual([4, 5, added.nodeId]);
    // Its configuration names controllers of which one is left.
    await cluster.kill([cluster.node(1)]);
    await cluster.start([cluster.node(1)]);
    expect(await lostOf(client, load)).toEqual([]);
    expect(load.acknowledged.length).toBeGreaterThan(PARTITIONS);
  });

  it('takes a controller back that has a new directory, as another voter', async () => {
    const { cluster, client, load } = await start();
    const { quorum } = client.admin();
    const lost = cluster.node(6);
    await cluster.kill([lost]);
    await lost.wipe();
    await cluster.start([lost]);

    // Until the leader has heard of the new directory, 6 is the voter that it was.
    const refusal = await refusedWith(() => quorum.addController(6));
    expect(refusal).toMatchObject({ code: 'INELIGIBLE_REPLICA' });
    await quorum.removeController(6);
    const { voters } = await quorum.addController(6);
    await decideWithout(cluster, client, cluster.node(4));

    expect(voters.map(({ nodeId }) => nodeId)).toEqual([4, 5, 6]);
    expect(await lostOf(client, load)).toEqual([]);
  });

  it('goes from three controllers to five and back, its first leader among the leavers', async () => {
    const { cluster, client, load } = await start();
    const { quorum } = client.admin();

    const added = [await cluster.addController(), await cluster.addController()];
    for (const { nodeId } of added) await quorum.addController(nodeId);
    expect(await votersOf(client)).toEqual([4, 5, 6, 7, 8]);
    await cluster.kill([cluster.node(4), cluster.node(7)]);
    await createInTime(client, 'by-three');
    await cluster.start([cluster.node(4), cluster.node(7)]);
    await until(async () => (await cluster.controller()) !== undefined, 'a controller is active');
    const leader = await cluster.controller();
    const leavers = [leader?.nodeId ?? 4, ...[4, 5, 6].filter((id) => id !== leader?.nodeId)];
    for (const nodeId of leavers.slice(0, 2)) await quorum.removeController(nodeId);
    const left = (await votersOf(client)) ?? [];
    await cluster.kill(cluster.controllers.filter(({ nodeId }) => !left.includes(nodeId)));
    await createInTime(client, 'after-all');

    expect(left).toHaveLength(3);
    expect(left).not.toContain(leavers[0]);
    expect(await lostOf(client, load)).toEqual([]);
  });
});
