import { describeError, OttlaError } from '../base/errors.ts';
import type { ClusterId, LogIndex, NodeId, Term } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Clock, Timer } from '../env/clock.ts';
import { sleep } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Random } from '../env/random.ts';
import type { Handler, Transport } from '../env/transport.ts';
import type { Envelope } from './core/messages.ts';
import { RaftCore } from './core/raft-core.ts';
import type {
  RaftConfig,
  RaftInput,
  RaftOutput,
  RaftStatus,
  SnapshotChunkRequest,
} from './core/types.ts';
import { defineRaftConfig } from './core/types.ts';
import { Peers } from './peers.ts';
import { Persister } from './persister.ts';
import type { RaftStore, Restored } from './raft-store.ts';

/** A committed entry of the state machine. */
export interface CommittedEntry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly payload: Uint8Array;
}

export interface Leadership {
  /** The leader this node knows, or NONE. */
  readonly leaderId: NodeId;
  readonly term: Term;
  /** This node leads and has applied every entry of the terms before. */
  readonly isActive: boolean;
}

/** The state machine's side. Calls come one at a time, and must not throw. */
export interface RaftListener {
  /** In log order, each entry once between restarts. */
  onCommitted(entries: readonly CommittedEntry[]): void;
  /** Replaces all state; also called at start when a snapshot was stored. */
  onSnapshot(snapshot: { index: LogIndex; term: Term; bytes: Uint8Array }): void;
  onLeadership(leadership: Leadership): void;
}

export interface RaftNodeOptions {
  readonly nodeId: NodeId;
  readonly clusterId: ClusterId;
  /** Peer addresses of the voters; a node outside is an observer. */
  readonly voters: ReadonlyMap<NodeId, string>;
  readonly env: {
    readonly clock: Clock;
    readonly random: Random;
    readonly transport: Transport;
    readonly logger: Logger;
  };
  readonly store: RaftStore;
  readonly restored: Restored;
  readonly listener: RaftListener;
  /** The store failed or an invariant broke: the process must stop. */
  readonly onFatal: (error: unknown) => void;
  readonly tuning?: Partial<RaftConfig>;
}

const TICK_MS = 50;
/** How long `handOver` waits for another leader. */
const HAND_OVER_MS = 1_000;

/**
 * The shell of one member of the quorum: it feeds the core with ticks, messages and proposals, and
 * performs what the core asks for in the only legal order. What may go at once goes at once; what
 * promises something (a vote, an acknowledgement) is held until the write it stands on is synced.
 */
export class RaftNode {
  readonly #core: RaftCore;
  readonly #options: RaftNodeOptions;
  readonly #peers: Peers;
  readonly #persister: Persister;
  #held: Array<{ readonly seq: number; readonly envelopes: readonly Envelope[] }> = [];
  #persistedSeq = 0;
  #snapshotBytes: Uint8Array | undefined;
  #tickTimer: Timer | undefined;
  #isStopped = false;
  #isDraining = false;

