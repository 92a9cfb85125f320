import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { ChaosCluster } from '../cluster/chaos-cluster.ts';
import type { ProxiedNetwork } from '../network/proxied-network.ts';
import type { Fault } from './fault.ts';

/** A node that hears nothing is out after its session, one that only says nothing as well. */
const ISOLATED_MS = 10_000;
const CUT_MIN_MS = 500;
const CUT_SPREAD_MS = 8_000;
const FLAP_MIN_MS = 100;
const FLAP_SPREAD_MS = 900;
const FLAPS = 8;

const networkOf = ({ network }: ChaosCluster): ProxiedNetwork => {
  if (network === undefined) throw new Error('this cluster has no proxies between its nodes');
  return network;
};

const chosenNode = (cluster: ChaosCluster, random: SeededRandom): number =>
  cluster.nodes[random.below(cluster.nodes.length)]?.nodeId ?? 1;

const othersOf = (cluster: ChaosCluster, nodeId: number): number[] =>
  cluster.nodes.map((node) => node.nodeId).filter((other) => other !== nodeId);

/** Cuts, waits, heals whatever happens. */
const cutFor = async (network: ProxiedNetwork, cutMs: number, cut: () => void): Promise<void> => {
  cut();
  try {
    await sleep(cutMs);
  } finally {
    network.healAll();
  }
};

/** One node and all the others do not hear each other; clients reach all of them. */
const isolate: Fault = async ({ cluster, random }) => {
  const network = networkOf(cluster);
  const node = chosenNode(cluster, random);
  const cutMs = CUT_MIN_MS + random.below(CUT_SPREAD_MS);
  await cutFor(network, cutMs, () => {
    for (const other of othersOf(cluster, node)) network.cut(node, other);
  });
  return { detail: `node ${node} for ${cutMs} ms`, boundMs: ISOLATED_MS };
};

/** One node hears the others, who do not hear it, or the other way round. */
const isolateOneWay: Fault = async ({ cluster, random }) => {
  const network = networkOf(cluster);
  const node = chosenNode(cluster, random);
  const isMute = random.chance(1, 2);
  const cutMs = CUT_MIN_MS + random.below(CUT_SPREAD_MS);
  await cutFor(network, cutMs, () => {
    for (const other of othersOf(cluster, node)) {
      if (isMute) network.cutOneWay(node, other);
      else network.cutOneWay(other, node);
    }
  });
  const detail = `node ${node} ${isMute ? 'is not heard' : 'hears nothing'} for ${cutMs} ms`;
  return { detail, boundMs: ISOLATED_MS };
};

/** Two nodes do not hear each other; both hear the rest, so that nobody is plainly gone. */
const cutPair: Fault = async ({ cluster, random }) => {
  const network = networkOf(cluster);
  const node = chosenNode(cluster, random);
  const others = othersOf(cluster, node);
  const other = others[random.below(others.length)] ?? node;
  const cutMs = CUT_MIN_MS + random.below(CUT_SPREAD_MS);
  await cutFor(network, cutMs, () => network.cut(node, other));
  return { detail: `nodes ${node} and ${other} for ${cutMs} ms`, boundMs: REPLICA_LAG_MS };
};

/** A follower that cannot fetch leaves the in-sync set after replica.lag.time.max.ms, 10 s. */
const REPLICA_LAG_MS = 15_000;

/** One node is cut off and reachable again, several times a second to once a second. */
const flap: Fault = async ({ cluster, random }) => {
  const network = networkOf(cluster);
  const node = chosenNode(cluster, random);
  for (let at = 0; at < FLAPS; at += 1) {
    await cutFor(network, FLAP_MIN_MS + random.below(FLAP_SPREAD_MS), () => {
      for (const other of othersOf(cluster, node)) network.cut(node, other);
    });
    await sleep(FLAP_MIN_MS + random.below(FLAP_SPREAD_MS));
  }
  return { detail: `node ${node}, ${FLAPS} times`, boundMs: ISOLATED_MS };
};

/** Every connection between nodes breaks at once. */
const breakConnections: Fault = async ({ cluster }) => {
  networkOf(cluster).breakAll();
  await sleep(CUT_MIN_MS);
  return { detail: 'between all nodes', boundMs: ISOLATED_MS };
};

/** For clusters with proxies between their nodes. */
export const NETWORK_FAULTS: Readonly<Record<string, Fault>> = {
  isolate,
  'isolate-one-way': isolateOneWay,
  'cut-pair': cutPair,
  flap,
  'break-connections': breakConnections,
};
