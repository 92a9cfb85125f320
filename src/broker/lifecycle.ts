import type { ErrorCode } from '../base/errors.ts';
import { errorCodeOf, errorNumber, OttlaError } from '../base/errors.ts';
import type { BrokerEpoch, LogIndex, NodeId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Clock, Timer } from '../env/clock.ts';
import { sleep } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Random } from '../env/random.ts';
import type { Transport } from '../env/transport.ts';
import type {
  BrokerHeartbeatReply,
  OfflineDirectory,
  OfflineNews,
  PartitionRef,
  RegisterBrokerResponse,
} from '../gen/ottla.ts';
import { ControllerService } from '../gen/ottla.ts';
import { emptyImage } from '../metadata/image.ts';
import { topicConfig } from '../metadata/topic-configs.ts';
import { KNOWN_VERSIONS } from '../metadata/versions.ts';
import type { BrokerConfig } from './broker-config.ts';
import { BrokerSession } from './broker-session.ts';
import type { ControllerChannel } from './controller-channel.ts';
import { saysRegistrationOver } from './controller-channel.ts';
import { Backoff } from './replication/backoff.ts';

const REGISTER_DEADLINE_MS = 2000;
/** A stopping broker that finds no controller for this long has nobody to move its leaders. */
const NO_CONTROLLER_GIVE_UP_MS = 1500;

/** What a refusal does not say by itself. */
const REMEDIES: Partial<Record<ErrorCode, string>> = {
  DUPLICATE_BROKER_REGISTRATION: '; give one of the two nodes another node.id',
  UNSUPPORTED_VERSION: '',
};

/** By what rules it commits where it leads, and the metadata says nothing of it. */
const fileRulesOf = ({ fileDefaults }: BrokerConfig) => {
  const { minInsyncReplicas, ackDurability } = topicConfig(emptyImage, '', fileDefaults);
  return { minInsyncReplicas, ackDurability };
};

export interface LifecycleOptions {
  readonly config: BrokerConfig;
  readonly channel: ControllerChannel;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events: LifecycleEvents;
}

export interface LifecycleEvents {
  /** Last metadata index applied here. */
  metadataIndex(): LogIndex;
  /** Replicas found damaged when the logs were opened; they must not lead. */
  damagedAtStart(): readonly PartitionRef[];
  /** Replicas whose log directory failed or is missing: they may come back. */
  offline(): readonly PartitionRef[];
  /** Those directories. */
  offlineDirectories(): readonly OfflineDirectory[];
  /** What is offline in the cluster, in place of what was told before. */
  onOfflineNews(news: OfflineNews): void;
  onRegistered(brokerEpoch: BrokerEpoch): void;
  onFenced(isFenced: boolean): void;
  /** The node cannot go on; one line with the remedy. */
  onFatal(error: Error): void;
}

/**
 * This broker's standing with the controller: registers, beats, stays fenced until it is ready,
 * registers anew when the controller has forgotten it, and moves its leaders away before it
 * stops.
 */
