import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { ChaosNode } from '../cluster/chaos-node.ts';
import { readPartition } from '../load/final-read.ts';
import { findDifference } from '../report/compare-replicas.ts';
import { keyOf, TOPIC } from '../run-settings.ts';
import type { PartitionState } from './choose.ts';
import { anyOf, anyPartition, COLD_START_MS, FAILOVER_MS } from './choose.ts';
import { durablePartsOf } from './durable-parts.ts';
import type { Fault, FaultContext } from './fault.ts';
import { untilInSync, untilLedBy } from './in-sync.ts';
import type { Damage, SegmentPart, Spoiled } from './segment-damage.ts';
import { flipBit, hideSegments, setAsideOf, truncateSegment } from './segment-damage.ts';

type Place = 'leader' | 'follower';

/** How the replica's node came to stand still. */
type Ending = 'stopped' | 'killed' | 'killed with all others';

type Spoil = (damage: Damage, random: SeededRandom) => Spoiled;

const damageOf = async (
  { admin }: FaultContext,
  node: ChaosNode,
  partition: number,
): Promise<Damage> => {
  const { topicId } = await admin.describeTopic(TOPIC);
  const name = `${topicId}-${partition}`;
  return { logDir: node.holderOf(name), name };
};

interface DamageKind {
  readonly places: readonly Place[];
  readonly endings: readonly Ending[];
  readonly spoil: Spoil;
}

/**
 * Damages the data of a stopped replica. It must be found at the start or by a read, at the latest
 * when the replica leads and somebody reads it all; nobody may be shown a bit of it, and the others
 * give the replica back what it lost.
 */
const damageReplica =
  ({ places, endings, spoil }: DamageKind): Fault =>
  async (context) => {
    const { cluster, admin, random, recorder, onFailure } = context;
    const state = await anyPartition(context);
    const place = anyOf(random, places);
    const nodeId = state.replicas[place === 'leader' ? 0 : 1] ?? 0;
    const node = cluster.node(nodeId);
    const damage = await damageOf(context, node, state.partition);
    const ending = anyOf(random, endings);
    const ended = await endOf(context, node, ending);
    const countAside = (): number => setAsideOf(damage).length;
    const asideBefore = countAside();
    const durable = ending === 'stopped' ? undefined : durablePartsOf(damage);
    const spoiled = spoil(damage, random);
    const { what } = spoiled;
    await cluster.start(ended);
    if (!(await untilInSync(admin))) onFailure(`${what}: the replica was not in sync again`);
    const asideAtStart = countAside();
    await makeLead(context, state, nodeId);
    await readPartition(recorder, { bootstrap: cluster.bootstrap, partition: state.partition });
    await cluster.start(cluster.nodes.filter(({ state: { kind } }) => kind !== 'alive'));
    const difference = await untilEqual(context, state);
    if (difference !== undefined) onFailure(`${what}: ${difference}`);
    const found = howFound({ asideBefore, asideAtStart, asideAtEnd: countAside() });
    if (found === TORN && isDurable(spoiled, durable)) {
      onFailure(`${what}: it was durable, and yet nothing was set aside`);
    }
    const detail = `node ${nodeId} (${place}, ${ending}): ${what}; ${found}, and healed`;
    return { detail, boundMs: COLD_START_MS };
  };

const TORN = 'cut off as a torn write';

/** Of the directories that were set aside: what is not found that way was cut off at the start. */
const howFound = (counts: {
  readonly asideBefore: number;
  readonly asideAtStart: number;
  readonly asideAtEnd: number;
}): string => {
  if (counts.asideAtStart > counts.asideBefore) return 'found at the start';
  return counts.asideAtEnd > counts.asideBefore ? 'found by a read' : TORN;
};

/** `durable`: what the checkpoint says; undefined for everything, after an orderly stop. */
const isDurable = (
  { path, position }: Spoiled,
  durable: readonly SegmentPart[] | undefined,
): boolean => durable?.some((part) => part.path === path && position < part.sizeBytes) ?? true;

/** The nodes that do not run any more. */
const endOf = async (
  { cluster }: FaultContext,
  node: ChaosNode,
  ending: Ending,
): Promise<readonly ChaosNode[]> => {
  const ended = ending === 'killed with all others' ? cluster.nodes : [node];
  if (ending === 'stopped') await cluster.stop(node);
  else await cluster.kill(ended);
  return ended;
};

