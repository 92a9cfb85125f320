import { describe, expect, test } from 'vitest';
import { must } from '../../../../src/base/assert.ts';
import type { Voter } from '../../../../src/raft/core/voters.ts';
import { votersOf } from './fixture.ts';
import type { SimNode } from './network.ts';
import { Cluster } from './network.ts';
import { Oracle } from './oracle.ts';
import type { SeededRandom } from './random.ts';
import { seededRandom } from './random.ts';

/** As many as are asked for, from a first one on: `RAFT_SEEDS=1001-3000`. */
const [FIRST_SEED = 1, LAST_SEED = 100] = (process.env['RAFT_SEEDS'] ?? '1-100')
  .split('-')
  .map(Number);
const SEED_COUNT = LAST_SEED - FIRST_SEED + 1;
const LIMIT_MS = 60_000 * Math.ceil(SEED_COUNT / 100);
const EVENT_COUNT = 5000;
const FAULTS = [
  'loss',
  'repeat',
  'reorder',
  'crash',
  'cut',
  'snapshot',
  'transfer',
  'disk',
  'shelf',
  'twin',
] as const;

type Fault = (typeof FAULTS)[number];

/** Old directories come back again and again, and each number has two at once half of the time. */
const HAUNTED: readonly Fault[] = ['twin', 'twin', 'twin', 'shelf', 'shelf', 'crash', 'cut'];

const FIRST_OBSERVER = 6;

const TIGHT = {
  maxAppendBytes: 12,
  maxInflight: 2,
  maxApplyBytes: 8,
  snapshotChunkBytes: 3,
  observerTimeoutTicks: 30,
};

interface World {
  readonly cluster: Cluster;
  readonly oracle: Oracle;
  readonly random: SeededRandom;
  readonly faults: ReadonlySet<Fault>;
  /** What is drawn of, those that are there more than once more often. */
  readonly troubles: readonly Fault[];
  proposedCount: number;
  diskCount: number;
  /** Directories that came back, alone or beside the one that took their place. */
  returnCount: number;
}

function createWorld(seed: number, isHaunted: boolean): World {
  const random = seededRandom(seed);
  const drawn = FAULTS.filter(() => random.chance(50));
  const faults = new Set(isHaunted ? [...drawn, ...HAUNTED] : drawn);
  const troubles = isHaunted ? HAUNTED : FAULTS;
  const voters = [1, 2, 3, 4, 5].slice(0, random.pick([1, 2, 3, 3, 3, 4]) ?? 3);
  const observers = [FIRST_OBSERVER, 7, 8].slice(0, 1 + random.below(3));
  const oracle = new Oracle();
  const config = { ...TIGHT, trailingEntries: random.below(4) };
  const cluster = new Cluster({ voters, observers, seed, config, watcher: oracle });
  oracle.nodes = cluster.nodes;
  oracle.voters = voters;
  oracle.isChanging = true;
  const counts = { proposedCount: 0, diskCount: 0, returnCount: 0 };
  return { cluster, oracle, random, faults, troubles, ...counts };
}

function runEvent(world: World): void {
  const { cluster, random } = world;
  const node = must(random.pick(cluster.nodes), 'the cluster has nodes');
  const die = random.below(100);
  if (die < 58) deliverSome(world);
  else if (die < 76) cluster.step(node, { kind: 'tick' });
  else if (die < 91) cluster.sync(node, 1 + random.below(3));
  else if (die < 94) changeOrPropose(world);
  else causeTrouble(world, node);
}

function deliverSome(world: World): void {
  const { cluster, random, faults } = world;
  for (let count = 0; count < 5; count += 1) {
    const at = faults.has('reorder') ? random.below(Math.max(1, cluster.inFlight.length)) : 0;
    const [envelope] = cluster.inFlight.splice(at, 1);
    if (envelope === undefined) return;
    if (faults.has('repeat') && random.chance(10)) cluster.inFlight.push(envelope);
    if (!(faults.has('loss') && random.chance(10))) cluster.deliver(envelope);
  }
}

/** Whoever believes to lead is asked, deposed or not; any node, voter or not. */
function changeOrPropose({ cluster, random, ...world }: World): void {
  const leading = cluster.nodes.filter((node) => node.up && node.status().role === 'leader');
  const leader = random.pick(leading);
  if (leader === undefined) return;
  if (random.chance(50)) {
    const nodeId = must(random.pick(cluster.nodes), 'the cluster has nodes').id;
    cluster.changeVoters(leader, { kind: random.chance(50) ? 'add' : 'remove', nodeId });
  } else {
    world.proposedCount += 1;
    cluster.propose(leader, `v${random.below(1000)}`);
  }
}

