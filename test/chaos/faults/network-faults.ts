import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultyNetwork } from '../network/network.ts';
import { CLIENTS } from '../network/network.ts';
import { anyOf, between } from './choose.ts';
import type { Fault, FaultContext } from './fault.ts';

/** A node that hears nothing is out after its session, one that only says nothing as well. */
const ISOLATED_MS = 10_000;
/** A follower that cannot fetch leaves the in-sync set after replica.lag.time.max.ms, 10 s. */
const REPLICA_LAG_MS = 15_000;
const CUT_MIN_MS = 500;
const CUT_MAX_MS = 8_500;
const FLAP_MIN_MS = 100;
const FLAP_MAX_MS = 1_000;
const FLAPS = 8;
const DELAY_MIN_MS = 20;
const DELAY_MAX_MS = 400;
const LOSS_MIN_PERCENT = 2;
const LOSS_MAX_PERCENT = 30;

const networkOf = ({ cluster: { network } }: FaultContext): FaultyNetwork => {
  if (network === undefined) throw new Error('nothing stands between the nodes of this cluster');
  return network;
};

const anyNode = ({ cluster, random }: FaultContext): number => anyOf(random, cluster.nodes).nodeId;

const othersOf = ({ cluster }: FaultContext, nodeId: number): number[] =>
  cluster.nodes.map((node) => node.nodeId).filter((other) => other !== nodeId);

/** Disturbs for a while, and heals whatever happens; tells how long it was. */
const disturb = async (
  context: FaultContext,
  begin: (network: FaultyNetwork) => Promise<void>,
  lastsMs = between(context.random, CUT_MIN_MS, CUT_MAX_MS),
): Promise<number> => {
  const network = networkOf(context);
  try {
    await begin(network);
    await sleep(lastsMs);
  } finally {
    await network.healAll();
  }
  return lastsMs;
};

/** One node and all the others do not hear each other; clients reach all of them. */
const isolate: Fault = async (context) => {
  const node = anyNode(context);
  const cutMs = await disturb(context, (network) => network.cut(node, ...othersOf(context, node)));
  return { detail: `node ${node} for ${cutMs} ms`, boundMs: ISOLATED_MS };
};

/** One node hears the others, who do not hear it, or the other way round. */
const isolateOneWay: Fault = async (context) => {
  const node = anyNode(context);
  const isMute = context.random.chance(1, 2);
  const cutMs = await disturb(context, async (network) => {
    for (const other of othersOf(context, node)) {
      await (isMute ? network.cutOneWay(node, other) : network.cutOneWay(other, node));
    }
  });
  const detail = `node ${node} ${isMute ? 'is not heard' : 'hears nothing'} for ${cutMs} ms`;
  return { detail, boundMs: ISOLATED_MS };
};

/** Two nodes do not hear each other; both hear the rest, so that nobody is plainly gone. */
const cutPair: Fault = async (context) => {
  const node = anyNode(context);
  const other = anyOf(context.random, othersOf(context, node));
  const cutMs = await disturb(context, (network) => network.cut(node, other));
  return { detail: `nodes ${node} and ${other} for ${cutMs} ms`, boundMs: REPLICA_LAG_MS };
};

/** One of two nodes does not hear the other, who hears it; both hear the rest. */
const cutPairOneWay: Fault = async (context) => {
  const mute = anyNode(context);
  const deaf = anyOf(context.random, othersOf(context, mute));
  const cutMs = await disturb(context, (network) => network.cutOneWay(mute, deaf));
  const detail = `node ${deaf} does not hear node ${mute} for ${cutMs} ms`;
  return { detail, boundMs: REPLICA_LAG_MS };
};

/**
 * One node is cut off and reachable again, several times a second to once a second. Its session
 * outlives that, while TCP waits ever longer before it sends again: a fetch of a replica may rest
 * for as long as the replica may lag.
 */
