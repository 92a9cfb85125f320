import { must } from '../base/assert.ts';
import { OttlaError } from '../base/errors.ts';
import type { NodeId, Term } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { GroupCoordinator } from '../broker/groups/group-coordinator.ts';
import type { ReplicaManager } from '../broker/replica-manager.ts';
import { controllerDefaults } from '../controller/config.ts';
import { ControllerNode } from '../controller/controller-node.ts';
import type { Env } from '../env/env.ts';
import type { Listening } from '../env/transport.ts';
import type { LogDirectories } from '../log/log-directories.ts';
import type { MetadataLoader } from '../metadata/loader.ts';
import type { SnapshotterOptions } from '../metadata/snapshotter.ts';
import type { RaftConfig } from '../raft/core/types.ts';
import type { RaftNode } from '../raft/raft-node.ts';
import type { BrokerTuning } from './broker-room.ts';
import { BrokerRoom } from './broker-room.ts';
import type { NodeConfig } from './config.ts';
import type { DirectoryIdentity } from './directory.ts';
import { checkDirectory } from './directory.ts';
import { fileDefaultsOf } from './file-defaults.ts';
import type { NodeDirectories } from './node-directories.ts';
import { openDirectories } from './node-directories.ts';
import { MetadataPlane } from './quorum.ts';
import { registerRaftMetrics } from './raft-metrics.ts';

/** What `/healthz`, `/readyz` and tests see of a node. */
export interface NodeHealth {
  readonly nodeId: NodeId;
  /** The node does its work, or is on its way there. */
  readonly isHealthy: boolean;
  /** A broker is registered, caught up and unfenced; a controller knows a leader. */
  readonly isReady: boolean;
  /** What keeps the node from its work, and the remedy; undefined: nothing that is known. */
  readonly waitsFor?: string;
  readonly isActiveController: boolean;
  /** Paths of log directories that it goes on without; it is ready all the same. */
  readonly offlineLogDirs: readonly string[];
  /** Leader of the quorum as this node knows it, or -1. */
  readonly leaderId: NodeId;
  readonly term: Term;
}

/** What a node is made of, for those who look and do not touch: invariants of a simulation. */
export interface NodeParts {
  readonly raft: RaftNode;
  readonly loader: MetadataLoader;
  /** Undefined on a node that is no broker. */
  readonly logs: LogDirectories | undefined;
  readonly replicas: ReplicaManager | undefined;
  readonly groups: GroupCoordinator | undefined;
}

/** What no one sets in production: sizes so small that every edge is met soon. */
export interface NodeTuning {
  readonly raft?: Partial<RaftConfig>;
  readonly snapshots?: SnapshotterOptions;
  readonly broker?: BrokerTuning;
}

export interface RunningNode {
  readonly nodeId: NodeId;
  /** host:port that was bound, with the real port; undefined on a controller. */
  readonly clientAddress: string | undefined;
  /** As `clientAddress`, of the Kafka listener; undefined where none is configured. */
  readonly kafkaAddress: string | undefined;
  readonly peerAddress: string;
  /** Resolves when the node is ready; never, if it fails before: see `fatal`. */
  readonly ready: Promise<void>;
  /** Resolves with the reason when the node cannot go on; it must then be stopped. */
  readonly fatal: Promise<Error>;
  readonly parts: NodeParts;
  health(): NodeHealth;
  /** Moves leaders away, hands the quorum over, closes everything; resolves when all is on disk. */
  stop(): Promise<void>;
}

/**
 * Starts one node on a formatted directory: its member of the quorum, and a controller, a broker
 * or both. Resolves when it serves and has begun to register; `ready` tells the rest. Errors:
 * CONFIG (directory, ports), CORRUPT_STORE, STORAGE_ERROR; what was opened is closed again.
 */
