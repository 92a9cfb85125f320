import { assert, must } from '../../../src/base/assert.ts';
import type { NodeId } from '../../../src/base/ids.ts';
import type { Clock } from '../../../src/env/clock.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { RaftConfig } from '../../../src/raft/core/types.ts';
import type {
  CommittedEntry,
  Leadership,
  RaftListener,
  TakenSnapshot,
} from '../../../src/raft/raft-node.ts';
import { RaftNode } from '../../../src/raft/raft-node.ts';
import { initialiseRaftStore, RaftStore } from '../../../src/raft/raft-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { MemoryStores } from '../../support/memory-store.ts';
import { MemoryNetwork } from '../../support/memory-transport.ts';
import { mountedDisk } from '../../support/mounted-disk.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const DIRECTORY = '/data/raft';

export const nameOf = (id: NodeId): string => `node-${id}`;
const addressOf = (id: NodeId): string => `${nameOf(id)}:9000`;

/** What outlives the process of a node. */
export interface Host {
  readonly id: NodeId;
  readonly disk: MemoryDisk;
  readonly stores: MemoryStores;
  readonly directoryId: string;
}

/** One run of a node: its process, and the state machine in it. */
export interface Run {
  readonly node: RaftNode;
  /** The state: the text of every data entry applied, by index. */
  readonly state: Map<number, string>;
  readonly leaderships: Leadership[];
  readonly snapshots: number[];
  readonly fatal: unknown[];
  /** Extra hooks of a test. */
  onCommitted: ((entries: readonly CommittedEntry[]) => void) | undefined;
  isAlive: boolean;
}

export interface ClusterOptions {
  readonly voters?: readonly NodeId[];
  readonly seed?: number | string;
  /** How long a sync takes on node 1; nodes 3, 6, .. have none, and nodes 2, 5, .. twice that. */
  readonly syncDelayMs?: number;
  readonly tuning?: Partial<RaftConfig>;
}

/** Nodes of raft on one network, one clock and disks of their own, checked on every commit. */
export class Cluster {
  readonly clock = new ManualClock();
  readonly random: SeededRandom;
  readonly network: MemoryNetwork;
  readonly voters: readonly NodeId[];
  /** What was committed at each index, by whichever node came first. */
  readonly committed = new Map<number, string>();
  readonly runs = new Map<NodeId, Run>();
  /** Where nodes are from their next start on, if not where they began. */
  readonly moved = new Map<NodeId, string>();
  readonly #hosts = new Map<NodeId, Host>();
  readonly #options: ClusterOptions;
  #formatCount = 0;

  constructor(options: ClusterOptions = {}) {
    this.#options = options;
    this.voters = options.voters ?? [1, 2, 3];
    this.random = new SeededRandom(options.seed ?? 1);
    this.network = new MemoryNetwork({ clock: this.clock, random: this.random });
  }

  /** Formats and starts every voter, and waits for the first leader. */
  static async started(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(options);
    for (const id of cluster.voters) await cluster.start(id);
    await cluster.settleUntil(() => cluster.activeLeader() !== undefined, 10_000);
    return cluster;
  }

