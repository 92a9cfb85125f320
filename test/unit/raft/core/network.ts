import { must } from '../../../../src/base/assert.ts';
import { describeEnvelope, describeNode } from '../../../../src/raft/core/describe.ts';
import type { Entry, HardState, Snapshot } from '../../../../src/raft/core/entry.ts';
import type { VoterChange, VoterOutcome } from '../../../../src/raft/core/membership.ts';
import type { Envelope } from '../../../../src/raft/core/messages.ts';
import { RaftCore } from '../../../../src/raft/core/raft-core.ts';
import type {
  Persist,
  RaftConfig,
  RaftInput,
  RaftOutput,
  RaftStatus,
  SnapshotChunkRequest,
} from '../../../../src/raft/core/types.ts';
import { defineRaftConfig } from '../../../../src/raft/core/types.ts';
import type { Voter } from '../../../../src/raft/core/voters.ts';
import { addressOf, directoryOf, votersOf } from './fixture.ts';
import { seededRandom } from './random.ts';

/** What a disk holds; the same shape serves for what was handed to it but not yet synced. */
export interface Stored {
  hardState: HardState;
  snapshot: Snapshot | undefined;
  entries: Entry[];
}

const emptyStore = (): Stored => ({
  hardState: { term: 0, votedFor: undefined },
  snapshot: undefined,
  entries: [],
});

export function applyPersist(store: Stored, persist: Persist): void {
  if (persist.hardState !== undefined) store.hardState = persist.hardState;
  if (persist.snapshot !== undefined) {
    store.snapshot = persist.snapshot;
    store.entries = [];
  }
  const { truncateFrom } = persist;
  if (truncateFrom !== undefined) {
    store.entries = store.entries.filter((entry) => entry.index < truncateFrom);
  }
  store.entries.push(...persist.entries);
}

/** What one disk holds, and whose it is. */
export interface Directory {
  readonly directoryId: string;
  /** It was formatted in the place of a lost one. */
  readonly isNewcomer: boolean;
  readonly wiped: boolean;
  readonly disk: Stored;
}

/** Watches every node; the oracle of the randomized test implements it. */
export interface Watcher {
  onOutput(node: SimNode, output: RaftOutput): void;
  onApply(node: SimNode, entry: Entry): void;
}

/** One core with its disk, its state machine and the messages it holds back for the disk. */
export class SimNode {
  readonly id: number;
  core: RaftCore;
  up = true;
  wiped = false;
  disk: Stored = emptyStore();
  /** Disk plus all writes under way: what the core has in memory. */
  memory: Stored = emptyStore();
  writes: Persist[] = [];
  held: { readonly seq: number; readonly envelopes: readonly Envelope[] }[] = [];
  syncedSeq = 0;
  applied: Entry[] = [];
  appliedIndex = 0;
  appliedTerm = 0;
  /** Chained hash of all that was applied, snapshots included. */
  hash = 0;
  readySeen: { term: number; index: number }[] = [];
  private config: RaftConfig;
  /** It stands on a new directory, in the place of a lost one. */
  isNewcomer = false;
  /** Directories of this number that were taken out, and may come back. */
  readonly shelf: Directory[] = [];
  private newCount = 0;
  private readonly startVoters: readonly Voter[];

  constructor(config: RaftConfig) {
    this.id = config.id;
    this.startVoters = config.voters;
    this.config = config;
    this.core = this.boot();
  }

  status(): RaftStatus {
    return this.core.status();
  }

  /** Forgets all that was not synced, and begins again from the disk. */
  restart(): void {
    this.up = true;
    this.core = this.boot();
  }

  /** An empty disk that knows it: such a node must not vote. */
  wipe(): void {
    this.disk = emptyStore();
    this.wiped = true;
  }

  /** The disk is lost, and another directory formatted in its place: another voter, if any. */
  replaceDisk(): void {
    this.disk = emptyStore();
    this.wiped = false;
    this.isNewcomer = true;
    this.newCount += 1;
    const directoryId = `${directoryOf(this.id)}'${this.newCount}`;
    this.config = { ...this.config, directoryId, voters: this.startVoters };
  }

  /** The directory that is there, as it could be taken out; of a node that is down. */
  directory(): Directory {
    const { directoryId, isNewcomer, wiped, disk } = this;
    return { directoryId, isNewcomer, wiped, disk };
  }

  mount({ directoryId, isNewcomer, wiped, disk }: Directory): void {
    this.config = { ...this.config, directoryId, voters: this.startVoters };
    this.isNewcomer = isNewcomer;
    this.wiped = wiped;
    this.disk = disk;
  }

  /** Whom the configuration names. */
  get configured(): readonly number[] {
    return this.config.voters.map(({ id }) => id);
  }

