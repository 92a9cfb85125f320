import type { BrokerEpoch, NodeId } from '../base/ids.ts';
import type { Env } from '../env/env.ts';
import type { Handler } from '../env/transport.ts';
import type { BacklogPartition, BacklogResult } from '../gen/ottla.ts';
import { ReplicaService } from '../gen/ottla.ts';
import type { FlushRound } from '../log/flusher.ts';
import type { LogDirectories } from '../log/log-directories.ts';
import type { OpenedPartition } from '../log/partition-loader.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { CATCH_UP_RATE_KEY } from '../metadata/broker-configs.ts';
import type { MetadataImage } from '../metadata/image.ts';
import { configResource } from '../metadata/image.ts';
import type { MetadataLoader } from '../metadata/loader.ts';
import { hasFeature } from '../metadata/versions.ts';
import type { BrokerConfig } from './broker-config.ts';
import { lookUpBacklogs, peerBacklogHandler } from './client/backlog.ts';
import { ByteBudget } from './client/byte-budget.ts';
import type { ClientContext } from './client/context.ts';
import { untilImage } from './client/context.ts';
import { clientHandlers } from './client/handlers.ts';
import { Recompressor } from './client/recompressor.ts';
import { ControllerChannel } from './controller-channel.ts';
import { Deadlines } from './deadlines.ts';
import { KnownIds } from './dedup/known-ids.ts';
import type { DelayedStore } from './delayed/delayed-records.ts';
import { DelayedRecords } from './delayed/delayed-records.ts';
import { registerGauges } from './gauges.ts';
import { GroupCoordinator } from './groups/group-coordinator.ts';
import type { OnFatal } from './guard.ts';
import { IsrUpdater } from './isr-updater.ts';
import { KnownOffline } from './known-offline.ts';
import { BrokerLifecycle } from './lifecycle.ts';
import { LogCleaner } from './log-cleaner.ts';
import { BrokerMetrics } from './metrics.ts';
import { ReplicaManager } from './replica-manager.ts';
import { CatchUpRate } from './replication/catch-up-rate.ts';
import { LeadershipProof } from './replication/leadership-proof.ts';
import { ReplicaFetchers } from './replication/replica-fetchers.ts';
import { ReplicaServer } from './replication/replica-server.ts';
import { RetentionLoop } from './retention.ts';

/** A failed directory is reported to the controller for this long before the node gives up. */
const LAST_WORDS_MS = 1000;
const FOREVER_MS = 1e9;
/** A leader reads from its disk for each question; a round waits no longer for one. */
const BACKLOG_DEADLINE_MS = 10_000;

export interface BrokerNodeOptions {
  readonly env: Pick<Env, 'clock' | 'disk' | 'random' | 'transport' | 'logger' | 'meter'>;
  readonly config: BrokerConfig;
  readonly loader: MetadataLoader;
  /** Open; its callbacks lead to `onLogFlushed`, `onDirectoryFailure` and `onFlushRound`. */
  readonly logs: LogDirectories;
  /** What opening found, for the replicas that were set aside as damaged. */
  readonly opened: readonly OpenedPartition[];
  /**
   * Set where a directory was given up that may have held replicas: to be called once the cluster
   * counts on none of them.
   */
  readonly givenUp?: (() => Promise<void>) | undefined;
  /** For the index of records that wait. */
  readonly delayedStore: DelayedStore;
  /** Peer address of the active controller as this node knows it now. */
  readonly controllerAddress: () => string | undefined;
  /** The node cannot go on: one line with the remedy; the process should end with an error. */
  readonly onFatal: OnFatal;
}

/** One broker: its replicas, its standing with the controller and what it serves. */
export class BrokerNode {
  readonly replicas: ReplicaManager;
  readonly groups: GroupCoordinator;
  readonly fetchers: ReplicaFetchers;
  readonly #delayed: DelayedRecords;
  readonly #ids: KnownIds;
  readonly #options: BrokerNodeOptions;
  readonly #deadlines: Deadlines;
  readonly #catchUpRate: CatchUpRate;
  readonly #metrics: BrokerMetrics;
  readonly #channel: ControllerChannel;
  readonly #lifecycle: BrokerLifecycle;
  readonly #isrUpdater: IsrUpdater;
  readonly #replicaServer: ReplicaServer;
  readonly #retention: RetentionLoop;
  readonly #cleaner: LogCleaner;
  readonly #produceBytes: ByteBudget;
  readonly #proof: LeadershipProof;
  readonly #recompressor: Recompressor;
  readonly #knownOffline = new KnownOffline();
  #unsubscribe: (() => void) | undefined;
  #onReady: (() => void) | undefined;
  #hasStarted = false;
  #isStopped = false;

