import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { UnaryMethod } from '../../base/method.ts';
import type { Timer } from '../../env/clock.ts';
import type { GroupDegrade, JoinGroupResponse } from '../../gen/ottla.ts';
import { GroupService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import { HandlerTimes } from '../handling/handler-times.ts';
import { asOttlaError, backoffMs, Deadline, RETRY_BACKOFF } from '../timing.ts';
import type { ConsumerSettings } from './consumer-options.ts';
import type { TopicPartitionName } from './consumer-protocol.ts';
import { encodeSubscription } from './consumer-protocol.ts';
import type { CoordinatorCalls } from './coordinator-calls.ts';
import { GroupOffsets } from './group-offsets.ts';
import { MemberCore } from './member-core.ts';
import type { JoinAnswer, MemberEffect, MemberIdentity, MemberTimer } from './member-types.ts';
import { encodeMemberData } from './sharing/member-data.ts';
import { ShareDecider } from './sharing/share-decider.ts';

type EffectOf<K extends MemberEffect['kind']> = Extract<MemberEffect, { kind: K }>;
/** `retry`: what the core wants; `decide`: the shares, where the topics were not to be had. */
type TimerKey = MemberTimer | 'retry' | 'decide';
/** Effects that are requests of the group, and are answered. */
type Asking = EffectOf<'join'> | EffectOf<'sync'> | EffectOf<'heartbeat'>;

export interface MembershipListener {
  /** The group is asked for shares: they depend on what is true from now on. */
  onJoining(): void;
  /** Partitions of topics that do not exist count 0. */
  countPartitions(topics: ReadonlySet<string>): Promise<ReadonlyMap<string, number>>;
  onAssigned(partitions: readonly TopicPartitionName[], generation: number): void;
  /** Resolves when what was handled is committed; the partitions are then somebody else's. */
  onRevoke(partitions: readonly TopicPartitionName[]): Promise<void>;
  onLost(partitions: readonly TopicPartitionName[]): void;
  /** What its members leave out, told anew with each answer. */
  onDegrade(degrade: GroupDegrade | undefined): void;
  /** The group does not take this member: nothing follows. */
  onFailed(error: OttlaError): void;
}

export interface MembershipDeps {
  readonly context: ClientContext;
  readonly settings: ConsumerSettings;
  readonly calls: CoordinatorCalls;
  readonly listener: MembershipListener;
}

/** A join waits for the slowest member; its answer has so much longer on its way. */
const ANSWER_SLACK_MS = 5000;
const LEAVE_TIMEOUT_MS = 2000;
const FIND_TIMEOUT_MS = 5000;
/** No group holds an answer longer: one that is asked to would seem not to hold it at all. */
const HEARTBEAT_WAIT_MS_MAX = 10_000;

/** One member of a group: `MemberCore` with calls and timers. */
export class Membership {
  /** Told with each heartbeat. */
  readonly handlerTimes = new HandlerTimes();
  readonly #deps: MembershipDeps;
  readonly #core: MemberCore;
  readonly #timers = new Map<TimerKey, Timer>();
  readonly #decider: ShareDecider;
  readonly #abort = new AbortController();
  /** Of the join or sync on its way. */
  #waiting = new AbortController();
  /** Resolves when the group was told of the newest leaving. */
  #leaving: Promise<void> = Promise.resolve();
  readonly #left: Promise<void>;
  #onLeft: () => void = () => {};
  #settleWaiters: Array<() => void> = [];
  /** Until when brokers that are too few for groups are waited for. */
  #tooFew: Deadline | undefined;
  /** Why no coordinator was found, as it was last logged. */
  #toldReason = '';
  /** Why it gave up by itself. */
  #failure: OttlaError | undefined;
  /** It had partitions when it was given its share last. */
  #hadWork = false;

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
    const { context, settings, calls } = deps;
    const { instanceId, assignors, heartbeatIntervalMs, sessionTimeoutMs } = settings;
    const isCooperative = assignors.every(({ protocol }) => protocol === 'cooperative');
    const protocol = isCooperative ? 'cooperative' : 'eager';
    // Half of what a heartbeat has: one that is lost is missed no later than before.
    const waitMs = Math.min(heartbeatIntervalMs, sessionTimeoutMs / 6, HEARTBEAT_WAIT_MS_MAX);
    const heartbeatWaitMs = Math.floor(waitMs);
    this.#core = new MemberCore({ instanceId, protocol, heartbeatIntervalMs, heartbeatWaitMs });
    this.#decider = new ShareDecider({
      ...deps,
      offsets: new GroupOffsets({ context, calls, instanceId, member: this }),
      signal: this.#abort.signal,
      countPartitions: (topics) => deps.listener.countPartitions(topics),
      ledGeneration: () => (this.#core.leads ? this.identity.generation : undefined),
      onStale: () => {
        if (!this.isRebalancing) this.#perform(this.#core.rejoin());
      },
    });
    this.#left = new Promise((resolve) => {
      this.#onLeft = resolve;
    });
  }

  get identity(): MemberIdentity {
    return this.#core.identity;
  }

  /** Between two generations, in which a commit may be refused and be taken a little later. */
  get isRebalancing(): boolean {
    const { phase } = this.#core;
    return phase === 'joining' || phase === 'assigning' || phase === 'syncing';
  }

  /** Resolves when it is not between two generations, also where it is in none any more. */
  async settled(): Promise<void> {
    while (this.isRebalancing) {
      await new Promise<void>((resolve) => this.#settleWaiters.push(resolve));
    }
  }

  /** Topics of the whole group, where this member decides for it; it has to watch them. */
  get watchedTopics(): Iterable<string> {
    return this.#decider.watchedTopics;
  }

  join(topics: readonly string[]): void {
    this.#perform(this.#core.join(topics));
  }

  subscribe(topics: readonly string[]): void {
    this.#perform(this.#core.subscribe(topics));
  }

  /** Whoever leads has the shares decided anew where topics have other sizes than they had. */
  onTopicSizes(sizeOf: (topic: string) => number): void {
    this.#decider.onTopicSizes(sizeOf);
  }

  onPollsMissed(): void {
    this.#perform(this.#core.onPollsMissed());
  }

  /** Gives all up and leaves; resolves when the group was told, or could not be in time. */
  leave(): Promise<void> {
    this.#perform(this.#core.leave());
    return this.#left;
  }

  /** Waits for nothing more; what was asked of the group may still come about. */
  abandon(): void {
    this.#end();
  }

  #perform(effects: readonly MemberEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
    if (!this.isRebalancing) this.#tellSettleWaiters();
  }

  #tellSettleWaiters(): void {
    const waiters = this.#settleWaiters;
    this.#settleWaiters = [];
    for (const tell of waiters) tell();
  }

  #performOne(effect: MemberEffect): void {
    const { listener } = this.#deps;
    switch (effect.kind) {
      case 'findCoordinator':
        void this.#find();
        break;
      case 'join':
      case 'sync':
      case 'heartbeat':
        void this.#ask(effect);
        break;
      case 'assign':
        void this.#assign(effect);
        break;
      case 'leave':
        this.#leaving = this.#sendLeave(effect);
        break;
      case 'assigned':
        this.#hadWork = this.#core.owned.length > 0;
        listener.onAssigned(effect.partitions, effect.generation);
        break;
      case 'revoke':
        void this.#revoke(effect);
        break;
      case 'lost':
        listener.onLost(effect.partitions);
        break;
      case 'retryLater':
        this.#retryLater(effect.failureCount);
        break;
      case 'setTimer':
        this.#setTimer(effect.key, effect.delayMs, () => this.#core.onTimer(effect.key));
        break;
      case 'cancelTimer':
        this.#cancelTimer(effect.key);
        break;
      case 'failed':
        this.#onFailed(effect.code);
        break;
      case 'left':
        void this.#leaving.then(() => this.#end());
        break;
    }
  }

  async #find(): Promise<void> {
    const { signal } = this.#abort;
    try {
      const coordinator = await this.#deps.calls.find({ timeoutMs: FIND_TIMEOUT_MS, signal });
      this.#tooFew = undefined;
      this.#toldReason = '';
      this.#perform(this.#core.onCoordinator(coordinator));
    } catch (error) {
      if (signal.aborted) return;
      const failure = asOttlaError(error);
      this.#tellNoCoordinator(failure);
      const isFinal = this.#isFinal(failure);
      if (isFinal) this.#failure = failure;
      this.#perform(isFinal ? this.#core.giveUp(failure.code) : this.#core.onNoCoordinator());
    }
  }

  /** Once for each reason. */
  #tellNoCoordinator({ code, message }: OttlaError): void {
    const { context, settings } = this.#deps;
    if (message === this.#toldReason) return;
    this.#toldReason = message;
    context.logger.warn('no coordinator found', { groupId: settings.groupId, code, message });
  }

  /** Brokers that are missing may be about to start: they are waited for as long as a request. */
  #isFinal({ code }: OttlaError): boolean {
    if (code !== 'INVALID_REPLICATION_FACTOR') {
      this.#tooFew = undefined;
      return false;
    }
    const { clock, requestTimeoutMs } = this.#deps.context;
    this.#tooFew ??= new Deadline(clock, requestTimeoutMs);
    return this.#tooFew.hasPassed;
  }

  /** Never rejects: a failure on the way is an answer. */
  async #ask(effect: Asking): Promise<void> {
    switch (effect.kind) {
      case 'join': {
        const answer = await this.#join(effect);
        return this.#perform(this.#core.onJoin(effect.request, answer));
      }
      case 'sync': {
        const answer = await this.#sync(effect);
        return this.#perform(this.#core.onSync(effect.request, answer));
      }
      case 'heartbeat': {
        const { clock } = this.#deps.context;
        const sentMs = clock.monotonicMs();
        const code = await this.#beat(effect);
        const hasWaited = clock.monotonicMs() - sentMs >= effect.waitMs / 2;
        return this.#perform(this.#core.onHeartbeat(effect.request, code, hasWaited));
      }
    }
  }

  async #join(effect: EffectOf<'join'>): Promise<JoinAnswer> {
    this.#deps.listener.onJoining();
    const { groupId, instanceId, clientId, assignors } = this.#deps.settings;
    const { sessionTimeoutMs, maxPollIntervalMs, rack } = this.#deps.settings;
    const { topics, owned, ownedSince: generation } = effect;
    const { label, lane } = this.#deps.settings;
    const userData = encodeMemberData({ label, lane, hadWork: this.#hadWork }, generation);
    const metadata = encodeSubscription({ topics, owned, generation, userData, rack });
    try {
      const request = {
        groupId,
        memberId: effect.memberId,
        instanceId: instanceId ?? '',
        clientId,
        sessionTimeoutMs,
        rebalanceTimeoutMs: maxPollIntervalMs,
        protocolType: 'consumer',
        protocols: assignors.map(({ name }) => ({ name, metadata })),
      };
      const options = { request, deadlineMs: maxPollIntervalMs + ANSWER_SLACK_MS };
      const answer = await this.#wait(effect.coordinator, GroupService.joinGroup, options);
      if (answer.errorCode === 0) this.#decider.onSharing(answer.sharing);
      return joinAnswer(answer);
    } catch (error) {
      const nobody = { memberId: '', generation: NONE, protocol: '', leader: '', members: [] };
      return { ...nobody, code: this.#codeOf('join', error) };
    }
  }

  async #sync(
    effect: EffectOf<'sync'>,
  ): Promise<{ readonly code: ErrorCode; readonly assignment: Uint8Array }> {
    const { groupId, instanceId, maxPollIntervalMs } = this.#deps.settings;
    const { memberId, generation, protocol, assignments } = effect;
    try {
      const request = {
        groupId,
        memberId,
        instanceId: instanceId ?? '',
        generation,
        protocol,
        assignments: [...assignments].map(([id, assignment]) => ({ memberId: id, assignment })),
      };
      const options = { request, deadlineMs: maxPollIntervalMs + ANSWER_SLACK_MS };
      const answer = await this.#wait(effect.coordinator, GroupService.syncGroup, options);
      const { errorCode, assignment, degrade } = answer;
      if (errorCode === 0) this.#deps.listener.onDegrade(degrade);
      return { code: errorCodeOf(errorCode), assignment };
    } catch (error) {
      return { code: this.#codeOf('sync', error), assignment: new Uint8Array(0) };
    }
  }

  async #beat(effect: EffectOf<'heartbeat'>): Promise<ErrorCode> {
    const { context, calls, settings } = this.#deps;
    const { groupId, instanceId, sessionTimeoutMs } = settings;
    const { memberId, generation, waitMs } = effect;
    const address = calls.addressOf(effect.coordinator);
    const handlerTimes = this.handlerTimes.told(context.clock.monotonicMs());
    const identity = { groupId, memberId, instanceId: instanceId ?? '', generation };
    try {
      const answer = await context.transport.call(address, GroupService.groupHeartbeat, {
        request: { ...identity, waitMs, handlerTimes },
        deadlineMs: sessionTimeoutMs / 3,
        signal: this.#abort.signal,
      });
      if (answer.errorCode === 0) {
        this.#deps.listener.onDegrade(answer.degrade);
        this.#decider.onSharing(answer.sharing);
      }
      return errorCodeOf(answer.errorCode);
    } catch (error) {
      return this.#codeOf('heartbeat', error);
    }
  }

  /** A request that may wait for other members; a newer one takes its place. */
  #wait<Request, Response>(
    coordinator: NodeId,
    method: UnaryMethod<Request, Response>,
    options: { readonly request: Request; readonly deadlineMs: number },
  ): Promise<Response> {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { context, calls } = this.#deps;
    const { signal } = this.#waiting;
    return context.transport.call(calls.addressOf(coordinator), method, { ...options, signal });
  }

  /** What was aborted here is answered by what took its place: the core is past it. */
  #codeOf(what: string, error: unknown): ErrorCode {
    const { code, message, retriable } = asOttlaError(error);
    const { groupId } = this.#deps.settings;
    this.#deps.context.logger.debug(`${what} failed`, { groupId, code, message });
    return retriable ? code : 'COORDINATOR_NOT_AVAILABLE';
  }

  async #assign(effect: EffectOf<'assign'>): Promise<void> {
    const { settings, context } = this.#deps;
    const { groupId } = settings;
    try {
      const isWanted = (): boolean => this.#core.isDeciding(effect.request);
      const shares = await this.#decider.decide(effect.protocol, effect.members, isWanted);
      if (shares !== undefined) this.#perform(this.#core.onAssignments(effect.request, shares));
    } catch (error) {
      // The others gather anew, and whoever leads them then is asked: this question is over.
      if (!this.#core.isDeciding(effect.request)) return;
      const { code, message, retriable } = asOttlaError(error);
      context.logger.warn('the shares of a group could not be decided', { groupId, code, message });
      if (retriable) {
        this.#setTimer('decide', RETRY_BACKOFF.maxMs, () => {
          void this.#assign(effect);
          return [];
        });
      } else {
        this.#failure = asOttlaError(error);
        this.#perform(this.#core.giveUp(code));
      }
    }
  }

  async #revoke({ partitions, revocation }: EffectOf<'revoke'>): Promise<void> {
    await this.#deps.listener.onRevoke(partitions);
    this.#perform(this.#core.onRevoked(revocation));
  }

  /** The group finds out by itself where this fails, when the session is over. */
  async #sendLeave({ memberId }: EffectOf<'leave'>): Promise<void> {
    const { calls, settings, context } = this.#deps;
    try {
      await calls.call(GroupService.leaveGroup, {
        request: { groupId: settings.groupId, members: [{ memberId, instanceId: '' }] },
        codeOf: ({ errorCode }) => errorCodeOf(errorCode),
        what: 'leaving',
        timeoutMs: LEAVE_TIMEOUT_MS,
      });
    } catch (error) {
      const { code, message } = asOttlaError(error);
      const { groupId } = settings;
      context.logger.warn('the group was not told of the leaving', { groupId, code, message });
    }
  }

  #retryLater(failureCount: number): void {
    const delayMs = backoffMs(failureCount, RETRY_BACKOFF, this.#deps.context.random);
    this.#setTimer('retry', delayMs, () => this.#core.onRetry());
  }

  #setTimer(key: TimerKey, delayMs: number, onTimer: () => readonly MemberEffect[]): void {
    this.#cancelTimer(key);
    const timer = this.#deps.context.clock.setTimer(delayMs, () => {
      this.#timers.delete(key);
      this.#perform(onTimer());
    });
    this.#timers.set(key, timer);
  }

  #cancelTimer(key: TimerKey): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  #onFailed(code: ErrorCode): void {
    this.#end();
    this.#deps.listener.onFailed(this.#failure ?? describeRefusal(code, this.#deps.settings));
  }

  #end(): void {
    this.#abort.abort();
    this.#waiting.abort();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#decider.stop();
    this.#onLeft();
  }
}