export const startNode = async (
  env: Env,
  config: NodeConfig,
  tuning: NodeTuning = {},
): Promise<RunningNode> => {
  const node = new Node(env, config, tuning);
  try {
    await node.open();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
};

const READY_POLL_MS = 5;

class Node implements RunningNode {
  readonly nodeId: NodeId;
  readonly ready: Promise<void>;
  readonly fatal: Promise<Error>;
  readonly #env: Env;
  readonly #config: NodeConfig;
  readonly #tuning: NodeTuning;
  /** Undone in reverse order. */
  readonly #closers: Array<() => Promise<unknown> | unknown> = [];
  #metadata: MetadataPlane | undefined;
  #controller: ControllerNode | undefined;
  #broker: BrokerRoom | undefined;
  #peerListening: Listening | undefined;
  #failure: Error | undefined;
  #onFatal: (error: Error) => void = () => {};
  #onReady: () => void = () => {};
  #isStopped = false;

  constructor(env: Env, config: NodeConfig, tuning: NodeTuning) {
    this.#env = env;
    this.#config = config;
    this.#tuning = tuning;
    this.nodeId = config.nodeId;
    this.fatal = new Promise((resolve) => {
      this.#onFatal = resolve;
    });
    this.ready = new Promise((resolve) => {
      this.#onReady = resolve;
    });
  }

  get clientAddress(): string | undefined {
    return this.#broker?.clientAddress;
  }

  get kafkaAddress(): string | undefined {
    return this.#broker?.kafkaAddress;
  }

  get peerAddress(): string {
    return this.#peerListening?.address ?? this.#config.listeners.peer;
  }

  get parts(): NodeParts {
    const { raft, loader } = must(this.#metadata, 'the node is open');
    const { logs, replicas, groups } = this.#broker ?? {};
    return { raft, loader, logs, replicas, groups };
  }

  /**
   * The order matters: the logs take the directory's lock first; the peers' door opens before raft
   * starts to talk; a broker registers last, when everything it promises is there.
   */
  async open(): Promise<void> {
    const { disk, transport, logger } = this.#env;
    const { metadataDir, logDirs, nodeId, isBroker, isController, listeners } = this.#config;
    const identity = checkDirectory(disk, metadataDir, { nodeId });
    const directories = isBroker ? await openDirectories(disk, this.#config) : undefined;
    if (!isBroker || !logDirs.includes(metadataDir)) this.#lock();
    if (directories !== undefined) await this.#openBroker(directories);
    const metadata = await this.#openMetadata(identity);
    if (isController) this.#openController(metadata, identity.clusterId);
    this.#broker?.connect(metadata);
    const handlers = [
      ...metadata.raft.handlers(),
      ...(this.#controller?.handlers() ?? []),
      ...(this.#broker?.peerHandlers() ?? []),
    ];
    const listening = await transport.listen(listeners.peer, handlers);
    this.#peerListening = listening;
    this.#closers.push(() => listening.close());
    metadata.raft.start();
    await this.#broker?.start(listening.address);
    this.#watchReady();
    const { peerAddress: peer, clientAddress: client, kafkaAddress: kafka } = this;
    logger.info('node started', { nodeId, peer, client, kafka });
  }

  health(): NodeHealth {
    const { leaderId, term } = this.#metadata?.leadership ?? { leaderId: NONE, term: 0 };
    const isReady = this.#broker === undefined ? leaderId !== NONE : this.#broker.isReady;
    const isHealthy = this.#failure === undefined && !this.#isStopped;
    const waitsFor = this.#metadata?.waitsFor();
    return {
      nodeId: this.nodeId,
      isHealthy,
      isReady: isReady && isHealthy && waitsFor === undefined,
      ...(waitsFor === undefined ? {} : { waitsFor }),
      isActiveController: this.#controller?.isActive ?? false,
      offlineLogDirs: this.#broker?.logs.offline.map(({ path }) => path) ?? [],
      leaderId,
      term,
    };
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    const { logger } = this.#env;
    // While everything still runs: leaders move first, then the quorum's leadership.
    if (this.#failure === undefined) await this.#broker?.drain();
    this.#isStopped = true;
    if (this.#failure === undefined) await this.#metadata?.raft.handOver();
    for (const close of this.#closers.reverse()) await close();
    // One that was refused its start says why, and nothing else.
    if (this.#peerListening !== undefined) logger.info('node stopped', { nodeId: this.nodeId });
  }

  #lock(): void {
    const lock = this.#env.disk.lock(this.#config.metadataDir);
    this.#closers.push(() => lock.release());
  }

  async #openBroker(directories: NodeDirectories): Promise<void> {
    const onFatal = (error: unknown): void => this.#fail(error);
    const tuning = this.#tuning.broker;
    const options = { env: this.#env, config: this.#config, directories, onFatal, tuning };
    const broker = await BrokerRoom.open(options);
    this.#broker = broker;
    this.#closers.push(() => broker.close());
  }

  async #openMetadata({ clusterId, directoryId }: DirectoryIdentity): Promise<MetadataPlane> {
    const onFatal = (error: unknown): void => this.#fail(error);
    const tuning = this.#tuning;
    const ids = { clusterId, directoryId };
    const options = { env: this.#env, config: this.#config, ...ids, onFatal, tuning };
    const metadata = await MetadataPlane.open(options);
    this.#metadata = metadata;
    this.#closers.push(() => metadata.raft.close());
    metadata.onLeadership = (leadership) => {
      this.#controller?.onLeadership(leadership);
      if (leadership.leaderId !== NONE) this.#broker?.onControllerChange();
    };
    registerRaftMetrics(this.#env.meter, metadata.raft);
    return metadata;
  }

  #openController(metadata: MetadataPlane, clusterId: string): void {
    const { nodeId, sessionTimeoutMs, autoLeaderRebalance, autoBalance, healDelayMs } =
      this.#config;
    const controller = new ControllerNode({
      raft: metadata.quorum(),
      loader: metadata.loader,
      env: this.#env,
      config: {
        ...controllerDefaults,
        nodeId,
        clusterId,
        sessionTimeoutMs,
        isLeaderBalanceEnabled: autoLeaderRebalance,
        isAutoBalanceEnabled: autoBalance,
        healDelayMs,
        limits: {
          ...controllerDefaults.limits,
          defaultPartitions: this.#config.numPartitions,
          defaultReplicationFactor: this.#config.defaultReplicationFactor,
        },
        fileDefaults: fileDefaultsOf(this.#config),
      },
    });
    this.#controller = controller;
    this.#closers.push(() => controller.close());
  }

  #watchReady(): void {
    if (this.#isStopped || this.#failure !== undefined) return;
    if (this.health().isReady) {
      this.#onReady();
      return;
    }
    this.#env.clock.setTimer(READY_POLL_MS, () => this.#watchReady());
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    const reason = error instanceof Error ? error : new OttlaError('STORAGE_ERROR', String(error));
    this.#failure = reason;
    this.#onFatal(reason);
  }
}
