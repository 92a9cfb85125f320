import { assert } from '../../base/assert.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, NodeId, Offset, PartitionId, TopicId } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { LeaderAppend } from '../../log/leader-batch.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import type { Deadlines } from '../deadlines.ts';
import { appendProduced } from './append-produced.ts';
import { ElectionQueue } from './election-queue.ts';
import type { DivergingPoint, FollowerPosition } from './follower-check.ts';
import { findDivergence, noReplica, requireEpoch } from './follower-check.ts';
import type { FollowerFlush } from './follower-progress.ts';
import type { IsrAnswer, IsrProposal } from './isr-state.ts';
import type { CoreEffects } from './partition-core.ts';
import { PartitionCore } from './partition-core.ts';
import type { PartitionDelays } from './partition-delays.ts';
import type { PartitionIds } from './partition-ids.ts';
import type { ReadableReplica } from './partition-reader.ts';
import { PartitionReader } from './partition-reader.ts';
import type { AppendedProduce, ProduceOptions, ProduceOutcome } from './produce-outcome.ts';
import { failedProduce, notEnoughReplicas, notLeader } from './produce-outcome.ts';
import { ProduceWaiters } from './produce-waiters.ts';
import type { BrokerStandings, Registration, TopicRules } from './registration.ts';
import { isOlder } from './registration.ts';
import { decideResignation } from './resignation.ts';

const ELECTION_RETRY_MS = 500;

/** Called in the middle of events: note what has changed and act from `clock.defer`. */
export interface PartitionWatcher {
  onAppended?(partition: Partition): void;
  onHighWatermark?(partition: Partition): void;
  /** The log of this replica was cut, and ends earlier, or began anew. */
  onTruncated?(partition: Partition): void;
  /** The log of this replica, or of a follower, begins later than before. */
  onLogStart?(partition: Partition): void;
  /** Role, leader or leader epoch changed, or the partition is gone from here. */
  onLeadership?(partition: Partition): void;
}

/** What a partition needs from the broker around it. */
export interface PartitionHost {
  readonly brokerId: NodeId;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly replicaLagTimeMaxMs: number;
  proposeIsr(partition: Partition, proposal: IsrProposal): void;
  /** The log below this partition failed; it is offline until the next start. */
  onStorageFailure(partition: Partition, error: unknown): void;
}

export interface PartitionOptions {
  readonly topicName: string;
  readonly log: PartitionLog;
  readonly rules: TopicRules;
}

/**
 * One replica on this broker: its log, its rules and who waits for it. Every method judges and
 * acts in one event; only the election waits, for its epoch to become durable, and serves nothing
 * until then.
 */
export class Partition implements ReadableReplica {
  readonly topicId: TopicId;
  readonly topicName: string;
  readonly partition: PartitionId;
  readonly key: string;
  readonly log: PartitionLog;
  readonly core: PartitionCore;
  readonly reader: PartitionReader;
  /** Where records may wait in the log until they are due. */
  delays: PartitionDelays | undefined;
  /** Where repeats of the newest records are known by their ids. */
  ids: PartitionIds | undefined;
  readonly #host: PartitionHost;
  readonly #waiters: ProduceWaiters;
  readonly #afterElection: ElectionQueue;
  readonly #watchers = new Set<PartitionWatcher>();
  #registration: Registration | undefined;
  #brokers: BrokerStandings = new Map();
  /** Leader epoch whose durable beginning is awaited; NONE outside an election. */
  #electing: LeaderEpoch = NONE;
  #electingSinceMs = 0;
  /** The disk does not let the election end: another in-sync replica is asked for. */
  #resignation: IsrProposal | undefined;
  /** Truncations and elections, one after the other; never rejects. */
  #logWork: Promise<void> = Promise.resolve();
  #failure: OttlaError | undefined;