  /** Others than before, for a directory that never voted and knows none who is there. */
  configure(voters: readonly number[]): void {
    this.config = { ...this.config, voters: votersOf(voters) };
  }

  /** A second process under the same number, on a directory of the shelf. */
  twin(directory: Directory): SimNode {
    const twin = new SimNode(this.config);
    twin.mount(directory);
    twin.restart();
    return twin;
  }

  get directoryId(): string {
    return this.config.directoryId;
  }

  private boot(): RaftCore {
    const { disk } = this;
    this.memory = { ...disk, entries: [...disk.entries] };
    this.writes = [];
    this.held = [];
    this.syncedSeq = 0;
    this.restoreMachine(disk.snapshot);
    return new RaftCore(this.config, {
      ...disk,
      snapshotVoters: disk.snapshot?.voters ?? [],
      canVote: !this.wiped,
      onlyIfNamed: this.isNewcomer,
    });
  }

  applyEntry(entry: Entry): void {
    this.applied.push(entry);
    this.appliedIndex = entry.index;
    this.appliedTerm = entry.term;
    this.hash = chain(this.hash, entry);
  }

  restoreMachine(snapshot: Snapshot | undefined): void {
    this.applied = [];
    this.appliedIndex = snapshot?.index ?? 0;
    this.appliedTerm = snapshot?.term ?? 0;
    this.hash = snapshot === undefined ? 0 : Number(new TextDecoder().decode(snapshot.data));
  }
}

/** Order-dependent: two machines agree on it only if they applied the same entries in order. */
function chain(hash: number, entry: Entry): number {
  let mixed = Math.imul(hash ^ entry.index, 16777619) ^ entry.term;
  for (const byte of entry.payload) mixed = Math.imul(mixed ^ byte, 16777619);
  return mixed >>> 0;
}

export interface ClusterOptions {
  readonly voters?: readonly number[];
  readonly observers?: readonly number[];
  readonly seed?: number;
  readonly config?: Partial<RaftConfig>;
  readonly watcher?: Watcher;
}

/** Nodes in one process. Nothing moves by itself: the caller delivers, ticks, syncs and breaks. */
export class Cluster {
  readonly nodes: SimNode[];
  inFlight: Envelope[] = [];
  readonly trace: string[] = [];
  private readonly cuts = new Set<string>();
  private readonly watcher: Watcher | undefined;

  constructor(options: ClusterOptions = {}) {
    const voters = options.voters ?? [1, 2, 3];
    const ids = [...voters, ...(options.observers ?? [])];
    this.watcher = options.watcher;
    this.nodes = ids.map((id) => {
      const random = seededRandom((options.seed ?? 1) * 1000 + id);
      const own = { id, directoryId: directoryOf(id), address: addressOf(id) };
      const given = { ...own, voters: votersOf(voters), randomTicks: random.below };
      return new SimNode(defineRaftConfig({ ...given, ...options.config }));
    });
  }

  node(id: number): SimNode {
    return must(
      this.nodes.find((node) => node.id === id),
      `node ${id} exists`,
    );
  }

  /** The live leader of the newest term. */
  leader(): SimNode | undefined {
    const leaders = this.nodes.filter((node) => node.up && node.status().role === 'leader');
    return leaders.sort((left, right) => right.status().term - left.status().term)[0];
  }

  step(node: SimNode, input: RaftInput): void {
    if (!node.up) return;
    node.core.step(input);
    this.pump(node);
  }

  propose(node: SimNode, text: string): { index: number; term: number } | undefined {
    const proposed = node.core.propose(new TextEncoder().encode(text));
    this.pump(node);
    return proposed;
  }

  changeVoters(node: SimNode, change: VoterChange): VoterOutcome {
    const outcome = node.core.changeVoters(change);
    this.pump(node);
    return outcome;
  }

  /** Performs the outputs of a node, in the order that the contract demands. */
  pump(node: SimNode): void {
    let output: RaftOutput;
    do {
      output = node.core.takeOutput();
      this.perform(node, output);
    } while (output.more);
  }

  private perform(node: SimNode, output: RaftOutput): void {
    if (output.persist !== undefined) {
      node.writes.push(output.persist);
      applyPersist(node.memory, output.persist);
    }
    this.inFlight.push(...output.sendNow);
    node.held.push({ seq: output.persistSeq, envelopes: output.sendAfterPersist });
    this.releaseHeld(node);
    this.watcher?.onOutput(node, output);
    if (output.installSnapshot !== undefined) node.restoreMachine(output.installSnapshot);
    for (const entry of output.apply) {
      node.applyEntry(entry);
      this.watcher?.onApply(node, entry);
    }
    if (output.leaderReady !== undefined) node.readySeen.push(output.leaderReady);
    const { compactThrough } = output;
    if (compactThrough !== undefined) {
      node.disk.entries = node.disk.entries.filter((entry) => entry.index > compactThrough);
      node.memory.entries = node.memory.entries.filter((entry) => entry.index > compactThrough);
    }
    for (const request of output.needSnapshotChunks) this.answerChunk(node, request);
  }