/** Until the copies of a partition are one and the same under load; else where they differ. */
const untilEqual = async (
  context: FaultContext,
  { partition, replicas }: PartitionState,
): Promise<string | undefined> => {
  const { cluster, admin, recorder } = context;
  const deadlineMs = recorder.nowMs() + EQUAL_TIMEOUT_MS;
  let difference: string | undefined;
  do {
    await untilInSync(admin);
    const nodes = replicas.map((nodeId) => cluster.node(nodeId));
    const { name } = await damageOf(context, cluster.node(replicas[0] ?? 0), partition);
    difference = differenceNow(name, nodes);
    if (difference === undefined) return undefined;
    await sleep(EQUAL_POLL_MS);
  } while (recorder.nowMs() < deadlineMs);
  return difference;
};

/** A directory may be set aside while it is read. */
const differenceNow = (name: string, nodes: readonly ChaosNode[]): string | undefined => {
  try {
    const places = nodes.map((node) => ({ nodeId: node.nodeId, logDir: node.holderOf(name) }));
    return findDifference(name, places);
  } catch (error) {
    return String(error);
  }
};

const EQUAL_TIMEOUT_MS = 30_000;
const EQUAL_POLL_MS = 200;

/** Makes this replica the leader: it is asked to, or those before it in the order are killed. */
const makeLead = async (
  { cluster, admin, onFailure }: FaultContext,
  { partition, replicas }: PartitionState,
  nodeId: number,
): Promise<void> => {
  const before = replicas.slice(0, replicas.indexOf(nodeId));
  if (before.length > 0) {
    // Another one that has come to lead meanwhile would lead on.
    await untilLedBy(admin, partition, [...before, nodeId]);
    await cluster.kill(before.map((id) => cluster.node(id)));
  } else await admin.electLeaders({ partitions: [{ topic: TOPIC, partition }] }).catch(() => {});
  if (!(await untilLedBy(admin, partition, [nodeId]))) {
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

/**
 * An operator takes a controller out of the quorum and in again: the one without its vote, where
 * one was wiped, which is a voter again by it. Others lead and decide meanwhile.
 */
const replaceController: Fault = async (context) => {
  const { cluster, admin, random } = context;
  const last = cluster.controllers.at(-1);
  if (last === undefined) throw new Error('there is no controller');
  const { quorum } = await admin.describeCluster();
  const hasLost = quorum?.peers.some((peer) => peer.isVoter && !peer.counts) === true;
  const node = hasLost ? last : anyOf(random, cluster.controllers);
  const { nodeId } = node;
  const removed = await admin.quorum.removeController(nodeId, { timeoutMs: CHANGE_MS });
  const added = await admin.quorum.addController(nodeId, { timeoutMs: CHANGE_MS });
  mustHave(removed.voters, { nodeId, isIn: false }, context);
  mustHave(added.voters, { nodeId, isIn: true }, context);
  return { detail: `node ${nodeId}`, boundMs: FAILOVER_MS, failsNoSend: true };
};

const CHANGE_MS = 60_000;

const mustHave = (
  voters: ReadonlyArray<{ readonly nodeId: number }>,
  { nodeId, isIn }: { readonly nodeId: number; readonly isIn: boolean },
  { onFailure }: FaultContext,
): void => {
  if (voters.some((voter) => voter.nodeId === nodeId) === isIn) return;
  const ids = voters.map((voter) => voter.nodeId).join();
  onFailure(`voters were ${ids} once node ${nodeId} had been ${isIn ? 'added' : 'removed'}`);
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
  if (!(await untilLedBy(admin, partition, [NOBODY]))) {
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

const STOPPED_OR_KILLED: readonly Ending[] = ['stopped', 'killed'];

/** Below the mark: an unsynced write that is torn on every replica at once is lost by right. */
const flipDurable: Spoil = (damage, random) => flipBit(damage, random, durablePartsOf(damage));

const damageAt = (place: Place, spoil: Spoil): Fault =>
  damageReplica({ places: [place], endings: STOPPED_OR_KILLED, spoil });

/** For clusters on the real disk. */
export const STORAGE_FAULTS: Readonly<Record<string, Fault>> = {
  'flip-leader': damageAt('leader', flipBit),
  'flip-follower': damageAt('follower', flipBit),
  'truncate-leader': damageAt('leader', truncateSegment),
  'truncate-follower': damageAt('follower', truncateSegment),
  'kill-all-and-flip': damageReplica({
    places: ['leader', 'follower'],
    endings: ['killed with all others'],
    spoil: flipDurable,
  }),
  'wipe-broker': wipeBroker,
  'wipe-controller': wipeController,
  'replace-controller': replaceController,
  unreadable: makeUnreadable,
};
