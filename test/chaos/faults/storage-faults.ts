import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosNode } from '../cluster/chaos-node.ts';
import { readPartition } from '../load/final-read.ts';
import { keyOf, TOPIC } from '../run-settings.ts';
import type { PartitionState } from './choose.ts';
import { anyOf, anyPartition, COLD_START_MS, FAILOVER_MS } from './choose.ts';
import type { Fault, FaultContext } from './fault.ts';
import { untilInSync, untilLedBy } from './in-sync.ts';
import type { Damage } from './segment-damage.ts';
import { flipBit, hideSegments, setAsideOf, truncateSegment } from './segment-damage.ts';

type Place = 'leader' | 'follower';

const damageOf = async (
  { admin }: FaultContext,
  node: ChaosNode,
  partition: number,
): Promise<Damage> => {
  const { topicId } = await admin.describeTopic(TOPIC);
  return { logDir: node.logDir, name: `${topicId}-${partition}` };
};

/**
 * Damages the data of a stopped replica. It must be found at the start or by a read, at the latest
 * when the replica leads and somebody reads it all; nobody may be shown a bit of it, and the others
 * give the replica back what it lost.
 */
const damageReplica =
  (place: Place, spoil: (damage: Damage, context: FaultContext) => string): Fault =>
  async (context) => {
    const { cluster, admin, random, recorder, onFailure } = context;
    const state = await anyPartition(context);
    const nodeId = state.replicas[place === 'leader' ? 0 : 1] ?? 0;
    const node = cluster.node(nodeId);
    const damage = await damageOf(context, node, state.partition);
    const isInOrder = random.chance(1, 2);
    if (isInOrder) await cluster.stop(node);
    else await cluster.kill([node]);
    const asideBefore = setAsideOf(damage).length;
    const what = spoil(damage, context);
    await cluster.start([node]);
    if (!(await untilInSync(admin))) onFailure(`${what}: the replica was not in sync again`);
    const found =
      setAsideOf(damage).length > asideBefore ? 'found at the start' : 'not seen at the start';
    await makeLead(context, state, nodeId);
    await readPartition(recorder, { bootstrap: cluster.bootstrap, partition: state.partition });
    await cluster.start(cluster.nodes.filter(({ state: { kind } }) => kind !== 'alive'));
    const end = isInOrder ? 'stopped' : 'killed';
    const detail = `node ${nodeId} (${place}, ${end}): ${what}; ${found}`;
    return { detail, boundMs: COLD_START_MS };
  };

/** Makes this replica the leader: it is asked to, or those before it in the order are killed. */
const makeLead = async (
  { cluster, admin, onFailure }: FaultContext,
  { partition, replicas }: PartitionState,
  nodeId: number,
): Promise<void> => {
  const before = replicas.slice(0, replicas.indexOf(nodeId)).map((id) => cluster.node(id));
  if (before.length > 0) await cluster.kill(before);
  else await admin.electLeaders({ partitions: [{ topic: TOPIC, partition }] }).catch(() => {});
  if (!(await untilLedBy(admin, partition, nodeId))) {
    onFailure(`node ${nodeId} did not come to lead ${keyOf(partition)}`);
  }
};

/** A broker that is nothing else comes back with an empty directory, as after a new disk. */
const wipeBroker: Fault = async ({ cluster, random }) => {
  const brokers = cluster.brokers.filter((node) => !node.is('controller'));
  const node = anyOf(random, brokers);
  await cluster.kill([node]);
  await node.wipe();
  await cluster.start([node]);
  return { detail: `node ${node.nodeId}`, boundMs: FAILOVER_MS };
};

/**
 * A voter forgets all it has promised, and takes part without a vote from then on. The quorum bears
 * that of a minority only: it is always the same one.
 */
const wipeController: Fault = async ({ cluster }) => {
  const node = cluster.controllers.at(-1);
  if (node === undefined) throw new Error('there is no controller');
  await cluster.kill([node]);
  await node.wipe();
  await cluster.start([node]);
  return { detail: `node ${node.nodeId}`, boundMs: FAILOVER_MS, failsNoSend: !node.is('broker') };
};

const UNREADABLE_MS = 3_000;

/**
 * No replica of one partition can read its files: it goes offline, and no other does. An operator
 * makes them readable, puts them back in their place, and says that one of them may lead.
 */
const makeUnreadable: Fault = async (context) => {
  const { cluster, recorder, admin, onFailure } = context;
  const { partition, replicas } = await anyPartition(context);
  const nodes = replicas.map((nodeId) => cluster.node(nodeId));
  const damages = await Promise.all(nodes.map((node) => damageOf(context, node, partition)));
  const startedMs = recorder.nowMs();
  await Promise.all(nodes.map((node) => cluster.stop(node)));
  const bringBack = damages.map(hideSegments);
  await cluster.start(nodes);
  if (!(await untilLedBy(admin, partition, NOBODY))) {
    onFailure(`${keyOf(partition)} had a leader without a readable copy`);
  }
  await sleep(UNREADABLE_MS);
  await Promise.all(nodes.map((node) => cluster.stop(node)));
  for (const restore of bringBack) restore();
  await cluster.start(nodes);
  await admin.electLeaders({ partitions: [{ topic: TOPIC, partition }], unclean: true });
  const tookMs = recorder.nowMs() - startedMs;
  return {
    detail: `${keyOf(partition)} on ${replicas.length} nodes`,
    boundMs: 2 * COLD_START_MS,
    taken: { key: keyOf(partition), boundMs: tookMs + COLD_START_MS },
  };
};

const NOBODY = -1;

const flip = (damage: Damage, { random }: FaultContext): string => flipBit(damage, random);
const truncate = (damage: Damage, { random }: FaultContext): string =>
  truncateSegment(damage, random);

/** For clusters on the real disk. */
export const STORAGE_FAULTS: Readonly<Record<string, Fault>> = {
  'flip-leader': damageReplica('leader', flip),
  'flip-follower': damageReplica('follower', flip),
  'truncate-leader': damageReplica('leader', truncate),
  'truncate-follower': damageReplica('follower', truncate),
  'wipe-broker': wipeBroker,
  'wipe-controller': wipeController,
  unreadable: makeUnreadable,
};
