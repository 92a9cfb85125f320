import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosNode } from '../cluster/chaos-node.ts';
import { anyOf, between, byLedCount, COLD_START_MS, FAILOVER_MS, namesOf } from './choose.ts';
import type { Fault, FaultContext } from './fault.ts';
import { untilInSync } from './in-sync.ts';

const ROLLING_MS = 3_000;
const DEAD_MIN_MS = 300;
const DEAD_MAX_MS = 4_000;

/** Kills, leaves dead for a while, starts again. */
const killAndStart = async (
  { cluster, random }: FaultContext,
  nodes: readonly ChaosNode[],
): Promise<string> => {
  await cluster.kill(nodes);
  const deadMs = between(random, DEAD_MIN_MS, DEAD_MAX_MS);
  await sleep(deadMs);
  await cluster.start(nodes);
  return `${namesOf(nodes)}, dead for ${deadMs} ms`;
};

const killLeader: Fault = async (context) => {
  const detail = await killAndStart(context, (await byLedCount(context)).slice(0, 1));
  return { detail, boundMs: FAILOVER_MS };
};

/** The one that leads the least; a broker without any replica is no follower. */
const killFollower: Fault = async (context) => {
  const detail = await killAndStart(context, (await byLedCount(context)).slice(-1));
  return { detail, boundMs: FAILOVER_MS };
};

/** With a voter that has lost its vote, the end of another may be the end of the majority. */
const voterBound = ({ cluster }: FaultContext): number =>
  cluster.controllers.some(({ hasLostVote }) => hasLostVote) ? COLD_START_MS : FAILOVER_MS;

/** Where it is nothing but a controller, records go on as if nothing had happened. */
const killController: Fault = async (context) => {
  const { cluster, random } = context;
  const node = (await cluster.controller()) ?? anyOf(random, cluster.controllers);
  const detail = await killAndStart(context, [node]);
  return { detail, boundMs: voterBound(context), failsNoSend: !node.is('broker') };
};

/** Neighbours, so many as half of them outlive. */
const minorityOf = (context: FaultContext, nodes: readonly ChaosNode[]): ChaosNode[] => {
  const offset = context.random.below(nodes.length);
  const count = Math.floor((nodes.length - 1) / 2);
  return [...nodes.slice(offset), ...nodes.slice(0, offset)].slice(0, count);
};

/** As many voters as the quorum can lose, and as many brokers as two replicas of three outlive. */
const killMinority: Fault = async (context) => {
  const { cluster } = context;
  const voters = minorityOf(context, cluster.controllers);
  const brokers = cluster.hasSeparateRoles ? minorityOf(context, cluster.brokers).slice(0, 1) : [];
  const detail = await killAndStart(context, [...voters, ...brokers]);
  // Two nodes of five may be most replicas of a partition.
  return { detail, boundMs: voters.length === 1 ? voterBound(context) : COLD_START_MS };
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
  // Of four two end within the session of 2 s, and one lasts long.
  const pausedMs = random.chance(1, 2)
    ? between(random, 500, 2_000)
    : between(random, 2_000, random.chance(1, 2) ? 10_000 : 30_000);
  node.signal('SIGSTOP');
  try {
    await sleep(pausedMs);
  } finally {
    node.signal('SIGCONT');
  }
  return { detail: `${namesOf([node])} for ${pausedMs} ms`, boundMs: FAILOVER_MS };
};

/** No majority while both last; the paused one wakes into a cluster that knows better. */
const pauseAndKill: Fault = async (context) => {
  const { cluster, random } = context;
  const group = random.chance(1, 2) ? cluster.controllers : cluster.brokers;
  const paused = anyOf(random, group);
  const killed = anyOf(
    random,
    group.filter((node) => node !== paused),
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

export const PROCESS_FAULTS: Readonly<Record<string, Fault>> = {
  'kill-leader': killLeader,
  'kill-follower': killFollower,
  'kill-controller': killController,
  'kill-minority': killMinority,
  'kill-all': killAll,
  pause: pauseNode,
  'pause-and-kill': pauseAndKill,
  'rolling-restart': rollingRestart,
};