  constructor(host: PartitionHost, options: PartitionOptions) {
    this.#host = host;
    this.log = options.log;
    this.topicName = options.topicName;
    this.topicId = options.log.topicId;
    this.partition = options.log.partition;
    this.key = partitionKey(this.topicId, this.partition);
    this.#waiters = new ProduceWaiters(host.deadlines);
    this.#afterElection = new ElectionQueue(host.deadlines);
    this.reader = new PartitionReader(this);
    this.core = new PartitionCore({
      brokerId: host.brokerId,
      log: options.log,
      rules: options.rules,
      replicaLagTimeMaxMs: host.replicaLagTimeMaxMs,
      highWatermark: options.log.highWatermarkHint,
    });
  }

  get isLeader(): boolean {
    return this.core.role === 'leader';
  }
  get isOffline(): boolean {
    return this.#failure !== undefined;
  }
  get highWatermark(): Offset {
    return this.core.highWatermark;
  }
  get pendingIsr(): IsrProposal | undefined {
    return this.#resignation ?? this.core.pendingIsr;
  }
  get registration(): Registration | undefined {
    return this.#registration;
  }
  /** Produce requests that wait for replicas. */
  get waitingCount(): number {
    return this.#waiters.count;
  }

  watch(watcher: PartitionWatcher): void {
    this.#watchers.add(watcher);
  }
  unwatch(watcher: PartitionWatcher): void {
    this.#watchers.delete(watcher);
  }

  /**
   * Takes over what the metadata says. A registration older than the one known is ignored. Leading
   * begins only when the epoch's start is durable in the log: a crash before that leaves a
   * replica that never served the epoch; after it, one that can tell any follower where the epoch
   * began.
   */
  applyRegistration(registration: Registration, brokers: BrokerStandings): void {
    const known = this.#registration;
    if (known !== undefined && isOlder(registration, known)) return;
    if (known?.partitionEpoch !== registration.partitionEpoch) this.#resignation = undefined;
    this.#registration = registration;
    this.#brokers = brokers;
    if (this.#failure !== undefined) return;
    if (known?.leaderEpoch === registration.leaderEpoch) {
      if (this.#electing === NONE) {
        this.#performWatched(() => this.core.onRegistration(registration, brokers));
      }
      return;
    }
    if (registration.leader === this.#host.brokerId) {
      this.#startElection(registration);
      return;
    }
    this.#electing = NONE;
    this.core.becomeFollower(registration);
    this.#leadershipChanged('NOT_LEADER_OR_FOLLOWER');
  }

  applyBrokers(brokers: BrokerStandings): void {
    this.#brokers = brokers;
    this.#performWatched(() => this.core.onBrokers(brokers));
  }

  /** Whom the low watermark counts may change: who waits for it is told where it has moved. */
  #performWatched(change: () => CoreEffects): void {
    const { lowWatermark } = this.core;
    this.#perform(change());
    if (this.core.lowWatermark !== lowWatermark) this.notifyLogStart();
  }

  applyRules(rules: TopicRules): void {
    this.#perform(this.core.onRules(rules));
  }

  /** Resolves once no election and no truncation that has begun waits for the disk. */
  logWorkDone(): Promise<void> {
    return this.#logWork;
  }

  /**
   * Appends one batch as leader. `onDone` is called exactly once: for acks 0 and 1 before this
   * returns; for acks -1 when the high watermark has passed the batch (with `fsync`: it is on the
   * disk of every in-sync replica), or with the error. The batch is stamped in place and kept in
   * memory for readers: the caller must not change it any more.
   */
  produce(
    batch: Uint8Array,
    options: ProduceOptions,
    onDone: (outcome: ProduceOutcome) => void,
  ): void {
    let outcome: AppendedProduce;
    try {
      this.requireLeader();
      if (options.acks === -1 && this.core.isMinIsrAbsent)
        throw notEnoughReplicas(this.describe(), this.core);
      outcome = appendProduced(this.log, { batch, leaderEpoch: this.core.leaderEpoch }, options);
    } catch (error) {
      this.#noteStorageFailure(error);
      onDone(failedProduce(error));
      return;
    }
    if (!outcome.isDuplicate) {
      this.#onAppended();
      options.held?.onAppended(outcome.endOffset);
    }
    if (options.acks !== -1) {
      onDone(outcome);
      return;
    }
    this.#awaitCommit(outcome, options, onDone);
  }

