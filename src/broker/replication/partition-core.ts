import { assert } from '../../base/assert.ts';
import type { ErrorCode } from '../../base/errors.ts';
import type {
  BrokerEpoch,
  FlushedOffset,
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionEpoch,
} from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import { leastInSync } from '../../metadata/image.ts';
import type { FollowerFetch, FollowerFlush } from './follower-progress.ts';
import { FollowerProgress, observeAll } from './follower-progress.ts';
import type { IsrAnswer, IsrMember, IsrProposal } from './isr-state.ts';
import { IsrState, stayingOf } from './isr-state.ts';
import type { BrokerStandings, Registration, TopicRules } from './registration.ts';

/** The positions of this replica's own log, read at each event. */
export interface LogOffsets {
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  /** Exclusive: all below is durable. */
  readonly flushedOffset: FlushedOffset;
}

export type CoreEffect =
  /** All below this offset is committed: wake what waits for it. */
  | { readonly kind: 'highWatermark'; readonly offset: Offset }
  /** Ask the controller; the answer comes back through `onIsrAnswer`. */
  | { readonly kind: 'proposeIsr'; readonly proposal: IsrProposal };

export type Role = 'leader' | 'follower' | 'offline';

const NO_EFFECTS: readonly CoreEffect[] = [];

export interface PartitionCoreOptions {
  readonly brokerId: NodeId;
  readonly log: LogOffsets;
  readonly rules: TopicRules;
  readonly replicaLagTimeMaxMs: number;
  /** A hint from the last run; clamped into the log. */
  readonly highWatermark: Offset;
}

/**
 * The replication rules of one partition on this broker: role, in-sync replicas and high watermark.
 * Synchronous: an event in, effects out. Sources: KIP-101, 497, 841, 903, 966; the high
 * watermark counts *flushed* offsets where the topic asks for `fsync`.
 */
export class PartitionCore {
  readonly brokerId: NodeId;
  readonly #log: LogOffsets;
  readonly #lagMaxMs: number;
  readonly #isr = new IsrState();
  #rules: TopicRules;
  #role: Role = 'offline';
  #leaderId: NodeId = NONE;
  #leaderEpoch: LeaderEpoch = NONE;
  #partitionEpoch: PartitionEpoch = NONE;
  #replicas: readonly NodeId[] = [];
  #adding: readonly NodeId[] = [];
  #followers = new Map<NodeId, FollowerProgress>();
  /** Leaders only: where the log ended before the newest append. */
  #endBefore: Offset = NONE;
  #brokers: BrokerStandings = new Map();
  #highWatermark: Offset;
  #epochStartOffset: Offset = NONE;
  /** Leaders only: the log's end at an earlier moment, which the own disk has not reached yet. */
  #unflushed: { readonly logEndOffset: Offset; readonly sinceMs: number } | undefined;
  #nowMs = Number.NEGATIVE_INFINITY;
  /** Set by a refusal: nothing more is proposed before the next tick or metadata change. */
  #isHeldOff = false;

  constructor(options: PartitionCoreOptions) {
    this.brokerId = options.brokerId;
    this.#log = options.log;
    this.#lagMaxMs = options.replicaLagTimeMaxMs;
    this.#rules = options.rules;
    this.#highWatermark = this.#clamped(options.highWatermark);
  }

