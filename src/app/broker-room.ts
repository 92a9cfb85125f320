import { must } from '../base/assert.ts';
import { NONE } from '../base/ids.ts';
import type { BrokerConfig } from '../broker/broker-config.ts';
import { BROKER_DEFAULTS } from '../broker/broker-config.ts';
import { BrokerNode } from '../broker/broker-node.ts';
import type { GroupCoordinator } from '../broker/groups/group-coordinator.ts';
import { logConfigOf } from '../broker/log-configs.ts';
import type { ReplicaManager } from '../broker/replica-manager.ts';
import type { Env } from '../env/env.ts';
import { randomId } from '../env/random.ts';
import type { Handler, Listening } from '../env/transport.ts';
import { kafkaHandlers } from '../kafka/api/handlers.ts';
import { KAFKA_LIMITS } from '../kafka/limits.ts';
import { KafkaServer } from '../kafka/server.ts';
import type { LogDirectories } from '../log/log-directories.ts';
import { emptyImage } from '../metadata/image.ts';
import { topicConfig } from '../metadata/topic-configs.ts';
import { brokerSettings } from './broker-settings.ts';
import type { NodeConfig } from './config.ts';
import { delayedStore } from './delayed-store.ts';
import { fileDefaultsOf } from './file-defaults.ts';
import type { NodeDirectories } from './node-directories.ts';
import type { OpenedLogs } from './open-logs.ts';
import { openLogs } from './open-logs.ts';
import type { MetadataPlane } from './quorum.ts';

interface BrokerRoomOptions {
  readonly env: Env;
  readonly config: NodeConfig;
  readonly directories: NodeDirectories;
  readonly onFatal: (error: unknown) => void;
  readonly tuning: BrokerTuning | undefined;
}

/** See `NodeTuning`. */
export interface BrokerTuning {
  /** Of the newest batches, kept in memory. */
  readonly cacheBytes?: number;
  readonly catchUp?: BrokerConfig['catchUp'];
}

/** A broker within its node: the logs it stands on and the doors it keeps for clients. */
export class BrokerRoom {
  readonly #options: BrokerRoomOptions;
  #opened: OpenedLogs | undefined;
  #broker: BrokerNode | undefined;
  #listening: Listening | undefined;
  #kafka: KafkaServer | undefined;
  #kafkaListening: Listening | undefined;
  #peerAddress = '';

  private constructor(options: BrokerRoomOptions) {
    this.#options = options;
  }

  /** Locks the log directories and recovers the logs in them. */
  static async open(options: BrokerRoomOptions): Promise<BrokerRoom> {
    const room = new BrokerRoom(options);
    await room.#openLogs();
    return room;
  }

  get clientAddress(): string | undefined {
    return this.#listening?.address;
  }

  /** Undefined where no Kafka listener is configured. */
  get kafkaAddress(): string | undefined {
    return this.#kafkaListening?.address;
  }

  get isReady(): boolean {
    return this.#broker?.isReady ?? false;
  }

  get logs(): LogDirectories {
    return this.#logs.logs;
  }

  get replicas(): ReplicaManager | undefined {
    return this.#broker?.replicas;
  }
  get groups(): GroupCoordinator | undefined {
    return this.#broker?.groups;
  }

