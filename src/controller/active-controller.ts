import { describeError, OttlaError } from '../base/errors.ts';
import type { NodeId, Term } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Timer } from '../env/clock.ts';
import type { Env } from '../env/env.ts';
import type {
  BrokerHeartbeat,
  BrokerHeartbeatReply,
  DescribeBalanceRequest,
  DescribeBalanceResponse,
  DescribeRecoveryRequest,
  DescribeRecoveryResponse,
  RegisterBrokerRequest,
  RegisterBrokerResponse,
} from '../gen/ottla.ts';
import type { MetadataImage } from '../metadata/image.ts';
import type { BrokerRef } from '../metadata/records.ts';
import { noOpRecord } from '../metadata/records.ts';
import { ClusterBalancer } from './balance/cluster-balancer.ts';
import { decideFence, decideHeartbeat, leadsNothing, requireBroker } from './brokers.ts';
import type { ControllerConfig } from './config.ts';
import type { DecideContext, Decision } from './decision.ts';
import { decideDecommissionSteps } from './decommission.ts';
import { decidePreferredLeaders, LeaderBalancer } from './leader-balance.ts';
import type { VoterVersions } from './metadata-version.ts';
import { decideFirstVersion } from './metadata-version.ts';
import type { Proposer } from './metadata-writer.ts';
import { MetadataWriter } from './metadata-writer.ts';
import { every } from './periodic.ts';
import { probeBroker } from './probe.ts';
import { decideReassignmentSteps } from './reassignment.ts';
import { ReassignmentTracker } from './reassignment-tracker.ts';
import { describeRecovery, recoveryRefs } from './recovery/describe-recovery.ts';
import { Recovery } from './recovery/recovery.ts';
import { askReplicaEnds } from './recovery/replica-ends.ts';
import { decideRegisterBroker } from './registration.ts';
import { ReturnDamping } from './return-damping.ts';
import type { Session } from './sessions.ts';
import { BrokerSessions } from './sessions.ts';

export type ControllerEnv = Pick<Env, 'clock' | 'random' | 'transport' | 'logger' | 'meter'>;

export interface ActiveControllerOptions {
  readonly raft: Proposer & { voterVersions(): readonly VoterVersions[] };
  readonly env: ControllerEnv;
  readonly config: ControllerConfig;
  readonly term: Term;
  readonly image: MetadataImage;
}

/** A heartbeat that was taken in. */
export interface HeardBeat {
  /** To be asked when the answer is sent. Errors: as `requireBroker`. */
  readonly answer: () => BrokerHeartbeatReply;
  /**
   * Set when the broker reports damage: the answer must not go before this resolves, because the
   * broker takes it as "the replicas are out of the in-sync sets", and reports them no more.
   */
  readonly handled: Promise<void> | undefined;
}

/** Ordinary timers run this late; what is above it, the loop was held up. */
const TOLERATED_LATENESS_MS = 10;

/**
 * One term of leadership: the writer, the brokers' sessions and the periodic checks. Everything
 * here is soft, is built from the committed image, and is dropped with the leadership.
 */
export class ActiveController {
  readonly term: Term;
  readonly context: DecideContext;
  readonly #env: ControllerEnv;
  readonly #config: ControllerConfig;
  readonly #raft: ActiveControllerOptions['raft'];
  readonly #writer: MetadataWriter;
  readonly #sessions: BrokerSessions;
  readonly #balancer = new LeaderBalancer();
  readonly #damping = new ReturnDamping();
  readonly #clusterBalancer: ClusterBalancer;
  readonly #reassignments = new ReassignmentTracker();
  readonly #recovery: Recovery;
  readonly #timers: Timer[] = [];
  #committed: MetadataImage;
  #isClosed = false;