  get role(): Role {
    return this.#role;
  }
  /** The broker to fetch from or to name to a client; `NONE` when there is none. */
  get leaderId(): NodeId {
    return this.#leaderId;
  }
  get leaderEpoch(): LeaderEpoch {
    return this.#leaderEpoch;
  }
  get partitionEpoch(): PartitionEpoch {
    return this.#partitionEpoch;
  }
  /** Exclusive. */
  get highWatermark(): Offset {
    return this.#highWatermark;
  }
  /** Where this leader's epoch begins in the log; `NONE` while not leading. */
  get epochStartOffset(): Offset {
    return this.#epochStartOffset;
  }
  get replicas(): readonly NodeId[] {
    return this.#replicas;
  }
  get committedIsr(): readonly NodeId[] {
    return this.#isr.committed;
  }
  get maximalIsr(): ReadonlySet<NodeId> {
    return this.#isr.maximal;
  }
  get pendingIsr(): IsrProposal | undefined {
    return this.#isr.pending;
  }
  get rules(): TopicRules {
    return this.#rules;
  }
  /** Copies that there shall be now: nothing waits for those that a reassignment brings. */
  get assignedCount(): number {
    return this.#replicas.length - this.#adding.length;
  }
  /** This replica is brought by a reassignment, and no producer waits for it. */
  get isExtra(): boolean {
    const isInSync = this.#isr.committed.includes(this.brokerId);
    return this.#adding.includes(this.brokerId) && !isInSync && !this.isUnderMinIsr;
  }
  /** Of a topic with fewer replicas, all: as Kafka's `Partition.effectiveMinIsr`. */
  get effectiveMinIsr(): number {
    return leastInSync(this.#rules.minInsyncReplicas, this.assignedCount);
  }
  /** True when the high watermark stands still: the in-sync set does not hold enough copies. */
  get isUnderMinIsr(): boolean {
    return this.#isr.committed.length < this.effectiveMinIsr;
  }
  /** Members of the in-sync set that are there: they can make durable what is appended now. */
  get presentIsr(): readonly NodeId[] {
    return this.#isr.committed.filter((id) => !this.#isAbsent(id));
  }
  /** True when acks=all must be refused before the append. */
  get isMinIsrAbsent(): boolean {
    // Counted, for every append: a list would be made for nothing else.
    let missingCount = this.effectiveMinIsr;
    for (const id of this.#isr.committed) if (!this.#isAbsent(id)) missingCount -= 1;
    return missingCount > 0;
  }
  /** False after an election until the latest offset shown can no longer go back (KIP-207). */
  get isLatestOffsetKnown(): boolean {
    return this.#highWatermark >= this.#epochStartOffset;
  }
  /**
   * The lowest log start of this replica and of the followers that live; `NONE` before all of them
   * have told theirs. Below it nobody who may lead has anything, but a member that is away and was
   * kept in sync for the minimum's sake.
   */
  get lowWatermark(): Offset {
    const live = [...this.#followers.values()].filter(
      ({ brokerId }) => this.#brokers.get(brokerId)?.isFenced === false,
    );
    const starts = live.map(({ logStartOffset }) => logStartOffset);
    return Math.min(this.#log.logStartOffset, ...starts);
  }
  /** How far a follower has been seen to be, for tests and metrics. */
  followerProgress(brokerId: NodeId): FollowerProgress | undefined {
    return this.#followers.get(brokerId);
  }

  /**
   * This broker leads from here on. Call only once the epoch is durable in the log: its start is
   * the log's end now. In-sync members count as caught up at this moment, the others never.
   */
  becomeLeader(registration: Registration, brokers: BrokerStandings, nowMs: number): CoreEffects {
    assert(registration.leader === this.brokerId, 'a broker leads only where it is the leader');
    assert(registration.leaderEpoch > this.#leaderEpoch, 'a new leader has a new leader epoch');
    this.#role = 'leader';
    this.#endBefore = this.#log.logEndOffset;
    this.#brokers = brokers;
    this.#nowMs = nowMs;
    this.#epochStartOffset = this.#log.logEndOffset;
    this.#unflushed = undefined;
    this.#highWatermark = this.#clamped(this.#highWatermark);
    this.#followers = new Map();
    this.#adopt(registration);
    return this.#settle();
  }

  /** Another broker leads, or none does. What was in flight as leader is void. */
  becomeFollower(registration: Registration): void {
    assert(registration.leader !== this.brokerId, 'a broker does not follow itself');
    this.#stepDown('follower', registration);
  }

  /** The election is under way here (its epoch is not durable yet), or the disk has failed. */
  becomeOffline(registration?: Registration): void {
    this.#stepDown('offline', registration);
  }

  /**
   * A change within the same leader epoch; an older one than what is known is ignored. `brokers` as
   * of the same moment: one that leaves the set because it stops would else be asked back at once.
   */
  onRegistration(registration: Registration, brokers: BrokerStandings): CoreEffects {
    if (registration.leaderEpoch !== this.#leaderEpoch) return NO_EFFECTS;
    if (registration.partitionEpoch < this.#partitionEpoch) return NO_EFFECTS;
    this.#brokers = brokers;
    if (registration.partitionEpoch === this.#partitionEpoch) this.#isr.confirm();
    else this.#adopt(registration);
    this.#isHeldOff = false;
    return this.#settle();
  }

  /** Brokers were registered, fenced, unfenced or began to shut down. */
  onBrokers(brokers: BrokerStandings): CoreEffects {
    this.#brokers = brokers;
    this.#isHeldOff = false;
    return this.#settle();
  }

  onRules(rules: TopicRules): CoreEffects {
    this.#rules = rules;
    return this.#settle();
  }

  /** Records were appended to the own log. */
  onAppended(nowMs: number): CoreEffects {
    this.#nowMs = nowMs;
    const before = { logEndOffset: this.#endBefore, nowMs };
    observeAll(this.#followers, this.#rules.ackDurability, before);
    this.#endBefore = this.#log.logEndOffset;
    this.#observeOwnFlush();
    return this.#advance();
  }

  /** More of the own log is durable. */
  onFlushed(nowMs: number): CoreEffects {
    this.#nowMs = nowMs;
    this.#observeOwnFlush();
    return this.#advance();
  }

  /** A fetch that passed every check of epoch and divergence; leaders only. */
  onFollowerFetch(fetch: FollowerFetch): CoreEffects {
    const follower = this.#followers.get(fetch.brokerId);
    if (this.#role !== 'leader' || follower === undefined) return NO_EFFECTS;
    if (!follower.onFetch(fetch)) return NO_EFFECTS;
    return this.#followerMoved(follower, fetch.nowMs);
  }

  onFollowerFlushed(flush: FollowerFlush): CoreEffects {
    const follower = this.#followers.get(flush.brokerId);
    if (this.#role !== 'leader' || follower === undefined) return NO_EFFECTS;
    if (!follower.onFlushed(flush)) return NO_EFFECTS;
    return this.#followerMoved(follower, flush.nowMs);
  }

  /** An answer to a proposal that is no longer the pending one changes nothing. */
  onIsrAnswer(proposal: IsrProposal, answer: IsrAnswer): CoreEffects {
    if (this.#role !== 'leader' || proposal !== this.#isr.pending) return NO_EFFECTS;
    if (answer.kind === 'refused') return this.#onIsrRefused(answer.code);
    const { registration } = answer;
    if (registration.leaderEpoch !== this.#leaderEpoch) return NO_EFFECTS;
    if (registration.partitionEpoch < this.#partitionEpoch) return NO_EFFECTS;
    this.#partitionEpoch = registration.partitionEpoch;
    this.#isr.answer(registration.isr);
    return this.#settle();
  }

  /** Looks for members that have fallen behind; call several times within the lag limit. */
  tick(nowMs: number): CoreEffects {
    this.#nowMs = nowMs;
    this.#isHeldOff = false;
    return this.#settle();
  }

  /** Follower: the leader's high watermark, bounded by what this log has. */
  onLeaderHighWatermark(leaderHighWatermark: Offset): CoreEffects {
    const next = this.#clamped(leaderHighWatermark);
    if (this.#role === 'leader' || next <= this.#highWatermark) return NO_EFFECTS;
    this.#highWatermark = next;
    this.#checkInvariants();
    return [{ kind: 'highWatermark', offset: next }];
  }

  /** The own log was cut, wiped or its start raised: the high watermark stays within it. */
  onLogCut(): void {
    this.#highWatermark = this.#clamped(this.#highWatermark);
    this.#checkInvariants();
  }

  #stepDown(role: Role, registration: Registration | undefined): void {
    this.#role = role;
    this.#epochStartOffset = NONE;
    this.#followers = new Map();
    if (registration !== undefined) this.#adopt(registration);
    else this.#isr.withdraw();
    this.#highWatermark = this.#clamped(this.#highWatermark);
    this.#checkInvariants();
  }

  #adopt(registration: Registration): void {
    this.#leaderId = registration.leader;
    this.#leaderEpoch = registration.leaderEpoch;
    this.#partitionEpoch = registration.partitionEpoch;
    this.#replicas = registration.replicas;
    this.#adding = registration.addingReplicas;
    this.#isr.commit(registration.isr);
    if (this.#role === 'leader') this.#adoptFollowers(registration);
  }

  #adoptFollowers(registration: Registration): void {
    const known = this.#followers;
    this.#followers = new Map();
    for (const brokerId of registration.replicas) {
      if (brokerId === this.brokerId) continue;
      const since = registration.isr.includes(brokerId) ? this.#nowMs : Number.NEGATIVE_INFINITY;
      this.#followers.set(brokerId, known.get(brokerId) ?? new FollowerProgress(brokerId, since));
    }
  }

  #followerMoved(follower: FollowerProgress, nowMs: number): CoreEffects {
    this.#nowMs = nowMs;
    const position = follower.positionOf(this.#rules.ackDurability);
    follower.observe(position, this.#log.logEndOffset, nowMs);
    return this.#settle();
  }

  #onIsrRefused(code: ErrorCode): CoreEffects {
    // The controller has said that nothing was applied; after any other refusal the truth is in
    // metadata that has not arrived yet, and until then both outcomes must be covered.
    if (code !== 'INELIGIBLE_REPLICA') return NO_EFFECTS;
    this.#isr.withdraw();
    this.#isHeldOff = true;
    return this.#settle();
  }

  /** After every event of a leader: move the high watermark, then judge by it who joins or goes. */
  #settle(): CoreEffects {
    this.#observeOwnFlush();
    const effects = this.#advance();
    const proposal = this.#role === 'leader' ? this.#decideProposal() : undefined;
    if (proposal === undefined) return effects;
    this.#isr.propose(proposal);
    return [...effects, { kind: 'proposeIsr', proposal }];
  }

  #advance(): CoreEffects {
    const next = this.#role === 'leader' ? this.#decideHighWatermark() : NONE;
    const isAdvanced = next > this.#highWatermark;
    if (isAdvanced) this.#highWatermark = next;
    this.#checkInvariants();
    return isAdvanced ? [{ kind: 'highWatermark', offset: next }] : NO_EFFECTS;
  }

  #decideProposal(): IsrProposal | undefined {
    if (this.#isr.pending !== undefined || this.#isHeldOff) return undefined;
    const committed = this.#isr.committed;
    const heirs = this.#isOwnFlushStuck() ? committed.filter((id) => this.#mayInherit(id)) : [];
    if (heirs.length > 0) return this.#proposal('resign', heirs);
    const joining = this.#replicas.filter((id) => this.#mayJoin(id));
    if (joining.length > 0) {
      // Nobody may wait for one that is away where enough others are there again.
      const staying = this.#staying((id) => !this.#isAbsent(id), joining.length);
      return this.#proposal('expand', [...staying, ...joining]);
    }
    const staying = this.#staying((id) => !this.#hasFallenBehind(id));
    return staying.length < committed.length ? this.#proposal('shrink', staying) : undefined;
  }

  /**
   * Those that are wanted, and where the set keeps its minimum of the others as many as it needs.
   * Below it nothing is committed, so that those who leave or are kept then have all that ever was,
   * and may lead when this leader is lost. One that acknowledged from memory may have forgotten it.
   */
  #staying(isWanted: (brokerId: NodeId) => boolean, joiningCount = 0): NodeId[] {
    const { ackDurability, keepsMinimum } = this.#rules;
    const floor = keepsMinimum && ackDurability === 'fsync' ? this.effectiveMinIsr : 1;
    return stayingOf(this.#isr.committed, isWanted, floor - joiningCount);
  }

  #observeOwnFlush(): void {
    if (this.#role !== 'leader') return;
    const { flushedOffset, logEndOffset } = this.#log;
    const mark = this.#unflushed;
    if (flushedOffset >= logEndOffset) this.#unflushed = undefined;
    else if (mark === undefined || flushedOffset >= mark.logEndOffset) {
      this.#unflushed = { logEndOffset, sinceMs: this.#nowMs };
    }
  }

  /**
   * A leader is judged as its followers are: while its own sync hangs nothing is committed, however
   * quick the others are.
   */
  #isOwnFlushStuck(): boolean {
    const mark = this.#unflushed;
    if (mark === undefined || this.#rules.ackDurability === 'memory') return false;
    return this.#nowMs - mark.sinceMs > this.#lagMaxMs;
  }

  /** An in-sync replica that has fetched in this epoch and makes durable what it fetches. */
  #mayInherit(brokerId: NodeId): boolean {
    const follower = this.#followers.get(brokerId);
    if (follower === undefined || !follower.isHeard) return false;
    return this.#isEligible(follower) && this.#isCaughtUp(follower);
  }

  #proposal(change: IsrProposal['change'], isr: readonly NodeId[]): IsrProposal {
    const epochOf = (id: NodeId): BrokerEpoch => this.#followers.get(id)?.brokerEpoch ?? NONE;
    const members: IsrMember[] = isr.map((id) => ({ brokerId: id, brokerEpoch: epochOf(id) }));
    const { leaderEpoch, partitionEpoch } = this;
    const { minInsyncReplicas } = this.#rules;
    return { change, leaderEpoch, partitionEpoch, isr: members, minInsyncReplicas };
  }

  /**
   * One judgement on one state. Past the epoch start as well as the high watermark, because after
   * an election the latter may lag behind what earlier leaders committed (KAFKA-7128). And not who
   * would be put out again at once: a watermark that stands still is no measure of keeping up.
   */
  #mayJoin(brokerId: NodeId): boolean {
    if (this.#isr.maximal.has(brokerId)) return false;
    const follower = this.#followers.get(brokerId);
    if (follower === undefined || !follower.isHeard || !this.#isEligible(follower)) return false;
    const position = follower.positionOf(this.#rules.ackDurability);
    const isPast = position >= this.#highWatermark && position >= this.#epochStartOffset;
    return isPast && this.#isCaughtUp(follower);
  }

  #isEligible(follower: FollowerProgress): boolean {
    const standing = this.#brokers.get(follower.brokerId);
    if (standing === undefined || standing.isFenced || standing.inControlledShutdown) return false;
    return standing.brokerEpoch === follower.brokerEpoch;
  }

  #hasFallenBehind(brokerId: NodeId): boolean {
    const follower = this.#followers.get(brokerId);
    return follower !== undefined && !this.#isCaughtUp(follower);
  }

  /** Out of service, or fallen behind; the leader itself never is. */
  #isAbsent(brokerId: NodeId): boolean {
    if (brokerId === this.brokerId) return false;
    const standing = this.#brokers.get(brokerId);
    const isLeaving = standing?.isFenced === true || standing?.inControlledShutdown === true;
    return isLeaving || this.#hasFallenBehind(brokerId);
  }

  #isCaughtUp(follower: FollowerProgress): boolean {
    const position = follower.positionOf(this.#rules.ackDurability);
    if (position >= this.#log.logEndOffset) return true;
    return this.#nowMs - follower.lastCaughtUpMs <= this.#lagMaxMs;
  }

  /**
   * The lowest position over the maximal ISR, and over those about to join: with an ISR of the
   * leader alone the watermark would else run ahead of a follower that chases it for ever.
   */
  #decideHighWatermark(): Offset {
    if (this.isUnderMinIsr) return this.#highWatermark;
    if (this.#rules.ackDurability === 'memory') {
      return this.#lowestCounted(this.#log.logEndOffset, ({ fetchOffset }) => fetchOffset);
    }
    const own = this.#log.flushedOffset;
    return this.#lowestCounted<FlushedOffset>(own, ({ flushedPosition }) => flushedPosition);
  }

  #lowestCounted<Position extends Offset>(
    own: Position,
    positionOf: (follower: FollowerProgress) => Position,
  ): Position {
    let lowest = own;
    for (const follower of this.#followers.values()) {
      const isCounted =
        this.#isr.maximal.has(follower.brokerId) ||
        (this.#isEligible(follower) && this.#isCaughtUp(follower));
      if (isCounted && positionOf(follower) < lowest) lowest = positionOf(follower);
    }
    return lowest;
  }

  #clamped(offset: Offset): Offset {
    return Math.max(this.#log.logStartOffset, Math.min(offset, this.#log.logEndOffset));
  }

  #checkInvariants(): void {
    const { logStartOffset, logEndOffset, flushedOffset } = this.#log;
    const highWatermark = this.#highWatermark;
    assert(logStartOffset <= highWatermark, 'the log starts at or below the high watermark');
    assert(highWatermark <= logEndOffset, 'the high watermark lies within the log');
    assert(flushedOffset <= logEndOffset, 'nothing is durable beyond the end of the log');
    const maximal = this.#isr.maximal;
    assert(
      this.#isr.committed.every((id) => maximal.has(id)),
      'the maximal ISR holds every committed member',
    );
  }
}

export type CoreEffects = readonly CoreEffect[];