export class BrokerLifecycle {
  readonly #options: LifecycleOptions;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  readonly #reported = new Set<PartitionRef>();
  #session: BrokerSession | undefined;
  #timer: Timer | undefined;
  /** What the timer waits to do again. */
  #retry: (() => void) | undefined;
  #brokerEpoch: BrokerEpoch = NONE;
  #isRegistering = false;
  #isFenced = true;
  #wantsFence = true;
  #wantsShutdown = false;
  #mayShutDown = false;
  #isClosed = false;
  #duplicateSinceMs: number | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.#backoff = new Backoff(options, { firstMs: 20, maxMs: 200 });
  }

  get brokerId(): NodeId {
    return this.#options.config.brokerId;
  }
  /** The current registration, or NONE before the first. */
  brokerEpoch(): BrokerEpoch {
    return this.#brokerEpoch;
  }
  get isFenced(): boolean {
    return this.#isFenced;
  }

  /** Begins to register; `onRegistered` tells when the controller has this broker. */
  start(): void {
    this.#register();
  }

  /** The assignment is replayed: the broker asks to be unfenced. */
  setReady(): void {
    this.#wantsFence = false;
    this.#session?.beatNow();
  }

  /**
   * This broker serves nothing any more: the controller moves its leaders. What it has on disk
   * stays good, and where it was the last one in sync the partition waits for it.
   */
  giveUp(): void {
    this.#wantsFence = true;
    this.#session?.beatNow();
  }

  /** Replicas found damaged or gone offline since the start: the controller moves their leaders. */
  reportDamaged(partitions: readonly PartitionRef[]): void {
    for (const partition of partitions) this.#reported.add(partition);
    this.#session?.beatNow();
  }

  /** The controller answered that it does not know this registration any more. */
  onRegistrationOver(): void {
    if (this.#isClosed || this.#isRegistering) return;
    this.#logger.warn('the registration is over: registering anew');
    this.#endSession();
    this.#setFenced(true);
    this.#register();
  }

  /**
   * Controlled shutdown: resolves when the controller has moved all leaders away, or after
   * `controlledShutdownTimeoutMs` without.
   */
  async shutDown(): Promise<void> {
    const { clock, config } = this.#options;
    if (this.#brokerEpoch === NONE || this.#isClosed) return;
    const endMs = clock.monotonicMs() + config.controlledShutdownTimeoutMs;
    this.#wantsShutdown = true;
    this.#session?.beatNow();
    let heardMs = clock.monotonicMs();
    while (!this.#mayShutDown && !this.#isClosed && clock.monotonicMs() < endMs) {
      await sleep(clock, 20);
      if (this.#hasController) heardMs = clock.monotonicMs();
      else if (clock.monotonicMs() - heardMs > NO_CONTROLLER_GIVE_UP_MS) break;
    }
    if (!this.#mayShutDown) {
      this.#logger.warn('leaders were not moved away in time: stopping all the same');
    }
  }

  /** This broker's own registration changed: what it asked for may have come to pass. */
  onOwnChange(): void {
    this.#session?.beatNow();
  }

  /** Another controller leads: what waited for one is tried at once. */
  onControllerChange(): void {
    if (this.#isClosed) return;
    this.#backoff.reset();
    this.#session?.beatNow();
    this.#timer?.cancel();
    const retry = this.#retry;
    this.#retry = undefined;
    retry?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#backoff.cancel();
    this.#endSession();
  }

  #register(): void {
    if (this.#isRegistering || this.#isClosed) return;
    this.#isRegistering = true;
    this.#tryRegister().catch((error: Error) => this.#options.events.onFatal(error));
  }

  async #tryRegister(): Promise<void> {
    const delayMs = await this.#registerOnce();
    if (this.#isClosed) return;
    this.#isRegistering = false;
    if (delayMs === undefined) return this.#openSession();
    this.#retryIn(delayMs, () => this.#register());
  }

  /** Undefined once registered, else how long to wait before the next attempt. */
  async #registerOnce(): Promise<number | undefined> {
    const { channel } = this.#options;
    let response: RegisterBrokerResponse;
    try {
      response = await channel.askOnce(ControllerService.registerBroker, {
        request: this.#registration(),
        deadlineMs: REGISTER_DEADLINE_MS,
      });
    } catch (error) {
      if (!(error instanceof OttlaError)) throw error;
      this.#logger.debug('registration was not answered', { code: error.code });
      return this.#backoff.takeMs();
    }
    if (this.#isClosed) return undefined;
    if (response.errorCode !== 0) return this.#onRefused(response);
    this.#backoff.reset();
    this.#duplicateSinceMs = undefined;
    this.#brokerEpoch = response.brokerEpoch;
    this.#logger.info('registered with the controller', { brokerEpoch: response.brokerEpoch });
    this.#options.events.onRegistered(response.brokerEpoch);
    return undefined;
  }

  #registration(): Parameters<typeof ControllerService.registerBroker.request.encode>[0] {
    const { config, events } = this.#options;
    return {
      clusterId: config.clusterId,
      brokerId: config.brokerId,
      incarnationId: config.incarnationId,
      directoryId: config.directoryId,
      clientAddress: config.clientAddress,
      peerAddress: config.peerAddress,
      kafkaAddress: config.kafkaAddress,
      rack: config.rack,
      minMetadataVersion: KNOWN_VERSIONS.min,
      maxMetadataVersion: KNOWN_VERSIONS.max,
      previousBrokerEpoch: config.previousBrokerEpoch,
      ...fileRulesOf(config),
      damaged: [...events.damagedAtStart(), ...this.#reported],
      offline: events.offline(),
    };
  }

  /** The old run of this broker may be only just dead: a duplicate is fatal when it stays one. */
  #onRefused({ errorCode, errorMessage }: RegisterBrokerResponse): number | undefined {
    const { clock, config, events } = this.#options;
    const code = errorCodeOf(errorCode);
    const refusal = new OttlaError(code, errorMessage);
    if (refusal.retriable || code === 'UNKNOWN_SERVER_ERROR') return this.#backoff.takeMs();
    if (code === 'DUPLICATE_BROKER_REGISTRATION') {
      const nowMs = clock.monotonicMs();
      this.#duplicateSinceMs ??= nowMs;
      const limitMs = config.sessionTimeoutMs * 2 + 1000;
      if (nowMs - this.#duplicateSinceMs < limitMs) return this.#backoff.takeMs();
    }
    const line = `broker ${config.brokerId} was refused: ${errorMessage || code}`;
    const remedy = REMEDIES[code] ?? '; see the message; the node cannot take part in this cluster';
    events.onFatal(new OttlaError(code, `${line}${remedy}`));
    this.close();
    return undefined;
  }

  #openSession(): void {
    if (this.#isClosed || this.#isRegistering || this.#session !== undefined) return;
    const { config, channel, transport, clock, events } = this.#options;
    const { address } = channel;
    if (address === undefined) {
      this.#reopenLater();
      return;
    }
    this.#session = new BrokerSession({
      transport,
      clock,
      address,
      intervalMs: config.heartbeatIntervalMs,
      silenceMs: config.sessionTimeoutMs / 2,
      beat: (damaged) => ({
        brokerId: config.brokerId,
        brokerEpoch: this.#brokerEpoch,
        metadataIndex: events.metadataIndex(),
        wantFence: this.#wantsFence,
        wantShutdown: this.#wantsShutdown,
        damaged,
        offline: events.offline(),
        offlineDirectories: events.offlineDirectories(),
        ...fileRulesOf(config),
      }),
      damaged: () => [...this.#reported],
      isStillRight: () => channel.address === address,
      onReply: (reply, damaged) => this.#onReply(reply, damaged),
      onEnd: () => {
        this.#session = undefined;
        this.#reopenLater();
      },
    });
  }

  #reopenLater(): void {
    if (this.#isClosed || this.#isRegistering) return;
    this.#retryIn(this.#backoff.takeMs(), () => this.#openSession());
  }

  #onReply(reply: BrokerHeartbeatReply, damaged: readonly PartitionRef[]): void {
    if (saysRegistrationOver(reply.errorCode)) {
      this.onRegistrationOver();
      return;
    }
    if (reply.errorCode !== 0) {
      const isElsewhere = reply.errorCode === errorNumber('NOT_CONTROLLER');
      if (!isElsewhere) this.#logger.warn('heartbeat refused', { code: reply.errorCode });
      this.#endSession();
      this.#reopenLater();
      return;
    }
    this.#backoff.reset();
    for (const partition of damaged) this.#reported.delete(partition);
    if (reply.mayShutDown) this.#mayShutDown = true;
    if (reply.offline !== undefined) this.#options.events.onOfflineNews(reply.offline);
    this.#setFenced(reply.fenced);
  }

  #setFenced(isFenced: boolean): void {
    if (this.#isFenced === isFenced) return;
    this.#isFenced = isFenced;
    this.#logger.info(isFenced ? 'fenced by the controller' : 'unfenced by the controller');
    this.#options.events.onFenced(isFenced);
  }

  #retryIn(delayMs: number, retry: () => void): void {
    this.#timer?.cancel();
    this.#retry = retry;
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      this.#retry = undefined;
      retry();
    });
  }

  get #hasController(): boolean {
    return this.#session !== undefined && this.#options.channel.address !== undefined;
  }

  #endSession(): void {
    const session = this.#session;
    this.#session = undefined;
    session?.close();
  }
}
