import { connect } from '../app/connect.ts';
import type { LocalNodes, LocalPorts } from '../app/local-nodes.ts';
import { startLocalNodes } from '../app/local-nodes.ts';
import { OttlaError } from '../base/errors.ts';
import type { KeysOf } from '../base/known-keys.ts';
import { checkKeys } from '../base/known-keys.ts';
import type { TopicSpec } from '../client/admin/admin-types.ts';
import type { OttlaClient } from '../client/client.ts';
import type { CallOptions } from '../client/env.ts';
import { closedError, named } from '../client/timing.ts';
import type { Logger } from '../env/logger.ts';
import { silentLogger } from '../env/logger.ts';
import { freePorts } from '../platform/free-ports.ts';
import { makeTempDir, removeDir } from '../platform/temp-dir.ts';

export interface DevClusterOptions {
  /** Combined nodes in this process; default 1. */
  readonly nodes?: 1 | 3;
  /** Created before the cluster is handed over; a text is a name, with the cluster's defaults. */
  readonly topics?: readonly (string | TopicSpec)[];
  /** Configuration keys for every node, such as `{ 'num.partitions': 3 }`. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Where the nodes write what they do; nothing is written by default. */
  readonly logger?: Logger;
  /** Ends the start with ABORTED, when what was begun is stopped and removed. */
  readonly signal?: AbortSignal | undefined;
}

const DEV_CLUSTER_KEYS: KeysOf<DevClusterOptions> = {
  nodes: true,
  topics: true,
  config: true,
  logger: true,
  signal: true,
};

/** A cluster that lives in the process of a test; gone, with its data, when it is stopped. */
export interface DevCluster extends AsyncDisposable {
  /** Client addresses, for `connect({ bootstrap })`. */
  readonly bootstrap: string;
  /** The `bootstrap.servers` of Kafka's own clients. */
  readonly kafkaBootstrap: string;
  /** A client of the cluster, closed with it. Throws CLOSED from `stop` on. */
  readonly client: OttlaClient;
  /**
   * Closes the client, stops the nodes and removes their data. Where the signal fires, or has, what
   * the client has under way is not waited for. A second call waits for the first.
   */
  stop(options?: CallOptions): Promise<void>;
}

const PORTS_PER_NODE = 3;

/**
 * Starts a cluster on free ports, with its data in a temporary directory; resolves when it takes
 * requests. Durable like any other: acks=all waits for the disk. Throws CONFIG for options that are
 * unknown or cannot be.
 */
export const startDevCluster = async (options: DevClusterOptions = {}): Promise<DevCluster> => {
  checkKeys('cluster option', options, DEV_CLUSTER_KEYS);
  return await named('startDevCluster', options.signal, () => start(options));
};

const start = async (options: DevClusterOptions): Promise<DevCluster> => {
  const { nodes: count = 1, topics = [], config = {}, logger = silentLogger, signal } = options;
  if (count !== 1 && count !== 3) {
    throw new OttlaError(
      'CONFIG',
      `startDevCluster option nodes=${String(count)} is none of 1, 3: give 1, or 3 for replicas`,
    );
  }
  const ports = portsOf(await freePorts(count * PORTS_PER_NODE));
  const root = makeTempDir('ottla-test-');
  const cluster = new InProcessCluster(root);
  try {
    await cluster.start({
      ports,
      directoryOf: (nodeId) => `${root}/node-${nodeId}`,
      overrides: Object.entries(config).map(([key, value]) => `${key}=${value}`),
      loggerOf: (nodeId) => logger.child({ node: nodeId }),
      signal,
    });
    if (topics.length > 0) {
      const specs = topics.map((topic) => (typeof topic === 'string' ? { name: topic } : topic));
      await cluster.client.admin().createTopics(specs, { signal });
    }
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
};

const portsOf = (free: readonly number[]): LocalPorts[] =>
  Array.from({ length: free.length / PORTS_PER_NODE }, (_, index) => ({
    client: free[index * PORTS_PER_NODE] ?? 0,
    peer: free[index * PORTS_PER_NODE + 1] ?? 0,
    kafka: free[index * PORTS_PER_NODE + 2] ?? 0,
  }));

class InProcessCluster implements DevCluster {
  readonly #root: string;
  #nodes: LocalNodes | undefined;
  #client: OttlaClient | undefined;
  #stopping: Promise<void> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  get bootstrap(): string {
    return this.#nodes?.bootstrap ?? '';
  }

  get kafkaBootstrap(): string {
    return this.#nodes?.kafkaBootstrap ?? '';
  }

  get client(): OttlaClient {
    if (this.#stopping !== undefined) throw closedError('cluster');
    this.#client ??= connect({ bootstrap: this.bootstrap, clientId: 'dev-cluster' });
    return this.#client;
  }

  async start(options: Parameters<typeof startLocalNodes>[0]): Promise<void> {
    this.#nodes = await startLocalNodes(options);
  }

  stop(options: CallOptions = {}): Promise<void> {
    this.#stopping ??= this.#stop(options);
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(options: CallOptions): Promise<void> {
    try {
      await this.#client?.close(options);
      await this.#nodes?.stop();
    } finally {
      removeDir(this.#root);
    }
  }
}
