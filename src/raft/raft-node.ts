import { describeError, OttlaError } from '../base/errors.ts';
import type { ClusterId, DirectoryId, LogIndex, NodeId, Term } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Clock, Timer } from '../env/clock.ts';
import { sleep } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Random } from '../env/random.ts';
import type { Handler, Transport } from '../env/transport.ts';
import { describeNode } from './core/describe.ts';
import type { VoterChange, VoterOutcome } from './core/membership.ts';
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
import type { KnownVersions, SaidVersions } from './peer-versions.ts';
import { Peers } from './peers.ts';
import { Persister } from './persister.ts';
import { ChangeWaiters, refusedChange } from './quorum-change.ts';
import type { RaftStore } from './raft-store.ts';
import type { Restored } from './recovery.ts';
import { mixedAddresses } from './voter-addresses.ts';

/** A committed entry of the state machine. */
export interface CommittedEntry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly payload: Uint8Array;
}

/** A snapshot of the state machine, as of `index` (inclusive). */
export interface TakenSnapshot {
  readonly index: LogIndex;
  readonly term: Term;
  readonly bytes: Uint8Array;
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
  onSnapshot(snapshot: TakenSnapshot): void;
  onLeadership(leadership: Leadership): void;
}

export interface RaftNodeOptions {
  readonly nodeId: NodeId;
  readonly clusterId: ClusterId;
  /** Of this node's data: a voter is a node with one directory. */
  readonly directoryId: DirectoryId;
  /** Where others reach this node's peer listener, should it become a voter. */
  readonly address: string;
  /** Peer addresses of the voters that the quorum starts with; later ones are in the log. */
  readonly voters: ReadonlyMap<NodeId, string>;
  /** Which versions of the entries' content the state machine here knows: said to the others. */
  readonly versions: KnownVersions;
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

/** What the core counts its timeouts in. */
export const TICK_MS = 50;
/** How long `handOver` waits for another leader. */
const HAND_OVER_MS = 1_000;
const OUTDATED = 'a node waits for metadata that its release could not keep';
/** A voter that missed three heartbeats is no successor. */
const SILENT_TICKS_MAX = 6;

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
  /** The newest snapshot on disk, for slower nodes. */
  #snapshot: TakenSnapshot | undefined;
  #leadership: Leadership | undefined;
  #tickTimer: Timer | undefined;
  #isStarted = false;
  #isStopped = false;
  #closed: Promise<void> | undefined;
  readonly #changes = new ChangeWaiters();
  #isDraining = false;