  #placeOf(id: NodeId): string {
    return this.moved.get(id) ?? addressOf(id);
  }

  host(id: NodeId): Host {
    return must(this.#hosts.get(id), `node ${id} has been started once`);
  }

  run(id: NodeId): Run {
    return must(this.runs.get(id), `node ${id} runs`);
  }

  /** Starts a node; a voter's first start formats its directory. */
  async start(id: NodeId): Promise<Run> {
    const run = await this.create(id);
    run.node.start();
    return run;
  }

  /** A node that listens already, and has not been started. */
  async create(id: NodeId): Promise<Run> {
    const host =
      this.#hosts.get(id) ?? (await this.#newHost(id, { canVote: this.voters.includes(id) }));
    const transport = this.network.transportFor(nameOf(id));
    const seams = { disk: mountedDisk(host.disk), stores: host.stores };
    const { store, restored } = await this.inTime(RaftStore.open(seams, DIRECTORY));
    const run: Omit<Run, 'node'> = {
      state: new Map(),
      leaderships: [],
      snapshots: [],
      fatal: [],
      onCommitted: undefined,
      isAlive: true,
    };
    const node = new RaftNode({
      nodeId: id,
      clusterId: 'cluster',
      directoryId: host.directoryId,
      address: this.#placeOf(id),
      voters: new Map(this.voters.map((voter) => [voter, addressOf(voter)])),
      versions: { min: 1, max: 1 },
      env: {
        clock: clockOf(this.clock, run),
        random: this.random.fork(nameOf(id)),
        transport,
        logger: silentLogger,
      },
      store,
      restored,
      listener: this.#listenerOf(id, run),
      onFatal: (error) => {
        if (run.isAlive) run.fatal.push(error);
      },
      ...(this.#options.tuning === undefined ? {} : { tuning: this.#options.tuning }),
    });
    await transport.listen(this.#placeOf(id), node.handlers());
    const started: Run = Object.assign(run, { node });
    this.runs.set(id, started);
    return started;
  }

  /** The process ends at once; with `power`, what no sync covered goes with it. */
  crash(id: NodeId, options: { power: boolean; random?: SeededRandom } = { power: true }): void {
    const { disk, stores } = this.host(id);
    this.run(id).isAlive = false;
    this.runs.delete(id);
    this.network.crash(nameOf(id));
    if (options.power) {
      disk.crash(options.random);
      stores.crash(options.random);
    } else {
      disk.kill();
      stores.kill();
    }
  }

  leader(): NodeId | undefined {
    const leaders = [...this.runs].filter(([, { node }]) => node.status().role === 'leader');
    leaders.sort(([, a], [, b]) => b.node.status().term - a.node.status().term);
    return leaders[0]?.[0];
  }

  /** A leader that was told so, and may serve. */
  activeLeader(): NodeId | undefined {
    const id = this.leader();
    return id !== undefined && this.run(id).leaderships.at(-1)?.isActive === true ? id : undefined;
  }

  /** Proposes at the leader. */
  propose(text: string): { index: number; term: number } {
    const leader = must(this.leader(), 'there is a leader');
    return this.run(leader).node.propose(Buffer.from(text));
  }

  /** Proposes at the leader and waits until every node that runs has applied it. */
  async commit(...texts: string[]): Promise<void> {
    for (const text of texts) this.propose(text);
    await this.settleUntil(() => texts.every((text) => this.isEverywhere(text)), 10_000);
  }

  isEverywhere(text: string): boolean {
    return [...this.runs.keys()].every((id) => this.texts(id).includes(text));
  }

  /** Lets time pass until something holds; how many milliseconds that took. */
  async settleUntil(holds: () => boolean, withinMs: number): Promise<number> {
    const startMs = this.clock.monotonicMs();
    while (!holds()) {
      const passedMs = this.clock.monotonicMs() - startMs;
      assert(passedMs < withinMs, `it holds within ${withinMs} ms: ${holds.toString()}`);
      await this.clock.settle(5);
    }
    return this.clock.monotonicMs() - startMs;
  }

  /** Lets time pass until a promise has settled. */
  async inTime<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = (): void => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await this.settleUntil(() => isSettled, 60_000);
    return promise;
  }

  /** Snapshots the state of a node as of its last entry, as its state machine would. */
  async takeSnapshot(id: NodeId): Promise<void> {
    await this.inTime(this.snapshotNow(id));
  }

  /** As `takeSnapshot`, without letting time pass for it. */
  snapshotNow(id: NodeId): Promise<void> {
    const { node, state } = this.run(id);
    const index = [...state.keys()].at(-1) ?? 0;
    const term = Number(state.get(index)?.split('/')[0]);
    const bytes = Buffer.from(JSON.stringify([...state]));
    return node.snapshotTaken({ index, term, bytes });
  }

  /** The texts applied, without their terms. */
  texts(id: NodeId): string[] {
    return [...this.run(id).state.values()].map((text) => text.slice(text.indexOf('/') + 1));
  }

  /** A directory of its own for a controller that the quorum does not begin with. */
  async format(id: NodeId, options: { readonly isNewcomer?: boolean } = {}): Promise<void> {
    this.#hosts.delete(id);
    await this.#newHost(id, { canVote: true, ...options });
  }

  async #newHost(
    id: NodeId,
    { canVote, isNewcomer = false }: { canVote: boolean; isNewcomer?: boolean },
  ): Promise<Host> {
    const { clock } = this;
    const syncDelayMs = (this.#options.syncDelayMs ?? 0) * (id % 3);
    const disk = new MemoryDisk({ clock, syncDelayMs, directories: ['/data'] });
    this.#formatCount += 1;
    const directoryId = `directory-${this.#formatCount}`;
    const stores = new MemoryStores({ clock, syncDelayMs });
    const host: Host = { id, disk, stores, directoryId };
    this.#hosts.set(id, host);
    disk.syncDelayMs = 0;
    if (canVote) await initialiseRaftStore(disk, DIRECTORY, { isNewcomer });
    disk.settle();
    disk.syncDelayMs = syncDelayMs;
    return host;
  }

  #listenerOf(id: NodeId, run: Omit<Run, 'node'>): RaftListener {
    return {
      onCommitted: (entries) => {
        if (!run.isAlive) return;
        for (const entry of entries) this.#apply(id, run, entry);
        run.onCommitted?.(entries);
      },
      onSnapshot: ({ index, bytes }: TakenSnapshot) => {
        if (!run.isAlive) return;
        run.snapshots.push(index);
        run.state.clear();
        for (const [at, text] of JSON.parse(Buffer.from(bytes).toString())) run.state.set(at, text);
      },
      onLeadership: (leadership) => {
        if (run.isAlive) run.leaderships.push(leadership);
      },
    };
  }

  /** The one thing that must never happen: two entries committed at one index. */
  #apply(id: NodeId, run: Omit<Run, 'node'>, { index, term, payload }: CommittedEntry): void {
    const text = `${term}/${Buffer.from(payload).toString()}`;
    const known = this.committed.get(index) ?? text;
    assert(known === text, `node ${id} commits '${text}' at ${index}, others '${known}'`);
    const last = [...run.state.keys()].at(-1) ?? 0;
    assert(index > last, `node ${id} applies entry ${index} once and in order, after ${last}`);
    this.committed.set(index, text);
    run.state.set(index, text);
  }
}

/** Timers of a process that has ended never fire. */
const clockOf = (clock: ManualClock, run: { readonly isAlive: boolean }): Clock => ({
  monotonicMs: () => clock.monotonicMs(),
  wallMs: () => clock.wallMs(),
  setTimer: (delayMs, callback) =>
    clock.setTimer(delayMs, () => {
      if (run.isAlive) callback();
    }),
  defer: (callback) => clock.defer(callback),
});