  /** Makes the broker; from here on it can answer its peers. */
  connect(metadata: MetadataPlane): void {
    const { env, config, directories, onFatal } = this.#options;
    const { logs, partitions } = this.#logs;
    this.#broker = new BrokerNode({
      env,
      config: this.#brokerConfig(),
      loader: metadata.loader,
      logs,
      opened: partitions,
      givenUp: directories.hasGivenUp ? directories.forgetGivenUp : undefined,
      delayedStore: delayedStore(env, config.metadataDir),
      controllerAddress: () => {
        const { leaderId } = metadata.leadership;
        return leaderId === config.nodeId ? this.#peerAddress : metadata.leaderAddress();
      },
      onFatal,
    });
  }

  peerHandlers(): Handler[] {
    return this.#running.peerHandlers();
  }

  /** Opens the clients' doors and begins to register; does not wait for the answer. */
  async start(peerAddress: string): Promise<void> {
    const { env, config, onFatal } = this.#options;
    this.#peerAddress = peerAddress;
    const address = must(config.listeners.client, 'a broker has a client listener');
    this.#listening = await env.transport.listen(address, this.#running.clientHandlers());
    await this.#openKafka();
    this.#running.start().catch(onFatal);
  }

  onControllerChange(): void {
    this.#broker?.onControllerChange();
  }

  /** The controlled shutdown: leaders move to the others. */
  async drain(): Promise<void> {
    await this.#broker?.stop();
  }

  /** Closes the doors and the logs; the clean marker tells the next start that all is on disk. */
  async close(): Promise<void> {
    this.#broker?.kill();
    await this.#listening?.close();
    await this.#kafka?.close();
    await this.#broker?.closed();
    const brokerEpoch = this.#broker?.brokerEpoch ?? NONE;
    await this.#opened?.logs.close({ brokerEpoch });
  }

  async #openKafka(): Promise<void> {
    const { env, config, onFatal } = this.#options;
    const address = config.listeners.kafka;
    if (address === undefined) return;
    const broker = this.#running;
    const context = broker.clientContext();
    const handlers = kafkaHandlers({
      broker: context,
      random: env.random.fork('kafka'),
      partitions: () => broker.replicas.partitions(),
      brokerSettings: brokerSettings(config),
      logs: this.logs,
    });
    const limits = { ...KAFKA_LIMITS, ...config.kafka };
    this.#kafka = new KafkaServer({
      ...env,
      limits,
      budget: context.produceBytes,
      handlers,
      onFatal,
    });
    this.#kafkaListening = await this.#kafka.listen(address);
  }

  async #openLogs(): Promise<void> {
    const { env, config, directories, tuning } = this.#options;
    const { cacheBytes } = tuning ?? {};
    const fileDefaults = fileDefaultsOf(config);
    this.#opened = await openLogs({
      env,
      directories,
      metadataDir: config.metadataDir,
      ...(cacheBytes === undefined ? {} : { cacheBytes }),
      // Until the metadata says more of a topic, which the broker then applies.
      configOf: ({ topicId }) => logConfigOf(topicConfig(emptyImage, topicId, fileDefaults)),
      onFlushed: (log) => this.#broker?.onLogFlushed(log),
      // One that fails before there is a broker is found failed when it takes over.
      onFailure: () => this.#broker?.onDirectoryFailure(),
      journal: config.journal,
      onFlushRound: (round) => this.#broker?.onFlushRound(round),
    });
  }

  /** Addresses are read late: a port of 0 is known only once it is bound. */
  #brokerConfig() {
    const { env, config, directories } = this.#options;
    const { clusterId, directoryId } = directories.identity;
    const advertisedClient = (): string =>
      config.advertised.client ?? must(this.clientAddress, 'the client listener is bound');
    const advertisedKafka = (): string => config.advertised.kafka ?? this.kafkaAddress ?? '';
    const advertisedPeer = (): string => config.advertised.peer ?? this.#peerAddress;
    return {
      ...BROKER_DEFAULTS,
      catchUp: this.#options.tuning?.catchUp ?? BROKER_DEFAULTS.catchUp,
      catchUpMaxBytesPerSecond: config.catchUpMaxBytesPerSecond,
      brokerId: config.nodeId,
      clusterId,
      directoryId,
      incarnationId: randomId(env.random),
      get clientAddress() {
        return advertisedClient();
      },
      get kafkaAddress() {
        return advertisedKafka();
      },
      get peerAddress() {
        return advertisedPeer();
      },
      rack: config.rack,
      previousBrokerEpoch: this.#logs.cleanShutdown?.brokerEpoch ?? NONE,
      heartbeatIntervalMs: config.heartbeatIntervalMs,
      sessionTimeoutMs: config.sessionTimeoutMs,
      replicaLagTimeMaxMs: config.replicaLagTimeMaxMs,
      queuedMaxRequestBytes: config.queuedMaxRequestBytes,
      dedupMaxIds: config.dedupMaxIds,
      groups: config.groups,
      autoCreateTopicsEnable: config.autoCreateTopics,
      retentionCheckIntervalMs: config.retentionCheckIntervalMs,
      cleaner: config.cleaner,
      fileDefaults: fileDefaultsOf(config),
    };
  }

  get #logs(): OpenedLogs {
    return must(this.#opened, 'the logs are open');
  }

  get #running(): BrokerNode {
    return must(this.#broker, 'the broker was connected');
  }
}