  constructor(options: RaftNodeOptions) {
    this.#options = options;
    const { random, transport, clock, logger } = options.env;
    const draws = random.fork('raft');
    const config = defineRaftConfig({
      id: options.nodeId,
      directoryId: options.directoryId,
      address: options.address,
      voters: [...options.voters]
        .sort(([a], [b]) => a - b)
        .map(([id, address]) => ({ id, directoryId: '', address })),
      randomTicks: (maxExclusive) => draws.below(maxExclusive),
      ...options.tuning,
    });
    this.#core = new RaftCore(config, options.restored);
    const { snapshot, snapshotBytes: bytes } = options.restored;
    if (snapshot !== undefined && bytes !== undefined) this.#snapshot = { ...snapshot, bytes };
    this.#peers = new Peers({
      clusterId: options.clusterId,
      nodeId: options.nodeId,
      versions: options.versions,
      voter: (nodeId) => this.#core.voter(nodeId),
      announcedAddress: (nodeId) => this.#core.announcedAddress(nodeId),
      startAddresses: options.voters,
      voterCount: () => this.#core.status().voters.length,
      transport,
      clock,
      logger,
      onMessage: (envelope) => this.#step({ kind: 'message', ...envelope }),
      onUnreachable: (nodeId) => this.#step({ kind: 'peerUnreachable', nodeId }),
      onForeign: (error) => this.#fail(error),
    });
    this.#persister = new Persister({
      store: options.store,
      onPersisted: (seq) => this.#onPersisted(seq),
      onFailure: (error) => this.#fail(error),
    });
  }

  /**
   * Restores the state machine from the stored snapshot and begins to take part. What comes in
   * before is dropped: it would reach a state machine that has not begun.
   */
  start(): void {
    const { listener } = this.#options;
    if (this.#snapshot !== undefined) listener.onSnapshot(this.#snapshot);
    this.#isStarted = true;
    // Time enough for the others to have opened their doors; who is alone waits for nobody.
    if (this.#core.status().voters.length === 1) this.#step({ kind: 'tick' });
    this.#scheduleTick();
  }

  /** RaftService, for the peer listener. */
  handlers(): Handler[] {
    return [this.#peers.handler()];
  }

  /**
   * Appends to the log as its leader. Nothing is durable or committed on return; the entry is lost
   * when another term's entry is committed at its index. Throws NOT_CONTROLLER (retriable, and
   * nothing happened) when this node does not lead, hands over, or too much waits for its commit.
   */
  propose(payload: Uint8Array): { readonly index: LogIndex; readonly term: Term } {
    const proposed = this.#isLive ? this.#proposeAndDrain(payload) : undefined;
    if (proposed !== undefined) return proposed;
    const problem =
      this.#isLive && this.#core.status().role === 'leader'
        ? 'this controller takes no changes now: it hands over, or earlier ones wait for a majority'
        : 'this controller is not the active one';
    throw new OttlaError('NOT_CONTROLLER', problem);
  }

  status(): RaftStatus {
    return this.#core.status();
  }

  /** What each voter of the set in force knows, by what it said within the last seconds. */
  voterVersions(): ReadonlyMap<NodeId, SaidVersions> {
    const { nodeId, versions: range } = this.#options;
    const said = (id: NodeId): SaidVersions =>
      id === nodeId ? { isHeard: true, range } : this.#peers.versionsOf(id);
    return new Map(this.#core.status().voters.map(({ id }) => [id, said(id)]));
  }

  /**
   * Makes an observer a voter, or a voter an observer, or writes down where a voter is now;
   * resolves once that is committed. Throws, and nothing happened: DUPLICATE_VOTER and
   * VOTER_NOT_FOUND (it is so, and committed; or the voter of that number has another directory
   * than the one that is meant), RESOURCE_NOT_FOUND (it does not follow the log),
   * INELIGIBLE_REPLICA (it has no vote, or no address that others reach), UNSUPPORTED_VERSION,
   * POLICY_VIOLATION (the last voter, or no majority of the new set is up); retriable are
   * REPLICA_NOT_AVAILABLE (it has not caught up), NOT_ENOUGH_REPLICAS (another change is under way)
   * and NOT_CONTROLLER, with which it may still happen where this node led when it was asked. The
   * log has an entry by now that ends releases which know of no sets: the caller sees to it.
   */
  async changeVoters(change: VoterChange): Promise<void> {
    if (!this.#isLive) throw refusedChange(change, { why: 'notLeader' });
    this.#checkAddress(change);
    const outcome = this.#begin(change);
    if ('refused' in outcome) throw refusedChange(change, outcome.refused);
    const { logger } = this.#options.env;
    const what = { change: change.kind, of: change.nodeId, ...outcome };
    logger.info('voters are changing', what);
    const committed = this.#changes.wait(outcome);
    this.#drainOrFail();
    await committed;
    logger.info('voters have changed', what);
  }

  /** Where a node that is, or could become, a voter says that it is; known to the leader only. */
  announcedAddress(nodeId: NodeId): string | undefined {
    return this.#core.announcedAddress(nodeId);
  }

  #checkAddress({ kind, nodeId }: VoterChange): void {
    const address = kind === 'add' ? this.#core.announcedAddress(nodeId) : undefined;
    if (address === undefined) return;
    const mixed = mixedAddresses(nodeId, address, this.#core.status().voters);
    if (mixed !== undefined) throw mixed;
  }

  /**
   * Where a node of the quorum is reached, as far as this one knows: first where it was found, for
   * a voter may have moved since the set was written.
   */
  addressOf(nodeId: NodeId): string | undefined {
    return (
      this.#peers.addressInUse(nodeId) ??
      this.#core.voter(nodeId)?.address ??
      this.#peers.hintedAddress(nodeId) ??
      this.#options.voters.get(nodeId)
    );
  }

  /**
   * Stores a snapshot of the state machine, then the log behind it may go. Resolves when that is
   * done, or this node has stopped; a failure goes to `onFatal`, like that of any other write.
   */
  async snapshotTaken(snapshot: TakenSnapshot): Promise<void> {
    if (!this.#isLive) return;
    const { index, term, bytes } = snapshot;
    const voters = this.#core.votersAt(index);
    // The leader's newer one has been installed meanwhile.
    if (voters === undefined) return;
    try {
      await this.#options.store.saveSnapshot({ index, term, data: bytes, voters });
    } catch (error) {
      this.#fail(error);
      return;
    }
    // The leader's newer one may have been installed meanwhile.
    if (index <= (this.#snapshot?.index ?? 0)) return;
    this.#snapshot = snapshot;
    this.#step({ kind: 'snapshotTaken', snapshotId: { index, term } });
  }

  /**
   * Gives leadership away, if this node has it; resolves when another term has a leader or time is
   * up. It is given away once: two nodes that stop together would else pass it to and fro.
   */
  async handOver(): Promise<void> {
    const { clock } = this.#options.env;
    const { nodeId } = this.#options;
    const endMs = clock.monotonicMs() + HAND_OVER_MS;
    const { role: startRole, term: startTerm, voters } = this.#core.status();
    if (voters.length < 2 || startRole !== 'leader') return;
    while (this.#isLive && clock.monotonicMs() < endMs) {
      const { leaderId, role, term, transferTo, peers } = this.#core.status();
      if (leaderId !== undefined && (leaderId !== nodeId || term > startTerm)) return;
      const isAlone = peers.every(
        ({ id, counts, silentTicks }) =>
          !counts || silentTicks > SILENT_TICKS_MAX || !this.#peers.hasStreamTo(id),
      );
      if (role === 'leader' && isAlone) return;
      const isGivenUp = role === 'leader' && transferTo === undefined;
      if (isGivenUp) this.#step({ kind: 'transferLeadership', to: undefined });
      await sleep(clock, TICK_MS);
    }
  }

  /** Stops taking part, waits for the write under way and closes the store. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#halt();
    await this.#persister.idle();
    await this.#options.store.close();
  }

  get #isLive(): boolean {
    return this.#isStarted && !this.#isStopped;
  }

  /** A loop that was held up ticks once, not once for each tick it missed. */
  #scheduleTick(): void {
    this.#tickTimer = this.#options.env.clock.setTimer(TICK_MS, () => {
      this.#step({ kind: 'tick' });
      if (!this.#isStopped) this.#scheduleTick();
    });
  }

  #step(input: RaftInput): void {
    if (!this.#isLive) return;
    try {
      this.#core.step(input);
      this.#drain();
    } catch (error) {
      this.#fail(error);
    }
  }

  #drainOrFail(): void {
    try {
      this.#drain();
    } catch (error) {
      this.#fail(error);
    }
  }

  #begin(change: VoterChange): VoterOutcome {
    try {
      return this.#core.changeVoters(change);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #proposeAndDrain(payload: Uint8Array): { index: LogIndex; term: Term } | undefined {
    let proposed: { index: LogIndex; term: Term } | undefined;
    try {
      proposed = this.#core.propose(payload);
      if (proposed !== undefined) this.#drain();
    } catch (error) {
      this.#fail(error);
    }
    return proposed;
  }

  /** A listener may propose from within a call; its effects are taken by the outer round. */
  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      while (!this.#isStopped) {
        const output = this.#core.takeOutput();
        if (isEmpty(output)) return;
        this.#perform(output);
      }
    } finally {
      this.#isDraining = false;
      this.#changes.onStatus(this.#core);
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
    for (const nodeId of output.outdated) this.#warnOutdated(nodeId);
  }

  /** Said once: until it is updated nothing comes to it, and nothing is wrong with the others. */
  #warnOutdated(outdatedId: NodeId): void {
    const { nodeId, env } = this.#options;
    const { leaderId } = this.#core.status();
    env.logger.warn(OUTDATED, {
      of: outdatedId,
      remedy:
        outdatedId === nodeId
          ? `update this node to the release of node ${leaderId}, which leads`
          : `update node ${outdatedId} to the release of this one; its directory stays`,
    });
  }

  #tell(output: RaftOutput): void {
    const { listener, nodeId } = this.#options;
    const { roleChange, installSnapshot, apply, leaderReady } = output;
    if (roleChange !== undefined) {
      const { term, leaderId } = roleChange;
      this.#tellLeadership({ leaderId: leaderId ?? NONE, term, isActive: false });
    }
    if (installSnapshot !== undefined) {
      const { index, term, data } = installSnapshot;
      this.#snapshot = { index, term, bytes: data };
      listener.onSnapshot(this.#snapshot);
    }
    const entries = apply.filter((entry) => entry.kind === 'data');
    if (entries.length > 0) listener.onCommitted(entries);
    if (leaderReady !== undefined) {
      this.#tellLeadership({ leaderId: nodeId, term: leaderReady.term, isActive: true });
    }
  }

  /** Rounds of an election that change nothing for the state machine are not told. */
  #tellLeadership(next: Leadership): void {
    const last = this.#leadership;
    const isSame =
      last?.leaderId === next.leaderId &&
      last.term === next.term &&
      last.isActive === next.isActive;
    if (isSame) return;
    this.#leadership = next;
    this.#options.listener.onLeadership(next);
  }

  #onPersisted(seq: number): void {
    this.#persistedSeq = seq;
    this.#release();
    this.#step({ kind: 'persisted', seq });
  }

  #release(): void {
    while (this.#held[0] !== undefined && this.#held[0].seq <= this.#persistedSeq) {
      // Out of the list first: a send may lead back here.
      const { envelopes } = this.#held[0];
      this.#held.shift();
      for (const envelope of envelopes) this.#peers.send(envelope);
    }
  }

  #sendChunk(request: SnapshotChunkRequest): void {
    const { to, snapshotId, offset, maxBytes } = request;
    const held = this.#snapshot;
    if (held?.index !== snapshotId.index || held.term !== snapshotId.term) {
      this.#core.step({ kind: 'snapshotMissing', to, snapshotId });
      return;
    }
    const totalBytes = held.bytes.length;
    const data = held.bytes.subarray(offset, offset + maxBytes);
    const done = offset + data.length === totalBytes;
    this.#core.step({ kind: 'snapshotChunk', to, snapshotId, offset, data, done, totalBytes });
  }

  #compact(index: LogIndex): void {
    this.#options.store.compact(index).catch((error) => this.#fail(error));
  }

  #halt(): void {
    this.#isStopped = true;
    this.#tickTimer?.cancel();
    this.#peers.close();
    this.#changes.failAll();
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#halt();
    this.#persister.stop();
    const state = describeNode(this.#core.status());
    this.#options.env.logger.error('raft has stopped', { error: describeError(error), state });
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
  output.compactThrough === undefined &&
  output.outdated.length === 0;