const joinAnswer = (response: JoinGroupResponse): JoinAnswer => ({
  code: errorCodeOf(response.errorCode),
  memberId: response.memberId,
  generation: response.generation,
  protocol: response.protocol,
  leader: response.leader,
  members: response.members.map(({ memberId, instanceId, metadata }) => ({
    memberId,
    instanceId: instanceId === '' ? undefined : instanceId,
    metadata,
  })),
});

const REFUSALS: Partial<Record<ErrorCode, string>> = {
  INCONSISTENT_GROUP_PROTOCOL:
    'its other members have no assignor in common with this one: give all the same `assignors`',
  INVALID_SESSION_TIMEOUT:
    'sessionTimeoutMs is outside of what the brokers allow (group.min.session.timeout.ms, group.max.session.timeout.ms)',
  GROUP_MAX_SIZE_REACHED: 'it has as many members as group.max.size allows',
  INVALID_GROUP_ID: 'that is no name for a group',
};

const describeRefusal = (
  code: ErrorCode,
  { groupId, instanceId }: Pick<ConsumerSettings, 'groupId' | 'instanceId'>,
): OttlaError => {
  const why =
    code === 'FENCED_INSTANCE_ID'
      ? `another process has joined it as instance ${instanceId}: give each its own instanceId`
      : (REFUSALS[code] ?? code);
  return new OttlaError(code, `group ${groupId} does not take this member: ${why}`);
};