  /**
   * Appends a batch that the broker itself has made, as leader: accepted on return, and committed
   * once the high watermark has passed it. Errors: NOT_LEADER_OR_FOLLOWER, those of the log.
   */
  appendOwn(batch: Uint8Array): LeaderAppend {
    this.requireLeader();
    try {
      const append = this.log.appendAsLeader(batch, this.core.leaderEpoch, { isFromBroker: true });
      this.#onAppended();
      return append;
    } catch (error) {
      this.#noteStorageFailure(error);
      throw error;
    }
  }

  /**
   * A follower says where it stands. Its position counts only if the answer is undefined; a
   * diverging point means that it must cut its log there first. Throws FENCED_LEADER_EPOCH,
   * UNKNOWN_LEADER_EPOCH (also for a broker that is no replica here), OFFSET_OUT_OF_RANGE.
   */
  onFollowerFetch(position: FollowerPosition): DivergingPoint | undefined {
    this.checkLeaderEpoch(position.currentLeaderEpoch);
    this.requireLeader();
    if (!this.core.replicas.includes(position.brokerId)) {
      throw noReplica(this.describe(), position.brokerId);
    }
    const diverging = findDivergence(this.log, position);
    if (diverging !== undefined) return diverging;
    const nowMs = this.#host.clock.monotonicMs();
    const { lowWatermark } = this.core;
    this.#perform(this.core.onFollowerFetch({ ...position, nowMs }));
    if (this.core.lowWatermark !== lowWatermark) this.notifyLogStart();
    return undefined;
  }

  onFollowerFlushed(flush: Omit<FollowerFlush, 'nowMs'>, leaderEpoch: LeaderEpoch): void {
    if (leaderEpoch !== this.core.leaderEpoch) return;
    const nowMs = this.#host.clock.monotonicMs();
    this.#perform(this.core.onFollowerFlushed({ ...flush, nowMs }));
  }

  /** The flusher has made more of the own log durable. */
  onFlushed(): void {
    this.#perform(this.core.onFlushed(this.#host.clock.monotonicMs()));
  }