  constructor(options: BrokerNodeOptions) {
    this.#options = options;
    const { env, config, logs, controllerAddress, onFatal } = options;
    const { clock, transport, logger } = env;
    const { brokerId, clusterId, incarnationId } = config;
    this.#deadlines = new Deadlines(clock);
    this.#catchUpRate = new CatchUpRate(config.catchUpMaxBytesPerSecond);
    const deadlines = this.#deadlines;
    this.#metrics = new BrokerMetrics(env.meter);
    this.#produceBytes = new ByteBudget(config.queuedMaxRequestBytes);
    this.#recompressor = this.#createRecompressor();
    this.#channel = new ControllerChannel({ ...env, brokerId, controllerAddress });
    this.fetchers = this.#createFetchers();
    const { loader } = options;
    this.#proof = new LeadershipProof({ brokerId, transport, image: () => loader.image });
    this.#lifecycle = this.#createLifecycle();
    this.#isrUpdater = this.#createIsrUpdater();
    this.groups = this.#createGroups();
    this.#delayed = this.#createDelayed();
    this.#ids = new KnownIds({
      ...env,
      partitions: () => this.replicas.partitions(),
      partitionAt: (key) => this.replicas.partitionAt(key),
      maxCount: config.dedupMaxIds,
      onFatal,
    });
    this.replicas = this.#createReplicas();
    const { replicas } = this;
    this.#replicaServer = new ReplicaServer({
      clusterId,
      brokerId,
      incarnationId,
      clock,
      deadlines,
      logger,
      replicas,
      onFatal,
    });
    this.#retention = new RetentionLoop({
      clock,
      intervalMs: config.retentionCheckIntervalMs,
      partitions: () => replicas.partitions(),
      onFatal,
    });
    this.#cleaner = new LogCleaner({
      clock,
      logger,
      config: config.cleaner,
      partitions: () => replicas.partitions(),
      onFatal,
    });
    registerGauges(env.meter, {
      partitions: () => replicas.partitions(),
      offlineCount: () => replicas.offlineCount,
      logs,
      cleaner: this.#cleaner,
      isFenced: () => this.#lifecycle.isFenced,
    });
  }

  /** True while this broker takes its part: registered, replayed and unfenced. */
  get isReady(): boolean {
    return this.#hasStarted && !this.#lifecycle.isFenced && !this.#isStopped;
  }

  /** Of the current registration, or NONE: for the clean-shutdown marker. */
  get brokerEpoch(): BrokerEpoch {
    return this.#lifecycle.brokerEpoch();
  }

  /**
   * Registers, waits until this node's metadata holds the registration, takes over the assignment
   * and asks to be unfenced. Resolves when that is granted; waits as long as there is no
   * controller.
   */
  start(): Promise<void> {
    const { loader } = this.#options;
    this.#unsubscribe = loader.subscribe((next, previous) => this.#onImage(next, previous));
    const ready = new Promise<void>((resolve) => {
      this.#onReady = resolve;
    });
    this.#lifecycle.start();
    this.#retention.start();
    this.#cleaner.start();
    return ready;
  }

  /** The node has learnt of another active controller. */
  onControllerChange(): void {
    this.#lifecycle.onControllerChange();
  }

  /** For the peer listener: replication and the controller's probe. */
  peerHandlers(): Handler[] {
    return [...this.#replicaServer.handlers(), peerBacklogHandler(this.clientContext())];
  }

  /** For the client listener. */
  clientHandlers(): Handler[] {
    return clientHandlers(this.clientContext());
  }

  /** What other doors to the same broker need. */
  clientContext(): ClientContext {
    const { config, env, loader, onFatal } = this.#options;
    return {
      config,
      clock: env.clock,
      deadlines: this.#deadlines,
      metrics: this.#metrics,
      identity: this.#lifecycle,
      channel: this.#channel,
      metadata: loader,
      knownOffline: this.#knownOffline,
      partitionAt: (key) => this.replicas.partitionAt(key),
      findReplica: (topicId, partition) => this.replicas.find(topicId, partition),
      proveLeadership: (partition) => this.#proof.prove(partition),
      groups: this.groups,
      produceBytes: this.#produceBytes,
      recompressor: this.#recompressor,
      onFatal,
    };
  }

  onLogFlushed(log: PartitionLog): void {
    this.replicas.onFlushed(log);
  }

  onFlushRound({ durationMs, syncCount }: FlushRound): void {
    this.#metrics.flushMs.observe(durationMs);
    this.#metrics.syncs.add(syncCount);
  }

  /**
   * A log directory is gone, and its replicas with it: the controller is told, so that leaders
   * move. Where nothing can go on, as with the last one, the node ends then.
   */
  onDirectoryFailure(): void {
    const { logs, env, onFatal } = this.#options;
    const error = logs.failure;
    if (error === undefined) {
      this.replicas.failDirectories();
      return;
    }
    env.logger.error('the log directory failed: this broker serves nothing any more', {
      reason: error.message,
    });
    this.replicas.failAll(error);
    this.#lifecycle.giveUp();
    env.clock.setTimer(LAST_WORDS_MS, () => {
      if (!this.#isStopped) onFatal(error);
    });
  }

  /**
   * Controlled shutdown, then the end of all streams. The logs stay open: their owner closes
   * them.
   */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    await this.#lifecycle.shutDown();
    this.kill();
  }

  /** The end without a controlled shutdown. */
  kill(): void {
    this.#isStopped = true;
    this.#lifecycle.close();
    this.#isrUpdater.close();
    this.#retention.stop();
    this.#cleaner.stop();
    this.groups.close();
    this.fetchers.close();
    this.#replicaServer.close();
    this.replicas.close();
    // Whoever waits for it hears of its failure: see `closed`.
    this.#delayed.close().catch(() => {});
    void this.#ids.close();
    this.#unsubscribe?.();
    this.#deadlines.close();
  }

  /** Resolves when nothing here reads the logs any more. */
  async closed(): Promise<void> {
    this.kill();
    await Promise.all([this.#delayed.close(), this.#ids.close()]);
  }

  #onImage(next: MetadataImage, previous: MetadataImage): void {
    this.replicas.onImage(next, previous);
    this.groups.onImage(next, previous);
    this.#delayed.onImage(next, previous);
    this.#ids.onImage(next, previous);
    if (next.configs !== previous.configs) this.#applyCatchUpRate(next);
    const { brokerId } = this.#options.config;
    if (next.brokers.get(brokerId) !== previous.brokers.get(brokerId))
      this.#lifecycle.onOwnChange();
  }

  /** Set at run time for this broker, it goes before the file. */
  #applyCatchUpRate({ configs }: MetadataImage): void {
    const { brokerId, catchUpMaxBytesPerSecond } = this.#options.config;
    const own = configs.get(configResource('broker', String(brokerId)));
    const text = own?.get(CATCH_UP_RATE_KEY);
    this.#catchUpRate.maxBytesPerSecond =
      text === undefined ? catchUpMaxBytesPerSecond : Number(text);
  }

  #createLifecycle(): BrokerLifecycle {
    const { env, config, loader, onFatal } = this.#options;
    return new BrokerLifecycle({
      ...env,
      config,
      channel: this.#channel,
      random: env.random.fork('lifecycle'),
      events: {
        metadataIndex: () => loader.image.index,
        damagedAtStart: () => this.replicas.damaged(),
        offline: () => this.replicas.offline(),
        offlineDirectories: () => this.#options.logs.offline,
        onOfflineNews: (news) => this.#knownOffline.take(news),
        onRegistered: (brokerEpoch) => {
          this.fetchers.onRegistered(brokerEpoch);
          this.#takeOver(brokerEpoch).catch((error: Error) => onFatal(error));
        },
        onFenced: (isFenced) => {
          if (!isFenced) this.#onReady?.();
        },
        onFatal,
      },
    });
  }

  #createRecompressor(): Recompressor {
    return new Recompressor({
      clock: this.#options.env.clock,
      heldBytes: this.#produceBytes,
      recompressed: this.#metrics.recompressedBatches,
      mayRepeat: () => hasFeature(this.#options.loader.image, 'repeats'),
      onFatal: this.#options.onFatal,
    });
  }

  #createFetchers(): ReplicaFetchers {
    const { env, config, onFatal } = this.#options;
    return new ReplicaFetchers({
      ...env,
      brokerId: config.brokerId,
      clusterId: config.clusterId,
      random: env.random.fork('fetchers'),
      catchUp: config.catchUp,
      catchUpRate: this.#catchUpRate,
      onCaughtUpBytes: (bytes) => this.#metrics.caughtUpBytes.add(bytes),
      deadlines: this.#deadlines,
      onFatal,
    });
  }

  #createIsrUpdater(): IsrUpdater {
    const { env, onFatal } = this.#options;
    return new IsrUpdater({
      ...env,
      identity: this.#lifecycle,
      channel: this.#channel,
      random: env.random.fork('isr'),
      deadlines: this.#deadlines,
      onRegistrationOver: () => this.#lifecycle.onRegistrationOver(),
      onFatal,
    });
  }

  #createGroups(): GroupCoordinator {
    const { env, config, loader, onFatal } = this.#options;
    const context = { metadata: loader, deadlines: this.#deadlines };
    return new GroupCoordinator({
      ...env,
      config: config.groups,
      random: env.random.fork('groups'),
      deadlines: this.#deadlines,
      channel: this.#channel,
      image: () => loader.image,
      untilImage: (condition, deadlineMs) => untilImage(context, condition, deadlineMs),
      proveLeadership: (partition) => this.#proof.prove(partition),
      askBacklog: (leader, questions) => this.#askBacklog(leader, questions),
      onFatal,
    });
  }

  /** Of partitions led here, or by another broker. */
  async #askBacklog(
    leader: NodeId,
    partitions: readonly BacklogPartition[],
  ): Promise<readonly BacklogResult[]> {
    const { config, env, loader } = this.#options;
    if (leader === config.brokerId) return lookUpBacklogs(this.clientContext(), partitions);
    const address = loader.image.brokers.get(leader)?.peerAddress;
    if (address === undefined) return [];
    const message = { request: { partitions }, deadlineMs: BACKLOG_DEADLINE_MS };
    const found = await env.transport.call(address, ReplicaService.backlog, message);
    return found.partitions;
  }

  #createDelayed(): DelayedRecords {
    const { env, delayedStore, onFatal } = this.#options;
    return new DelayedRecords({
      ...env,
      deadlines: this.#deadlines,
      store: delayedStore,
      partitions: () => this.replicas.partitions(),
      onFatal,
    });
  }

  #createReplicas(): ReplicaManager {
    const { env, config, logs, opened, givenUp, onFatal } = this.#options;
    const replicas = new ReplicaManager({
      config,
      clock: env.clock,
      deadlines: this.#deadlines,
      logger: env.logger,
      logs,
      givenUp,
      fetchers: this.fetchers,
      events: {
        proposeIsr: (partition, proposal) => this.#isrUpdater.propose(partition, proposal),
        onPartition: (partition) => {
          this.groups.onPartition(partition);
          this.#delayed.onPartition(partition);
          this.#ids.onPartition(partition);
        },
        onDamaged: (partitions) => this.#lifecycle.reportDamaged(partitions),
        onFatal,
      },
    });
    for (const { log, outcome } of opened) {
      if (outcome === 'quarantined') replicas.noteDamaged(log.topicId, log.partition);
    }
    return replicas;
  }

  /** Once a run: the first registration that this node's metadata shows begins the assignment. */
  async #takeOver(brokerEpoch: BrokerEpoch): Promise<void> {
    const { config, loader, logs } = this.#options;
    const context = { metadata: loader, deadlines: this.#deadlines };
    await untilImage(
      context,
      ({ brokers }) => (brokers.get(config.brokerId)?.brokerEpoch ?? -1) >= brokerEpoch,
      FOREVER_MS,
    );
    if (this.#isStopped || this.#hasStarted) return;
    this.#hasStarted = true;
    await this.#delayed.open();
    if (this.#isStopped) return;
    if (logs.failure !== undefined) this.onDirectoryFailure();
    this.replicas.start(loader.image);
    await this.replicas.workDone();
    // One that has given up by now stays fenced.
    if (logs.failure === undefined) this.#lifecycle.setReady();
  }
}