function causeTrouble(world: World, node: SimNode): void {
  const { cluster, random, faults, troubles } = world;
  const fault = must(random.pick(troubles), 'there are faults');
  if (!faults.has(fault)) return;
  const other = must(random.pick(cluster.nodes), 'the cluster has nodes');
  if (fault === 'snapshot') cluster.takeSnapshot(node);
  if (fault === 'transfer') {
    const leader = cluster.leader();
    const to = random.chance(50) ? other.id : undefined;
    if (leader !== undefined) cluster.step(leader, { kind: 'transferLeadership', to });
  }
  if (fault === 'cut' && random.chance(60)) cluster.cut(node.id, other.id);
  else if (fault === 'cut') cluster.healLinks();
  if (fault === 'crash') crashOrRestart(world, node);
  if (fault === 'shelf') changeDirectory(world, random.pick(primariesOf(cluster)));
  if (fault === 'twin') startOrEndTwin(world, random.pick(primariesOf(cluster)));
  if (fault === 'disk')
    maybeLoseDisk(world, random.pick(primariesOf(cluster).filter((it) => !it.up)));
}

function crashOrRestart({ cluster, random }: World, node: SimNode): void {
  if (!node.up) {
    node.restart();
    cluster.pump(node);
    return;
  }
  cluster.crash(node, random.below(node.writes.length + 1));
  for (const peer of cluster.nodes) {
    if (random.chance(50)) cluster.step(peer, { kind: 'peerUnreachable', nodeId: node.id });
  }
}

/** The first of each number; beside it may run a second one, on an older directory. */
const primariesOf = ({ nodes }: Cluster): SimNode[] =>
  nodes.filter((node, at) => nodes.findIndex(({ id }) => id === node.id) === at);

const twinOf = ({ nodes }: Cluster, { id }: SimNode): SimNode | undefined =>
  nodes.filter((node) => node.id === id)[1];

/** Nothing is lost by it: what is taken out keeps what it promised, and may come back at any time. */
function changeDirectory(world: World, node: SimNode | undefined): void {
  if (node === undefined || node.up) return;
  const [returning] = node.shelf.splice(world.random.below(node.shelf.length + 1), 1);
  node.shelf.push(node.directory());
  if (returning === undefined) node.replaceDisk();
  else node.mount(returning);
  if (returning !== undefined) world.returnCount += 1;
}

/** Both of one number run at once: nothing of one may count for the other. */
function startOrEndTwin(world: World, node: SimNode | undefined): void {
  const { cluster, random } = world;
  if (node === undefined) return;
  const twin = twinOf(cluster, node);
  if (twin !== undefined) {
    cluster.crash(twin, random.below(twin.writes.length + 1));
    retire(cluster, node, twin);
    return;
  }
  const [directory] = node.shelf.splice(random.below(node.shelf.length), 1);
  if (directory === undefined) return;
  cluster.nodes.push(node.twin(directory));
  world.returnCount += 1;
}

function retire(cluster: Cluster, node: SimNode, twin: SimNode): void {
  node.shelf.push(twin.directory(), ...twin.shelf);
  cluster.nodes.splice(cluster.nodes.indexOf(twin), 1);
}

const isCommitted = (node: SimNode): boolean =>
  node.status().votersIndex <= node.status().commitIndex;

/** A leader that heard it a moment ago may make its vote the one that a smaller set needs. */
const isThoughtAlive = ({ nodes }: Cluster, id: number): boolean =>
  nodes.some(
    (node) =>
      node.up &&
      node
        .status()
        .peers.some((peer) => peer.id === id && peer.ballot !== undefined && peer.silentTicks < 10),
  );

/**
 * What may be lost is one disk of a set of three or more, and the next one only when that voter was
 * replaced. While a change is under way two sets are in force, and none is lost.
 */
function maybeLoseDisk(world: World, node: SimNode | undefined): void {
  const { cluster } = world;
  if (node === undefined || isThoughtAlive(cluster, node.id)) return;
  const sets = cluster.nodes.map((each) => each.status().voters);
  const isSame = new Set(sets.map((set) => JSON.stringify(set))).size === 1;
  const isSettled = isSame && cluster.nodes.every((each) => isCommitted(each));
  const voters = sets[0] ?? [];
  const isLost = (id: number): boolean => {
    const voter = voters.find((each) => each.id === id);
    const { directoryId, isNewcomer } = cluster.node(id);
    return voter?.directoryId === '' ? isNewcomer : voter?.directoryId !== directoryId;
  };
  if (!isSettled || voters.length < 3 || voters.some(({ id }) => isLost(id))) return;
  cluster.inFlight = cluster.inFlight.filter(({ message }) => message.from !== node.id);
  node.replaceDisk();
  world.diskCount += 1;
}

/** The directory that a set names is put back, where it is on the shelf. */
function putBack(cluster: Cluster, voters: readonly Voter[]): void {
  for (const node of primariesOf(cluster)) {
    const twin = twinOf(cluster, node);
    if (twin !== undefined) {
      cluster.crash(twin);
      retire(cluster, node, twin);
    }
    const named = voters.find(({ id }) => id === node.id);
    const at = node.shelf.findIndex(({ directoryId, isNewcomer }) =>
      named?.directoryId === '' ? !isNewcomer : directoryId === named?.directoryId,
    );
    const [directory] = at < 0 ? [] : node.shelf.splice(at, 1);
    if (directory === undefined) continue;
    if (node.up) cluster.crash(node);
    node.shelf.push(node.directory());
    node.mount(directory);
  }
  for (const node of cluster.nodes) nameLiveOnes(cluster, { node, voters });
  for (const node of cluster.nodes) if (!node.up) node.restart();
}

