import { join } from 'node:path';
import type { NodeConfig } from '../../../src/app/config.ts';
import { resolveConfig } from '../../../src/app/config.ts';
import { formatNode } from '../../../src/app/format-node.ts';
import type { NodeTuning, RunningNode } from '../../../src/app/node.ts';
import { startNode } from '../../../src/app/node.ts';
import { systemEnv } from '../../../src/app/system-env.ts';
import { must } from '../../../src/base/assert.ts';
import type { Disk } from '../../../src/env/disk.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import type { Transport } from '../../../src/env/transport.ts';
import type { MetadataImage, PartitionRegistration } from '../../../src/metadata/image.ts';
import { freePorts } from '../../../src/platform/free-ports.ts';
import { initialiseRaftStore } from '../../../src/raft/raft-store.ts';

const HOST = '127.0.0.1';
const CONTROLLER = 1;
export const BROKERS = [2, 3, 4] as const;
const POLL_MS = 10;
/** Of a snapshot, in one message. */
export const CHUNK_BYTES = 500;

/** So small that a broker which misses a few topics gets a snapshot, in many chunks. */
const TUNING: NodeTuning = {
  raft: { trailingEntries: 2, snapshotChunkBytes: CHUNK_BYTES },
  snapshots: { everyEntries: 20 },
};

interface Running {
  readonly node: RunningNode;
  readonly transport: Transport;
}

/** A controller and three brokers in this process, over real files and sockets. */
export class RealCluster {
  /** Sees the transport of every node that starts from now on. */
  wrapTransport: (transport: Transport) => Transport = (transport) => transport;
  /** Sees the disk of every node that starts from now on. */
  wrapDisk: (disk: Disk) => Disk = (disk) => disk;
  /** Log directories of a node, by its first one, from its next start on. */
  logDirsOf: (first: string, nodeId: number) => readonly string[] = (first) => [first];
  readonly #root: string;
  readonly #ports: readonly number[];
  readonly #overrides: readonly string[];
  readonly #running = new Map<number, Running>();

  private constructor(root: string, ports: readonly number[], overrides: readonly string[]) {
    this.#root = root;
    this.#ports = ports;
    this.#overrides = overrides;
  }

  /** `overrides`: `key=value`, for every node. */
  static async start(
    root: string,
    overrides: readonly string[] = [],
    prepare: (cluster: RealCluster) => void = () => {},
  ): Promise<RealCluster> {
    const nodeIds = [CONTROLLER, ...BROKERS];
    const cluster = new RealCluster(root, await freePorts(2 * nodeIds.length), overrides);
    prepare(cluster);
    await cluster.#format(nodeIds);
    await Promise.all(nodeIds.map((nodeId) => cluster.startNode(nodeId)));
    return cluster;
  }

  get bootstrap(): string {
    return BROKERS.map((nodeId) => this.clientAddress(nodeId)).join(',');
  }

  clientAddress(nodeId: number): string {
    return `${HOST}:${this.#port(nodeId, 0)}`;
  }

  node(nodeId: number): RunningNode {
    return must(this.#running.get(nodeId), `node ${nodeId} runs`).node;
  }

  /** What a node has applied of the metadata; the controller's own by default. */
  image(nodeId: number = CONTROLLER): MetadataImage {
    return this.node(nodeId).parts.loader.image;
  }

  partition(topic: string, partition = 0): PartitionRegistration {
    const topicId = must(this.image().topicIdsByName.get(topic), `${topic} exists`);
    return must(this.image().topics.get(topicId)?.partitions[partition], 'the partition exists');
  }

  /** Resolves when the node is ready. */
  async startNode(nodeId: number): Promise<void> {
    const env = systemEnv({ logger: silentLogger, meter: silentMeter });
    const { transport } = env;
    const disk = this.wrapDisk(env.disk);
    const wrapped = { ...env, disk, transport: this.wrapTransport(transport) };
    const node = await startNode(wrapped, this.#configOf(nodeId), TUNING);
    this.#running.set(nodeId, { node, transport });
    const failed = node.fatal.then((error) => Promise.reject(error));
    await Promise.race([node.ready, failed]);
  }

  /** In order, as at SIGTERM. */
  async stopNode(nodeId: number): Promise<void> {
    const running = must(this.#running.get(nodeId), `node ${nodeId} runs`);
    await running.node.stop();
    await running.transport.close();
    this.#running.delete(nodeId);
  }

  /** Ends all its connections at once, as the end of its process would; it is stopped behind them. */
  async cutOff(nodeId: number): Promise<void> {
    const running = must(this.#running.get(nodeId), `node ${nodeId} runs`);
    await running.transport.close();
    await running.node.stop();
    this.#running.delete(nodeId);
  }

  async stop(): Promise<void> {
    const brokers = [...this.#running.keys()].filter((nodeId) => nodeId !== CONTROLLER);
    await Promise.all(brokers.map((nodeId) => this.stopNode(nodeId)));
    if (this.#running.has(CONTROLLER)) await this.stopNode(CONTROLLER);
  }

  /** Waits until the condition holds; the test's time limit is the deadline. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }

  async #format(nodeIds: readonly number[]): Promise<void> {
    const { disk, random } = systemEnv({ logger: silentLogger, meter: silentMeter });
    const initialiseRaft = (directory: string, directoryId: string) =>
      initialiseRaftStore(disk, directory, { directoryId });
    let clusterId: string | undefined;
    for (const nodeId of nodeIds) {
      const metadataDir = this.directoryOf(nodeId);
      const options = { metadataDir, logDirs: this.logDirsOf(metadataDir, nodeId), nodeId };
      const { directories } = await formatNode(
        { disk, random, initialiseRaft },
        clusterId === undefined ? options : { ...options, clusterId },
      );
      clusterId = directories[0]?.identity.clusterId;
    }
  }

  directoryOf(nodeId: number): string {
    return join(this.#root, `node-${nodeId}`);
  }

  #port(nodeId: number, which: 0 | 1): number {
    return must(this.#ports[2 * (nodeId - CONTROLLER) + which], 'every node has two ports');
  }

  #configOf(nodeId: number): NodeConfig {
    const isController = nodeId === CONTROLLER;
    const peer = `PEER://${HOST}:${this.#port(nodeId, 1)}`;
    const client = `CLIENT://${HOST}:${this.#port(nodeId, 0)}`;
    return resolveConfig({
      overrides: [
        `process.roles=${isController ? 'controller' : 'broker'}`,
        `node.id=${nodeId}`,
        `controller.quorum.voters=${CONTROLLER}@${HOST}:${this.#port(CONTROLLER, 1)}`,
        `listeners=${isController ? peer : `${client},${peer}`}`,
        `log.dirs=${this.logDirsOf(this.directoryOf(nodeId), nodeId).join(',')}`,
        'default.replication.factor=3',
        'min.insync.replicas=2',
        ...this.#overrides,
      ],
    });
  }
}