  constructor(options: RaftNodeOptions) {
    this.#options = options;
    const { random, transport, clock, logger } = options.env;
    const draws = random.fork('raft');
    const config = defineRaftConfig({
      id: options.nodeId,
      voters: [...options.voters.keys()].sort((a, b) => a - b),
      randomTicks: (maxExclusive) => draws.below(maxExclusive),
      ...options.tuning,
    });
    this.#core = new RaftCore(config, options.restored);
    this.#snapshotBytes = options.restored.snapshotBytes;
    this.#peers = new Peers({
      clusterId: options.clusterId,
      nodeId: options.nodeId,
      voters: options.voters,
      transport,
      clock,
      logger,
      onMessage: (message) => this.#step({ kind: 'message', message }),
      onUnreachable: (nodeId) => this.#step({ kind: 'peerUnreachable', nodeId }),
    });
    this.#persister = new Persister({
      store: options.store,
      onPersisted: (seq) => this.#onPersisted(seq),
      onFailure: (error) => this.#fail(error),
    });
  }

  /** Restores the state machine from the stored snapshot and begins to take part. */
  start(): void {
    const { restored, env, listener } = this.#options;
    if (restored.distrust !== undefined && this.#isVoter) {
      env.logger.warn('this node takes part as an observer only', { reason: restored.distrust });
    }
    if (restored.snapshot !== undefined && this.#snapshotBytes !== undefined) {
      listener.onSnapshot({ ...restored.snapshot, bytes: this.#snapshotBytes });
    }
    this.#scheduleTick();
  }

  /** RaftService, for the peer listener. */
  handlers(): Handler[] {
    return [this.#peers.handler()];
  }

  /**
   * Appends to the log as its leader. Nothing is durable or committed on return; the entry is lost
   * when another term's entry is committed at its index. Throws NOT_CONTROLLER (retriable, and
   * nothing happened) when this node does not lead or too much waits for its commit.
   */
  propose(payload: Uint8Array): { readonly index: LogIndex; readonly term: Term } {
    const proposed = this.#isStopped ? undefined : this.#core.propose(payload);
    if (proposed === undefined) {
      throw new OttlaError('NOT_CONTROLLER', 'this controller is not the active one');
    }
    this.#drain();
    return proposed;
  }

  status(): RaftStatus {
    return this.#core.status();
  }

  /** A snapshot of the state machine as of `index`: stored, then the log behind it may go. */
  async snapshotTaken(snapshot: { index: LogIndex; term: Term; bytes: Uint8Array }): Promise<void> {
    const { index, term, bytes } = snapshot;
    await this.#options.store.saveSnapshot({ index, term, data: bytes });
    this.#snapshotBytes = bytes;
    this.#step({ kind: 'snapshotTaken', snapshotId: { index, term } });
  }

  /** Gives leadership away, if this node has it; resolves when another leads or time is up. */
  async handOver(): Promise<void> {
    const { clock } = this.#options.env;
    const endMs = clock.monotonicMs() + HAND_OVER_MS;
    if (this.#options.voters.size < 2) return;
    while (this.#core.status().role === 'leader' && clock.monotonicMs() < endMs) {
      this.#step({ kind: 'transferLeadership', to: undefined });
      await sleep(clock, TICK_MS);
    }
  }

  /** Stops taking part and closes the store. */
  async close(): Promise<void> {
    this.#isStopped = true;
    this.#tickTimer?.cancel();
    this.#peers.close();
    await this.#persister.idle();
    await this.#options.store.close();
  }

  get #isVoter(): boolean {
    return this.#options.voters.has(this.#options.nodeId);
  }

  /** A loop that was held up ticks once, not once for each tick it missed. */
  #scheduleTick(): void {
    this.#tickTimer = this.#options.env.clock.setTimer(TICK_MS, () => {
      this.#step({ kind: 'tick' });
      if (!this.#isStopped) this.#scheduleTick();
    });
  }

  #step(input: RaftInput): void {
    if (this.#isStopped) return;
    try {
      this.#core.step(input);
      this.#drain();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A listener may propose from within a call; its effects are taken by the outer round. */
  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      let output = this.#core.takeOutput();
      for (;;) {
        this.#perform(output);
        const next = this.#core.takeOutput();
        if (!output.more && isEmpty(next)) return;
        output = next;
      }
    } finally {
      this.#isDraining = false;
    }
  }

  #perform(output: RaftOutput): void {
    if (output.persist !== undefined) this.#persister.add(output.persist);
    for (const envelope of output.sendNow) this.#peers.send(envelope);
    if (output.sendAfterPersist.length > 0) {
      this.#held.push({ seq: output.persistSeq, envelopes: output.sendAfterPersist });
      this.#release();
    }
    this.#tell(output);
    for (const request of output.needSnapshotChunks) this.#sendChunk(request);
    if (output.compactThrough !== undefined) this.#compact(output.compactThrough);
  }

  #tell(output: RaftOutput): void {
    const { listener, nodeId } = this.#options;
    const { roleChange, installSnapshot, apply, leaderReady } = output;
    if (roleChange !== undefined) {
      const { term, leaderId } = roleChange;
      listener.onLeadership({ leaderId: leaderId ?? NONE, term, isActive: false });
    }
    if (installSnapshot !== undefined) {
      this.#snapshotBytes = installSnapshot.data;
      const { index, term, data } = installSnapshot;
      listener.onSnapshot({ index, term, bytes: data });
    }
    const entries = apply.filter((entry) => entry.kind === 'data');
    if (entries.length > 0) listener.onCommitted(entries);
    if (leaderReady !== undefined) {
      listener.onLeadership({ leaderId: nodeId, term: leaderReady.term, isActive: true });
    }
  }

  #onPersisted(seq: number): void {
    this.#persistedSeq = seq;
    this.#release();
    this.#step({ kind: 'persisted', seq });
  }

  #release(): void {
    while (this.#held[0] !== undefined && this.#held[0].seq <= this.#persistedSeq) {
      for (const envelope of this.#held[0].envelopes) this.#peers.send(envelope);
      this.#held.shift();
    }
  }

  #sendChunk(request: SnapshotChunkRequest): void {
    const { to, snapshotId, offset, maxBytes } = request;
    const bytes = this.#snapshotBytes;
    const isCurrent = this.#core.status().snapshotIndex === snapshotId.index;
    if (bytes === undefined || !isCurrent) {
      this.#core.step({ kind: 'snapshotMissing', to, snapshotId });
      return;
    }
    const data = bytes.subarray(offset, offset + maxBytes);
    const done = offset + data.length === bytes.length;
    const totalBytes = bytes.length;
    this.#core.step({ kind: 'snapshotChunk', to, snapshotId, offset, data, done, totalBytes });
  }

  #compact(index: LogIndex): void {
    this.#options.store.compact(index).catch((error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#tickTimer?.cancel();
    this.#peers.close();
    this.#options.env.logger.error('raft has stopped', { error: describeError(error) });
    this.#options.onFatal(error);
  }
}

const isEmpty = (output: RaftOutput): boolean =>
  output.persist === undefined &&
  output.sendNow.length === 0 &&
  output.sendAfterPersist.length === 0 &&
  output.roleChange === undefined &&
  output.installSnapshot === undefined &&
  output.apply.length === 0 &&
  output.leaderReady === undefined &&
  output.needSnapshotChunks.length === 0 &&
  output.compactThrough === undefined;