/** The log is got from those that it or the configuration names, as long as one of them is there. */
function nameLiveOnes(
  cluster: Cluster,
  { node, voters }: { readonly node: SimNode; readonly voters: readonly Voter[] },
): void {
  const others = voters.map(({ id }) => id).filter((id) => id !== node.id);
  const known = [...node.status().voters.map(({ id }) => id), ...node.configured];
  const mayHaveVoted = !node.isNewcomer && node.id < FIRST_OBSERVER;
  if (mayHaveVoted || others.length === 0 || others.some((id) => known.includes(id))) return;
  if (node.up) cluster.crash(node);
  node.configure(others);
}

/** The newest set in any log: the one committed last is not known to who has just started. */
const newestSet = ({ nodes }: Cluster): readonly Voter[] =>
  nodes
    .map((node) => node.status())
    .sort((a, b) => b.lastTerm - a.lastTerm || b.votersIndex - a.votersIndex)[0]?.voters ?? [];

function healAndConverge({ cluster, oracle }: World): void {
  cluster.healLinks();
  let goal: number | undefined;
  for (let round = 0; round < 400; round += 1) {
    if (round % 100 === 0) {
      const committed = oracle.committedVoters ?? votersOf(oracle.voters);
      putBack(cluster, round % 200 === 0 ? committed : newestSet(cluster));
      for (const node of cluster.nodes) cluster.pump(node);
      cluster.settle();
    }
    cluster.tickAll();
    const leader = cluster.leader();
    const isDone = cluster.nodes.every((node) => goal !== undefined && node.appliedIndex >= goal);
    if (isDone) return;
    if (round % 20 === 0 && leader !== undefined) {
      goal = cluster.propose(leader, 'final')?.index ?? goal;
    }
  }
  throw new Error(`no convergence within 400 ticks after the heal\n${cluster.describe()}`);
}

function runSeed(seed: number, isHaunted = false): World {
  const world = createWorld(seed, isHaunted);
  try {
    for (let event = 0; event < EVENT_COUNT; event += 1) {
      runEvent(world);
      if (event % 50 === 0) world.oracle.checkLogs();
    }
    healAndConverge(world);
    world.oracle.checkLogs();
  } catch (error) {
    const faults = [...world.faults].join(' ');
    const tail = world.cluster.trace.slice(-10).join('\n');
    const text = `seed ${seed} (faults: ${faults})\n${tail}\n${world.cluster.describe()}`;
    throw new Error(`${text}\n${error instanceof Error ? error.stack : error}`, { cause: error });
  }
  return world;
}

describe('a cluster where two directories of one number run at once', () => {
  test(
    `keeps the properties of figure 3 and recovers (seeds ${FIRST_SEED}..${LAST_SEED})`,
    () => {
      const sums = { committedCount: 0, changeCount: 0, returnCount: 0 };
      for (let seed = FIRST_SEED; seed <= LAST_SEED; seed += 1) {
        const { oracle, returnCount } = runSeed(seed, true);
        sums.committedCount += oracle.committedCount;
        sums.changeCount += oracle.changeCount;
        sums.returnCount += returnCount;
      }

      expect(sums.committedCount).toBeGreaterThan(SEED_COUNT * 10);
      expect(sums.changeCount).toBeGreaterThan(SEED_COUNT);
      expect(sums.returnCount).toBeGreaterThan(SEED_COUNT * 10);
    },
    LIMIT_MS,
  );
});

describe('a cluster whose voters change under random faults', () => {
  test(
    `keeps the properties of figure 3 and recovers (seeds ${FIRST_SEED}..${LAST_SEED})`,
    () => {
      const sums = { committedCount: 0, changeCount: 0, diskCount: 0, returnCount: 0 };
      for (let seed = FIRST_SEED; seed <= LAST_SEED; seed += 1) {
        const { oracle, diskCount, returnCount } = runSeed(seed);
        sums.committedCount += oracle.committedCount;
        sums.changeCount += oracle.changeCount;
        sums.diskCount += diskCount;
        sums.returnCount += returnCount;
      }

      // The faults must not be so heavy that nothing happens.
      expect(sums.committedCount).toBeGreaterThan(SEED_COUNT * 15);
      expect(sums.changeCount).toBeGreaterThan(SEED_COUNT * 2);
      expect(sums.diskCount).toBeGreaterThan(SEED_COUNT / 20);
      expect(sums.returnCount).toBeGreaterThan(SEED_COUNT);
    },
    LIMIT_MS,
  );
});