const flap: Fault = async (context) => {
  const { random } = context;
  const node = anyNode(context);
  for (let at = 0; at < FLAPS; at += 1) {
    const begin = (network: FaultyNetwork): Promise<void> =>
      network.cut(node, ...othersOf(context, node));
    await disturb(context, begin, between(random, FLAP_MIN_MS, FLAP_MAX_MS));
    await sleep(between(random, FLAP_MIN_MS, FLAP_MAX_MS));
  }
  return { detail: `node ${node}, ${FLAPS} times`, boundMs: REPLICA_LAG_MS };
};

/** Every connection breaks at once, those of clients too. */
const breakConnections: Fault = async (context) => {
  await networkOf(context).breakAll();
  await sleep(CUT_MIN_MS);
  return { detail: 'between all nodes and clients', boundMs: ISOLATED_MS };
};

/**
 * Clients and one broker do not hear each other, or only one does; all brokers are well. Nothing
 * moves its leaders, so their partitions wait for the end of it.
 */
const cutClients: Fault = async (context) => {
  const { cluster, random } = context;
  const { nodeId } = anyOf(random, cluster.brokers);
  const [way, begin] = anyOf(random, [
    ['and clients', (network: FaultyNetwork) => network.cut(nodeId, CLIENTS)],
    ['does not hear clients', (network: FaultyNetwork) => network.cutOneWay(CLIENTS, nodeId)],
    ['is not heard by clients', (network: FaultyNetwork) => network.cutOneWay(nodeId, CLIENTS)],
  ] as const);
  const cutMs = await disturb(context, begin);
  return { detail: `node ${nodeId} ${way} for ${cutMs} ms`, boundMs: cutMs + ISOLATED_MS };
};

/** All that two hosts say to each other is late: two nodes, or a broker and the clients. */
const delay: Fault = async (context) => {
  const { cluster, random } = context;
  const hasClients = random.chance(1, 3);
  const one = hasClients ? anyOf(random, cluster.brokers).nodeId : anyNode(context);
  const other = hasClients ? CLIENTS : anyOf(random, othersOf(context, one));
  const delayMs = between(random, DELAY_MIN_MS, DELAY_MAX_MS);
  const lastsMs = await disturb(context, (network) => network.delay(one, other, delayMs));
  const pair = hasClients ? `node ${one} and clients` : `nodes ${one} and ${other}`;
  return { detail: `${pair} by ${delayMs} ms for ${lastsMs} ms`, boundMs: ISOLATED_MS };
};

/** Connections overtake each other: a later message on one arrives before an earlier on another. */
const reorder: Fault = async (context) => {
  const delayMs = between(context.random, DELAY_MIN_MS, DELAY_MAX_MS);
  const lastsMs = await disturb(context, (network) => network.reorder(delayMs));
  return { detail: `late by up to ${delayMs} ms for ${lastsMs} ms`, boundMs: ISOLATED_MS };
};

/** Packets to one node are lost: TCP sends them again, ever more slowly. */
const lose: Fault = async (context) => {
  const node = anyNode(context);
  const percent = between(context.random, LOSS_MIN_PERCENT, LOSS_MAX_PERCENT);
  const lastsMs = await disturb(context, (network) => network.lose(node, percent));
  const detail = `${percent} % of the packets to node ${node} for ${lastsMs} ms`;
  return { detail, boundMs: REPLICA_LAG_MS };
};

export const LOSS_FAULT = 'lose-packets';

/** For clusters with a network that can be disturbed. */
export const NETWORK_FAULTS: Readonly<Record<string, Fault>> = {
  isolate,
  'isolate-one-way': isolateOneWay,
  'cut-pair': cutPair,
  'cut-pair-one-way': cutPairOneWay,
  flap,
  'break-connections': breakConnections,
  'cut-clients': cutClients,
  delay,
  reorder,
  [LOSS_FAULT]: lose,
};
