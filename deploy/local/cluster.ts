import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePorts, NodeShape } from './layout.ts';
import { describeShape, hasRole } from './layout.ts';
import { NodeProcess } from './node-process.ts';
import { renderProperties } from './properties.ts';

export interface LocalClusterOptions {
  /** Holds `cluster.json` and a directory for each node. */
  readonly root: string;
  readonly shape: readonly NodeShape[];
  readonly portsOf: (nodeId: number) => NodePorts;
  readonly settings?: Readonly<Record<string, string>>;
  /** What `portsOf` adds to the usual ports: kept with the data, for who comes later. */
  readonly portShift?: number;
  /** The nodes stop by themselves when this process ends; by default they live on. */
  readonly endsWithParent?: boolean;
}

/** What is known of the cluster under a root, in `cluster.json`. */
interface ClusterRecord {
  readonly clusterId: string;
  readonly shape: readonly NodeShape[];
  readonly portShift?: number;
}

const RECORD_FILE = 'cluster.json';
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;
const KILL_TIMEOUT_MS = 5_000;

/** The cluster whose data lies under a root; nothing before the first start. */
export const clusterUnder = (
  root: string,
): { readonly shape: readonly NodeShape[]; readonly portShift: number } | undefined => {
  const record = readRecord(root);
  return record === undefined ? undefined : { portShift: 0, ...record };
};

const readRecord = (root: string): ClusterRecord | undefined => {
  const path = join(root, RECORD_FILE);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ClusterRecord) : undefined;
};

/** Processes of one machine that make a cluster. */
export class LocalCluster {
  readonly nodes: readonly NodeProcess[];
  readonly #options: LocalClusterOptions;

  constructor(options: LocalClusterOptions) {
    this.#options = options;
    this.nodes = options.shape.map(
      (node) =>
        new NodeProcess({
          node,
          directory: join(options.root, `node-${node.nodeId}`),
          ports: options.portsOf(node.nodeId),
          endsWithParent: options.endsWithParent ?? false,
        }),
    );
  }

  /** Client addresses of all brokers. */
  get bootstrap(): string {
    return this.nodes
      .filter(({ node }) => hasRole(node, 'broker'))
      .map(({ ports }) => `127.0.0.1:${ports.client}`)
      .join(',');
  }

  node(nodeId: number): NodeProcess {
    const found = this.nodes.find(({ node }) => node.nodeId === nodeId);
    if (found !== undefined) return found;
    const known = this.nodes.map(({ node }) => node.nodeId).join(', ');
    throw new Error(`there is no node ${nodeId}: the cluster has ${known}`);
  }

  /** Formats what is new, starts what does not run, and waits until all are ready. */
  async up(): Promise<void> {
    const { clusterId } = this.#ownRecord();
    for (const node of this.nodes) node.writeConfig(this.#properties(node));
    await Promise.all(this.nodes.map((node) => node.format(clusterId)));
    for (const node of this.nodes) {
      if (node.state.kind !== 'alive') node.spawn();
    }
    await Promise.all(this.nodes.map((node) => node.waitReady(READY_TIMEOUT_MS)));
  }

  /** Starts one node and waits until it is ready; false when it runs already. */
  async start(nodeId: number): Promise<boolean> {
    const node = this.node(nodeId);
    if (node.state.kind === 'alive') return false;
    node.spawn();
    await node.waitReady(READY_TIMEOUT_MS);
    return true;
  }

  /** `kill -9`; returns once the process is gone, false when there was none. */
  async kill(nodeId: number): Promise<boolean> {
    const node = this.node(nodeId);
    if (!node.signal('SIGKILL')) return false;
    await node.waitEnded(KILL_TIMEOUT_MS);
    return true;
  }

  /** Ends one node in order, by force after 15 s: `onForce` is told. */
  async stop(node: NodeProcess, onForce: (nodeId: number) => void): Promise<void> {
    if (!node.signal('SIGTERM')) {
      await node.waitEnded(0);
      return;
    }
    if (await node.waitEnded(STOP_TIMEOUT_MS)) return;
    onForce(node.node.nodeId);
    node.signal('SIGKILL');
    await node.waitEnded(KILL_TIMEOUT_MS);
  }

  /** Ends all nodes: brokers first, for they hand their work over through the controllers. */
  async down(onForce: (nodeId: number) => void): Promise<number> {
    const running = this.nodes.filter(({ state }) => state.kind === 'alive');
    const brokers = this.nodes.filter(({ node }) => hasRole(node, 'broker'));
    const others = this.nodes.filter(({ node }) => !hasRole(node, 'broker'));
    await Promise.all(brokers.map((node) => this.stop(node, onForce)));
    await Promise.all(others.map((node) => this.stop(node, onForce)));
    return running.length;
  }

  #properties(node: NodeProcess): string {
    const { shape, portsOf, settings } = this.#options;
    const { logDir } = node;
    return renderProperties({
      node: node.node,
      shape,
      portsOf,
      logDir,
      ...(settings === undefined ? {} : { settings }),
    });
  }

  /** The record of this cluster, made on the first start; another shape is refused. */
  #ownRecord(): ClusterRecord {
    const { root, shape, portShift = 0 } = this.#options;
    const known = readRecord(root);
    if (known === undefined) {
      const record = { clusterId: newClusterId(), shape, portShift };
      mkdirSync(root, { recursive: true });
      writeFileSync(join(root, RECORD_FILE), `${JSON.stringify(record, undefined, 2)}\n`);
      return record;
    }
    if ((known.portShift ?? 0) !== portShift) {
      throw new Error(
        `${root} holds a cluster whose ports are shifted by ${known.portShift ?? 0}, asked for is ` +
          `${portShift}: leave PORT_SHIFT out, or 'make down' and remove ${root}`,
      );
    }
    if (JSON.stringify(known.shape) === JSON.stringify(shape)) return known;
    throw new Error(
      `${root} holds a cluster of ${describeShape(known.shape)}, asked for are ` +
        `${describeShape(shape)}: ask for the same, or 'make down' and remove ${root}`,
    );
  }
}

const newClusterId = (): string => {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
};