  constructor({ raft, env, config, term, image }: ActiveControllerOptions) {
    this.term = term;
    this.#env = env;
    this.#raft = raft;
    this.#config = config;
    this.#committed = image;
    this.#reassignments.onImage(image);
    this.#damping.onImage(image, this.#nowMs());
    this.#writer = new MetadataWriter({ raft, image, term });
    this.#sessions = new BrokerSessions(config.sessionTimeoutMs);
    this.context = {
      fileDefaults: config.fileDefaults,
      isDamaged: (replica) => this.#sessions.isDamaged(replica),
      isAutoBalanced: config.isAutoBalanceEnabled,
    };
    const { clock, transport } = env;
    this.#clusterBalancer = new ClusterBalancer({
      clock,
      transport,
      config,
      context: this.context,
    });
    this.#clusterBalancer.onImage(image);
    this.#recovery = new Recovery({
      clock,
      transport,
      context: this.context,
      submit: (decide) => this.#background('elect by what is left', decide),
    });
  }

  /** Takes over: every broker in service gets a full session, and is asked at once if it lives. */
  start(): void {
    const voters = this.#raft.voterVersions();
    this.#background('set metadata.version', (image) => decideFirstVersion(image, voters));
    for (const broker of this.#committed.brokers.values()) {
      if (broker.isFenced) continue;
      this.#sessions.begin(broker, this.#nowMs());
      this.suspect(broker);
    }
    this.#startTimers();
  }

  /** Decides and replicates; see `MetadataWriter.submit`. */
  submit<Response>(decide: (image: MetadataImage) => Decision<Response>): Promise<Response> {
    return this.#writer.submit(decide);
  }

  onImage(image: MetadataImage): void {
    this.#committed = image;
    this.#reassignments.onImage(image);
    this.#damping.onImage(image, this.#nowMs());
    this.#clusterBalancer.onImage(image);
    this.#writer.onImage(image);
  }

  /** What is to move, and what moves already, of committed state. */
  describeBalance(request: DescribeBalanceRequest): Promise<DescribeBalanceResponse> {
    return this.#clusterBalancer.describe(() => this.#committed, request);
  }

  /** What every live replica has of partitions without a leader. Errors: as `recoveryRefs`. */
  async describeRecovery(request: DescribeRecoveryRequest): Promise<DescribeRecoveryResponse> {
    const refs = recoveryRefs(this.#committed, request);
    const ends = await askReplicaEnds(this.#committed, refs, this.#env.transport);
    return describeRecovery(this.#committed, refs, { ends, context: this.context });
  }

  /**
   * As `decideRegisterBroker`. When the id is taken its holder is probed: a process that was
   * killed and started again need not wait for the session of the old one to run out.
   */
  async register(request: RegisterBrokerRequest): Promise<RegisterBrokerResponse> {
    const tryOnce = (): Promise<RegisterBrokerResponse> =>
      this.submit((image) => decideRegisterBroker(image, request, this.#registration(request)));
    let response: RegisterBrokerResponse;
    try {
      response = await tryOnce();
    } catch (error) {
      const isTaken = error instanceof OttlaError && error.code === 'DUPLICATE_BROKER_REGISTRATION';
      if (!isTaken || !(await this.#hasHolderDied(request.brokerId))) throw error;
      response = await tryOnce();
    }
    const { brokerId } = request;
    this.#sessions.begin({ brokerId, brokerEpoch: response.brokerEpoch }, this.#nowMs());
    return response;
  }

  /**
   * Takes a heartbeat in: the session goes on whatever else is going on, and what the broker asks
   * for is decided. Errors: as `requireBroker`.
   */
  onBeat(beat: BrokerHeartbeat, stream: object): HeardBeat {
    requireBroker(this.#committed, beat.brokerId, beat.brokerEpoch);
    const proposed = this.#writer.image.brokers.get(beat.brokerId);
    const answer = (): BrokerHeartbeatReply => this.#answer(beat);
    if (proposed?.brokerEpoch !== beat.brokerEpoch) return { answer, handled: undefined };
    const session = this.#sessions.onBeat(beat, this.#nowMs());
    this.#sessions.onStream(session, stream);
    const decide = (image: MetadataImage): Decision<void> =>
      decideHeartbeat(image, beat, this.context);
    if (beat.damaged.length > 0) return { answer, handled: this.#writer.submit(decide) };
    this.#background('answer a heartbeat', decide);
    return { answer, handled: undefined };
  }

  /** True while the process of this registration has been heard from within its session. */
  isHeard(broker: BrokerRef): boolean {
    return this.#sessions.isLive(broker, this.#nowMs());
  }

  /** The stream of a broker's heartbeats has ended: it may be dead, and is asked. */
  onStreamClosed(brokerId: NodeId, stream: object): void {
    const session = this.#sessions.get(brokerId);
    if (session?.stream === stream) this.suspect(session);
  }

  /** Probes a broker in service, and fences it if it is gone and has not spoken since. */
  suspect({ brokerId, brokerEpoch }: BrokerRef): void {
    const broker = this.#writer.image.brokers.get(brokerId);
    const session = this.#sessions.get(brokerId);
    if (broker?.brokerEpoch !== brokerEpoch || broker.isFenced) return;
    if (session?.brokerEpoch !== brokerEpoch || session.isProbing) return;
    const { beatCount } = session;
    session.isProbing = true;
    void this.#probe(broker).then((verdict) => {
      session.isProbing = false;
      if (this.#isClosed || verdict !== 'dead' || session.beatCount !== beatCount) return;
      this.#fence(session, 'its process is gone');
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#writer.close();
  }

  #startTimers(): void {
    const { clock } = this.#env;
    const config = this.#config;
    const start = (intervalMs: number, run: (latenessMs: number) => void): void => {
      this.#timers.push(
        every(clock, intervalMs, (latenessMs) => this.#guard(() => run(latenessMs))),
      );
    };
    start(config.sessionCheckIntervalMs, (latenessMs) => {
      this.#checkSessions(latenessMs);
      this.#moveReplicas();
      this.#recovery.check(this.#committed);
    });
    if (config.isLeaderBalanceEnabled) {
      start(config.leaderBalanceIntervalMs, () => this.#balanceLeaders());
    }
    start(config.decommissionIntervalMs, () => {
      this.#emptyBrokers();
      this.#balanceCluster();
    });
    if (config.metadataMaxIdleIntervalMs > 0) {
      let lastCount = -1;
      start(config.metadataMaxIdleIntervalMs, () => {
        if (this.#writer.proposedCount === lastCount) this.#writeNoOp();
        lastCount = this.#writer.proposedCount;
      });
    }
  }

  #checkSessions(latenessMs: number): void {
    if (latenessMs > TOLERATED_LATENESS_MS) this.#sessions.extendAll(latenessMs);
    const session = this.#sessions.firstExpired(this.#nowMs());
    if (session === undefined) return;
    const broker = this.#writer.image.brokers.get(session.brokerId);
    if (broker?.brokerEpoch !== session.brokerEpoch || broker.isFenced) {
      this.#sessions.remove(session);
    } else if (!this.#fence(session, 'its session ran out')) {
      return;
    }
    // One broker an event: the next is judged by what became of this one (KAFKA-13173).
    this.#env.clock.defer(() => this.#guard(() => this.#checkSessions(0)));
  }

  /** False when it could not even be proposed; the next check tries again. */
  #fence(session: Session, reason: string): boolean {
    const before = this.#writer.proposedCount;
    this.#background(`fence broker ${session.brokerId}`, (image) =>
      decideFence(image, session, this.context),
    );
    if (this.#writer.proposedCount === before) return false;
    const { brokerId } = session;
    const isMeant = this.#writer.image.brokers.get(brokerId)?.inControlledShutdown === true;
    this.#env.logger[isMeant ? 'info' : 'warn']('broker fenced', { brokerId, reason });
    this.#sessions.remove(session);
    return true;
  }

  /** Asked again and again: in sync, in service and settled are not all told by one event. */
  #moveReplicas(): void {
    if (this.#reassignments.size === 0) return;
    const appliedIndexOf = (brokerId: NodeId): number =>
      this.#sessions.get(brokerId)?.metadataIndex ?? NONE;
    const refs = this.#reassignments.refs();
    this.#background('move replicas', (image) =>
      decideReassignmentSteps(image, refs, {
        ...this.context,
        isSettled: (ref, registration) =>
          this.#reassignments.isSettled(ref, registration, appliedIndexOf),
      }),
    );
  }

  #emptyBrokers(): void {
    this.#background('move off brokers that leave', (image) =>
      decideDecommissionSteps(image, this.#config.movesInFlightMax, this.context),
    );
  }

  #balanceCluster(): void {
    this.#background('balance brokers', (image) => this.#clusterBalancer.decideSteps(image));
  }

  #balanceLeaders(): void {
    const nowMs = this.#nowMs();
    const due = this.#balancer.duePartitions(this.#writer.image, (brokerId) =>
      this.#damping.isResting(brokerId, nowMs),
    );
    if (due.length === 0) return;
    this.#env.logger.info('leaders return to preferred replicas', { partitions: due.length });
    this.#background('balance leaders', (image) =>
      decidePreferredLeaders(image, due, this.context),
    );
  }

  #writeNoOp(): void {
    const records = [noOpRecord()];
    this.#background('mark time', () => ({ records, respond: () => undefined }));
  }

  /** Shows committed state only. */
  #answer(beat: BrokerHeartbeat): BrokerHeartbeatReply {
    const broker = requireBroker(this.#committed, beat.brokerId, beat.brokerEpoch);
    const offline = this.#sessions.newsFor(beat.brokerId);
    return {
      errorCode: 0,
      fenced: broker.isFenced,
      mayShutDown: beat.wantShutdown && this.#mayShutDown(beat),
      committedIndex: this.#committed.index,
      ...(offline === undefined ? {} : { offline }),
    };
  }

  #mayShutDown(beat: BrokerHeartbeat): boolean {
    const session = this.#sessions.get(beat.brokerId);
    const broker = this.#committed.brokers.get(beat.brokerId);
    if (session === undefined || broker?.inControlledShutdown !== true) return false;
    if (!leadsNothing(this.#committed, beat.brokerId)) return false;
    // Fixed once: the log goes on, and nobody would ever be far enough (KAFKA-14292).
    session.shutdownIndex ??= this.#committed.index;
    return this.#haveOthersApplied(session.shutdownIndex, beat.brokerId);
  }

  /** Brokers that are on their way out themselves are not waited for: they may be gone. */
  #haveOthersApplied(index: number, brokerId: NodeId): boolean {
    return this.#sessions.all().every((other) => {
      const broker = this.#committed.brokers.get(other.brokerId);
      const isInService = broker?.isFenced === false && !broker.inControlledShutdown;
      return other.brokerId === brokerId || !isInService || other.metadataIndex >= index;
    });
  }

  #registration({ brokerId }: RegisterBrokerRequest) {
    const holder = this.#writer.image.brokers.get(brokerId);
    return {
      ...this.context,
      clusterId: this.#config.clusterId,
      hasLiveSession: holder !== undefined && this.isHeard(holder),
    };
  }

  async #hasHolderDied(brokerId: NodeId): Promise<boolean> {
    const holder = this.#writer.image.brokers.get(brokerId);
    const session = this.#sessions.get(brokerId);
    if (holder === undefined || session === undefined) return true;
    const { beatCount } = session;
    const verdict = await this.#probe(holder);
    if (verdict !== 'dead' || session.beatCount !== beatCount) return false;
    this.#sessions.remove(session);
    return true;
  }

  #probe(broker: Parameters<typeof probeBroker>[0]): ReturnType<typeof probeBroker> {
    const deadlineMs = this.#config.probeDeadlineMs;
    return probeBroker(broker, { transport: this.#env.transport, deadlineMs });
  }

  /** Submits what nobody waits for. Where its errors end: losing leadership is no trouble here. */
  #background(what: string, decide: (image: MetadataImage) => Decision<unknown>): void {
    this.#writer.submit(decide).catch((error: unknown) => {
      if (error instanceof OttlaError && error.code === 'NOT_CONTROLLER') return;
      this.#env.logger.error('a controller decision failed', { what, error: describeError(error) });
    });
  }

  /** Where errors of timers end: a check that failed is made again at its next turn. */
  #guard(run: () => void): void {
    if (this.#isClosed) return;
    try {
      run();
    } catch (error) {
      this.#env.logger.error('a controller check failed', { error: describeError(error) });
    }
  }

  #nowMs(): number {
    return this.#env.clock.monotonicMs();
  }
}