  private releaseHeld(node: SimNode): void {
    const ready = node.held.filter((held) => held.seq <= node.syncedSeq);
    node.held = node.held.filter((held) => held.seq > node.syncedSeq);
    for (const held of ready) this.inFlight.push(...held.envelopes);
  }

  private answerChunk(node: SimNode, request: SnapshotChunkRequest): void {
    const { to, snapshotId, offset, maxBytes } = request;
    const snapshot = node.disk.snapshot;
    if (snapshot?.index !== snapshotId.index) {
      this.step(node, { kind: 'snapshotMissing', to, snapshotId });
      return;
    }
    const data = snapshot.data.slice(offset, offset + maxBytes);
    const totalBytes = snapshot.data.length;
    const done = offset + data.length === totalBytes;
    this.step(node, { kind: 'snapshotChunk', to, snapshotId, offset, data, done, totalBytes });
  }

  /** Syncs the oldest `count` writes of a node and reports them. */
  sync(node: SimNode, count = node.writes.length): void {
    if (!node.up || count === 0 || node.writes.length === 0) return;
    const done = node.writes.splice(0, count);
    for (const persist of done) applyPersist(node.disk, persist);
    node.syncedSeq = must(done.at(-1), 'a write was synced').seq;
    this.releaseHeld(node);
    this.step(node, { kind: 'persisted', seq: node.syncedSeq });
  }

  /** The first `survivingWrites` of the unsynced writes reach the disk all the same. */
  crash(node: SimNode, survivingWrites = 0): void {
    for (const persist of node.writes.slice(0, survivingWrites)) applyPersist(node.disk, persist);
    node.up = false;
    node.writes = [];
    node.held = [];
  }

  cut(left: number, right: number): void {
    this.cutOneWay(left, right);
    this.cutOneWay(right, left);
  }

  cutOneWay(from: number, to: number): void {
    this.cuts.add(`${from}>${to}`);
  }

  isolate(id: number): void {
    for (const node of this.nodes) if (node.id !== id) this.cut(id, node.id);
  }

  healLinks(): void {
    this.cuts.clear();
  }

  deliver(envelope: Envelope): void {
    if (this.cuts.has(`${envelope.message.from}>${envelope.to}`)) return;
    // Two of one number may be reached under its address, one after the other.
    for (const node of this.nodes) {
      if (node.id !== envelope.to || !node.up) continue;
      this.trace.push(describeEnvelope(envelope));
      this.step(node, { kind: 'message', ...envelope });
    }
  }

  /** Takes a durable snapshot of what the node has applied. */
  takeSnapshot(node: SimNode): void {
    if (!node.up || node.appliedIndex <= (node.disk.snapshot?.index ?? 0)) return;
    if (node.memory.snapshot !== node.disk.snapshot) return;
    const snapshotId = { index: node.appliedIndex, term: node.appliedTerm };
    const voters = node.core.votersAt(snapshotId.index);
    if (voters === undefined) return;
    const data = new TextEncoder().encode(String(node.hash));
    const snapshot = { ...snapshotId, data, voters };
    node.disk.snapshot = snapshot;
    node.memory.snapshot = snapshot;
    this.step(node, { kind: 'snapshotTaken', snapshotId });
  }

  /** Syncs and delivers, in order and without loss, until nothing moves. */
  settle(): void {
    for (let round = 0; round < 10_000; round += 1) {
      for (const node of this.nodes) this.sync(node);
      const batch = this.inFlight;
      if (batch.length === 0 && this.nodes.every((node) => node.writes.length === 0)) return;
      this.inFlight = [];
      for (const envelope of batch) this.deliver(envelope);
    }
    throw new Error('the cluster does not settle');
  }

  tickAll(count = 1): void {
    for (let tick = 0; tick < count; tick += 1) {
      for (const node of this.nodes) this.step(node, { kind: 'tick' });
      this.settle();
    }
  }

  /** Ticks one node until it campaigns, and settles: it leads where it may. */
  elect(id: number): SimNode {
    const node = this.node(id);
    for (let tick = 0; tick < 200 && node.status().role !== 'leader'; tick += 1) {
      this.step(node, { kind: 'tick' });
      this.settle();
    }
    return node;
  }

  describe(): string {
    return this.nodes
      .map((node) => `${node.up ? '' : 'DOWN '}${describeNode(node.status())}`)
      .join('\n');
  }
}
