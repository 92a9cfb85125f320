import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { ChaosNode } from '../cluster/chaos-node.ts';
import { TOPIC } from '../run-settings.ts';
import type { Fault, FaultContext } from './fault.ts';
import { untilInSync } from './in-sync.ts';
import { NETWORK_FAULTS } from './network-faults.ts';

/** One node is gone or silent: a session of 2 s, an election of at most 1 s, and retries. */
const FAILOVER_MS = 6_000;
/** From the first process of a whole cluster to its first acknowledgement. */
const COLD_START_MS = 20_000;
const ROLLING_MS = 3_000;

const namesOf = (nodes: readonly ChaosNode[]): string =>
  `node ${nodes.map(({ nodeId }) => nodeId).join(', ')}`;

const between = (random: SeededRandom, minMs: number, maxMs: number): number =>
  minMs + random.below(maxMs - minMs + 1);

const anyOf = (random: SeededRandom, nodes: readonly ChaosNode[]): ChaosNode => {
  const node = nodes[random.below(nodes.length)];
  if (node === undefined) throw new Error('there is no node to choose');
  return node;
};

/** Nodes by the number of partitions they lead, the most first. */
const byLedCount = async ({ admin, cluster }: FaultContext): Promise<ChaosNode[]> => {
  const { partitions } = await admin.describeTopic(TOPIC);
  const ledBy = (node: ChaosNode): number =>
    partitions.filter(({ leader }) => leader === node.nodeId).length;
  return [...cluster.nodes].sort((a, b) => ledBy(b) - ledBy(a));
};

/** Kills, leaves dead for a while, starts again. */
const killAndStart = async (
  { cluster, random }: FaultContext,
  nodes: readonly ChaosNode[],
): Promise<string> => {
  await cluster.kill(nodes);
  const deadMs = between(random, 300, 4_000);
  await sleep(deadMs);
  await cluster.start(nodes);
  return `${namesOf(nodes)}, dead for ${deadMs} ms`;
};

const killLeader: Fault = async (context) => {
  const [most] = await byLedCount(context);
  const detail = await killAndStart(context, most === undefined ? [] : [most]);
  return { detail, boundMs: FAILOVER_MS };
};

const killFollower: Fault = async (context) => {
  const least = (await byLedCount(context)).at(-1);
  const detail = await killAndStart(context, least === undefined ? [] : [least]);
  return { detail, boundMs: FAILOVER_MS };
};

const killController: Fault = async (context) => {
  const { cluster, random } = context;
  const node = (await cluster.controller()) ?? anyOf(random, cluster.nodes);
  return { detail: await killAndStart(context, [node]), boundMs: FAILOVER_MS };
};

/** As many as the quorum can lose; of five nodes two may be most replicas of a partition. */
const killMinority: Fault = async (context) => {
  const { cluster, random } = context;
  const count = Math.floor((cluster.nodes.length - 1) / 2);
  const offset = random.below(cluster.nodes.length);
  const nodes = Array.from(
    { length: count },
    (_, at) => cluster.nodes[(offset + at) % cluster.nodes.length],
  );
  const chosen = nodes.filter((node) => node !== undefined);
  const detail = await killAndStart(context, chosen);
  return { detail, boundMs: count === 1 ? FAILOVER_MS : COLD_START_MS };
};

const killAll: Fault = async ({ cluster, random }) => {
  await cluster.kill(cluster.nodes);
  const deadMs = between(random, 0, 1_000);
  await sleep(deadMs);
  await cluster.start(cluster.nodes);
  return { detail: `all nodes, dead for ${deadMs} ms`, boundMs: deadMs + COLD_START_MS };
};

/** Stands still, as in a long collection of garbage or on a frozen machine, and goes on. */
const pauseNode: Fault = async ({ cluster, random }) => {
  const node = anyOf(random, cluster.nodes);
  // Half of them end within the session of 2 s.
  const pausedMs = random.chance(1, 2)
    ? between(random, 500, 2_000)
    : between(random, 2_000, 10_000);
  node.signal('SIGSTOP');
  await sleep(pausedMs);
  node.signal('SIGCONT');
  return { detail: `${namesOf([node])} for ${pausedMs} ms`, boundMs: FAILOVER_MS };
};

/** No majority while both last; the paused one wakes into a cluster that knows better. */
const pauseAndKill: Fault = async (context) => {
  const { cluster, random } = context;
  const paused = anyOf(random, cluster.nodes);
  const killed = anyOf(
    random,
    cluster.nodes.filter((node) => node !== paused),
  );
  const pausedMs = between(random, 500, 5_000);
  paused.signal('SIGSTOP');
  try {
    await sleep(between(random, 0, 1_000));
    await cluster.kill([killed]);
    await sleep(pausedMs);
  } finally {
    paused.signal('SIGCONT');
  }
  await cluster.start([killed]);
  const detail = `${namesOf([paused])} for ${pausedMs} ms, ${namesOf([killed])} killed meanwhile`;
  return { detail, boundMs: pausedMs + COLD_START_MS };
};

/** One node after another ends in order and comes back, under load. */
const rollingRestart: Fault = async ({ cluster, admin, onFailure }) => {
  for (const node of cluster.nodes) {
    await untilInSync(admin);
    if (!(await cluster.stop(node))) onFailure(`node ${node.nodeId} did not end on SIGTERM`);
    await cluster.start([node]);
  }
  return { detail: 'all nodes, one after the other', boundMs: ROLLING_MS };
};

export const FAULTS: Readonly<Record<string, Fault>> = {
  'kill-leader': killLeader,
  'kill-follower': killFollower,
  'kill-controller': killController,
  'kill-minority': killMinority,
  'kill-all': killAll,
  pause: pauseNode,
  'pause-and-kill': pauseAndKill,
  'rolling-restart': rollingRestart,
  ...NETWORK_FAULTS,
};

/** What a run draws from when nobody says: proxies would blur the figures of a kill. */
export const DEFAULT_FAULTS: readonly string[] = Object.keys(FAULTS).filter(
  (kind) => !Object.hasOwn(NETWORK_FAULTS, kind),
);