  onIsrAnswer(proposal: IsrProposal, answer: IsrAnswer): void {
    if (proposal === this.#resignation && answer.kind === 'refused') this.#resignation = undefined;
    this.#perform(this.core.onIsrAnswer(proposal, answer));
  }

  tick(): void {
    if (this.#electing !== NONE) this.#maybeResign();
    this.#perform(this.core.tick(this.#host.clock.monotonicMs()));
  }

  /** Follower: whole batches of the leader of `leaderEpoch`, beginning at the own end. */
  appendFromLeader(batches: Uint8Array, leaderEpoch: LeaderEpoch): void {
    this.#requireFollower(leaderEpoch);
    try {
      this.log.appendAsFollower(batches, leaderEpoch);
    } catch (error) {
      this.#noteStorageFailure(error);
      throw error;
    }
    this.#notifyAppended();
  }

  /**
   * Follower: what the leader has committed and where its log starts. True when this log starts
   * later than before, which the leader wants to hear of.
   */
  onLeaderOffsets(highWatermark: Offset, logStartOffset: Offset): boolean {
    if (this.isLeader || this.#failure !== undefined) return false;
    this.#perform(this.core.onLeaderHighWatermark(highWatermark));
    const start = Math.min(logStartOffset, this.highWatermark);
    if (start <= this.log.logStartOffset) return false;
    this.log.raiseLogStart(start);
    return true;
  }

  /** Follower: cuts the log where it left the leader's; what follows is fetched anew. */
  async truncateTo(endOffset: Offset, leaderEpoch: LeaderEpoch): Promise<void> {
    this.#requireFollower(leaderEpoch);
    await this.#changeLog(() => this.log.truncateTo(endOffset));
  }

  /** Follower: the leader no longer has what this log needs next; begins anew at its start. */
  async resetTo(logStartOffset: Offset, leaderEpoch: LeaderEpoch): Promise<void> {
    this.#requireFollower(leaderEpoch);
    await this.#changeLog(() => this.log.resetTo(logStartOffset));
  }

  onReadFailed(error: unknown): unknown {
    this.#noteStorageFailure(error);
    return this.#failure ?? error;
  }

  /** The disk below failed: answers STORAGE_ERROR from here on. */
  fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = new OttlaError(
      'STORAGE_ERROR',
      `${this.describe()} is offline: its log directory failed; see the node's log`,
      { cause },
    );
    this.#electing = NONE;
    this.core.becomeOffline();
    this.#leadershipChanged('STORAGE_ERROR');
  }

  /** Ends all waits: the replica moves away, its topic is deleted or the broker stops. */
  close(): void {
    this.#electing = NONE;
    this.core.becomeOffline();
    this.#leadershipChanged('NOT_LEADER_OR_FOLLOWER');
  }

  /** Elected, and not yet with a durable epoch: true, and `resume` is called once; else false. */
  maybeAwaitElection(resume: () => void): boolean {
    if (this.#electing === NONE) return false;
    this.#afterElection.add(resume);
    return true;
  }

  /** Throws unless this broker leads and the epoch it began is durable. */
  requireLeader(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.isLeader) return;
    throw notLeader(this.describe(), this.#host.brokerId);
  }

  /** Throws FENCED or UNKNOWN when the caller's view is older or newer; -1 is not checked. */
  checkLeaderEpoch(currentLeaderEpoch: LeaderEpoch): void {
    requireEpoch(currentLeaderEpoch, this.core.leaderEpoch, this.describe());
  }

  describe(): string {
    return `${this.topicName}-${this.partition}`;
  }

  #startElection(registration: Registration): void {
    this.#electing = NONE;
    this.core.becomeOffline();
    this.#leadershipChanged('NOT_LEADER_OR_FOLLOWER');
    this.#electing = registration.leaderEpoch;
    this.#electingSinceMs = this.#host.clock.monotonicMs();
    this.#logWork = this.#logWork.then(() => this.#elect(registration.leaderEpoch));
  }

  /** A later change of leadership wins: it is looked for before and after the wait. */
  async #elect(leaderEpoch: LeaderEpoch): Promise<void> {
    if (this.#electing !== leaderEpoch) return;
    try {
      await this.log.assignEpoch(leaderEpoch, this.log.logEndOffset);
    } catch (error) {
      return this.#onElectionFailed(leaderEpoch, error);
    }
    const registration = this.#registration;
    if (this.#electing !== leaderEpoch || registration?.leaderEpoch !== leaderEpoch) return;
    assert(this.log.latestEpoch() === leaderEpoch, 'a leader has its own epoch in its log');
    this.#electing = NONE;
    this.#resignation = undefined;
    const nowMs = this.#host.clock.monotonicMs();
    this.#perform(this.core.becomeLeader(registration, this.#brokers, nowMs));
    for (const watcher of [...this.#watchers]) watcher.onLeadership?.(this);
    this.#afterElection.release();
  }

  /** Elected, and for the lag limit not able to make the epoch durable: nobody is served. */
  #maybeResign(): void {
    const { clock, replicaLagTimeMaxMs, brokerId } = this.#host;
    const waitedMs = clock.monotonicMs() - this.#electingSinceMs;
    const registration = this.#registration;
    if (registration === undefined || this.#resignation !== undefined) return;
    if (waitedMs <= replicaLagTimeMaxMs) return;
    this.#resignation = decideResignation(registration, this.#brokers, brokerId);
    if (this.#resignation !== undefined) this.#host.proposeIsr(this, this.#resignation);
  }

  #onElectionFailed(leaderEpoch: LeaderEpoch, error: unknown): void {
    if (!(error instanceof OttlaError)) throw error;
    if (error.code === 'DISK_FULL' || error.code === 'REPLICA_NOT_AVAILABLE') {
      this.#host.deadlines.add(ELECTION_RETRY_MS, () => {
        this.#logWork = this.#logWork.then(() => this.#elect(leaderEpoch));
      });
      return;
    }
    this.fail(error);
    this.#host.onStorageFailure(this, error);
  }

  #awaitCommit(
    outcome: AppendedProduce,
    options: ProduceOptions,
    onDone: (outcome: ProduceOutcome) => void,
  ): void {
    const { endOffset } = outcome;
    const onEnded = (code: ErrorCode): void =>
      onDone(code === 'NONE' ? outcome : failedProduce(code));
    if (endOffset <= this.highWatermark) onEnded('NONE');
    // A delivery right behind it may have taken the partition offline, and have let all go.
    else if (this.#failure !== undefined) onEnded(this.#failure.code);
    else {
      const { leaderEpoch } = this.core;
      const { timeoutMs } = options;
      this.#waiters.add({ endOffset, leaderEpoch, timeoutMs, onDone: onEnded });
    }
  }

  #onAppended(): void {
    this.#perform(this.core.onAppended(this.#host.clock.monotonicMs()));
    this.#notifyAppended();
  }

  #notifyAppended(): void {
    for (const watcher of this.#watchers) watcher.onAppended?.(this);
  }

  notifyLogStart(): void {
    for (const watcher of [...this.#watchers]) watcher.onLogStart?.(this);
  }

  #perform(effects: CoreEffects): void {
    for (const effect of effects) {
      if (effect.kind === 'proposeIsr') this.#host.proposeIsr(this, effect.proposal);
      if (effect.kind === 'highWatermark') this.#onHighWatermark(effect.offset);
    }
  }

  #onHighWatermark(highWatermark: Offset): void {
    this.log.highWatermarkHint = highWatermark;
    if (this.isLeader && this.#waiters.count > 0) {
      // Which is why Kafka's NOT_ENOUGH_REPLICAS_AFTER_APPEND is never said here: what was appended
      // before the in-sync replicas became too few waits until they are enough, or for its time.
      assert(!this.core.isUnderMinIsr, 'nothing is committed under min.insync.replicas');
      this.#waiters.onHighWatermark(highWatermark, this.core.leaderEpoch);
    }
    for (const watcher of this.#watchers) watcher.onHighWatermark?.(this);
  }

  #leadershipChanged(code: 'NOT_LEADER_OR_FOLLOWER' | 'STORAGE_ERROR'): void {
    this.#waiters.failAll(code);
    for (const watcher of [...this.#watchers]) watcher.onLeadership?.(this);
    this.#afterElection.release();
  }

  /** The log's offsets fall before it first waits; the high watermark falls with them. */
  async #changeLog(change: () => Promise<void>): Promise<void> {
    const done = change();
    this.core.onLogCut();
    for (const watcher of [...this.#watchers]) watcher.onTruncated?.(this);
    this.#logWork = this.#logWork.then(() => done).catch(() => {});
    try {
      await done;
    } catch (error) {
      this.#noteStorageFailure(error);
      throw error;
    }
  }

  #requireFollower(leaderEpoch: LeaderEpoch): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.core.role === 'follower' && this.core.leaderEpoch === leaderEpoch) return;
    throw new OttlaError(
      'FENCED_LEADER_EPOCH',
      `${this.describe()} no longer follows the leader of epoch ${leaderEpoch}`,
    );
  }

  #noteStorageFailure(error: unknown): void {
    const isFatal =
      error instanceof OttlaError &&
      (error.code === 'STORAGE_ERROR' || error.code === 'CORRUPT_STORE');
    if (!isFatal || this.#failure !== undefined) return;
    this.fail(error);
    this.#host.onStorageFailure(this, error);
  }
}
