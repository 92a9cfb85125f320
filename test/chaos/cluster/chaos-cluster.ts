import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { NodePorts, NodeShape } from '../../../deploy/local/layout.ts';
import { combinedShape } from '../../../deploy/local/layout.ts';
import { renderProperties } from '../../../deploy/local/properties.ts';
import { ownerOf } from '../network/connection-owner.ts';
import { ProxiedNetwork } from '../network/proxied-network.ts';
import { ChaosNode } from './chaos-node.ts';
import { settledPorts } from './settled-ports.ts';

export interface ChaosClusterOptions {
  /** An empty directory. */
  readonly root: string;
  readonly nodeCount: number;
  /** Left out: the nodes that are shipped, on the real disk. */
  readonly syncMs?: number;
  /** Nodes talk to each other through proxies, which can be cut. */
  readonly isProxied?: boolean;
}

/** The ports of one node, and the one under which other nodes know its PEER listener. */
type Ports = NodePorts & { readonly proxy: number };

const PORTS_PER_NODE = 4;
const READY_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 20_000;

/** Combined nodes, each a process, that only this object starts and ends. */
export class ChaosCluster {
  readonly nodes: readonly ChaosNode[];
  readonly network: ProxiedNetwork | undefined;
  readonly #clusterId: string;
  #isClosed = false;

  private constructor(
    nodes: readonly ChaosNode[],
    clusterId: string,
    network: ProxiedNetwork | undefined,
  ) {
    this.nodes = nodes;
    this.#clusterId = clusterId;
    this.network = network;
  }

  static async make(options: ChaosClusterOptions): Promise<ChaosCluster> {
    const { root, nodeCount, syncMs, isProxied = false } = options;
    const ports = await settledPorts(nodeCount * PORTS_PER_NODE);
    const portsOf = (nodeId: number): Ports => {
      const [client = 0, peer = 0, admin = 0, other = 0] = ports.slice(
        (nodeId - 1) * PORTS_PER_NODE,
      );
      return { client, peer, admin, proxy: isProxied ? other : peer };
    };
    const clusterId = `C${randomBytes(16).toString('base64url').slice(1)}`;
    const shape = combinedShape(nodeCount);
    const nodes = shape.map((node) => {
      const made = new ChaosNode({
        node,
        directory: join(root, `node-${node.nodeId}`),
        ports: portsOf(node.nodeId),
        ...(syncMs === undefined ? {} : { power: { clusterId, syncMs } }),
      });
      made.writeConfig(propertiesOf(made, { shape, portsOf }));
      return made;
    });
    const network = isProxied ? networkOf(nodes, portsOf) : undefined;
    await network?.open();
    return new ChaosCluster(nodes, clusterId, network);
  }

  /** Client addresses of all nodes. */
  get bootstrap(): string {
    return this.nodes.map(({ ports }) => `127.0.0.1:${ports.client}`).join(',');
  }

  node(nodeId: number): ChaosNode {
    const found = this.nodes.find((node) => node.nodeId === nodeId);
    if (found === undefined) throw new Error(`there is no node ${nodeId}`);
    return found;
  }

  /** Formats and starts all, and waits until all are ready. */
  async up(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.format(this.#clusterId)));
    await this.start(this.nodes);
  }

  /** Resolves when these are ready; throws with the end of the log of one that is not. */
  async start(nodes: readonly ChaosNode[]): Promise<void> {
    if (this.#isClosed) throw new Error('the cluster is closed');
    for (const node of nodes) node.spawn();
    await Promise.all(nodes.map((node) => node.waitReady(READY_TIMEOUT_MS)));
  }

  /** `kill -9` for all of these within a millisecond; resolves when they are gone. */
  async kill(nodes: readonly ChaosNode[]): Promise<void> {
    for (const node of nodes) node.signal('SIGKILL');
    await Promise.all(nodes.map((node) => node.waitEnded(END_TIMEOUT_MS)));
  }

  /** Ends a node in order; false when it had to be killed. */
  async stop(node: ChaosNode): Promise<boolean> {
    node.signal('SIGTERM');
    if (await node.waitEnded(STOP_TIMEOUT_MS)) return true;
    await this.kill([node]);
    return false;
  }

  /** Every process is gone afterwards, whatever its state; none is started any more. */
  killAllNow(): void {
    this.#isClosed = true;
    for (const node of this.nodes) node.signal('SIGKILL');
    this.network?.close();
  }

  /** The active controller, as the nodes see it. */
  async controller(): Promise<ChaosNode | undefined> {
    const standings = await Promise.all(this.nodes.map((node) => node.standing()));
    return this.nodes.find((_, at) => standings[at]?.isActiveController === true);
  }
}

/** Others know the PEER listener by its proxy, which is no place to bind. */
const propertiesOf = (
  { node, logDir }: ChaosNode,
  cluster: { readonly shape: readonly NodeShape[]; readonly portsOf: (nodeId: number) => Ports },
): string => {
  const { shape, portsOf } = cluster;
  const { peer, proxy } = portsOf(node.nodeId);
  const known = (nodeId: number): NodePorts => ({
    ...portsOf(nodeId),
    peer: portsOf(nodeId).proxy,
  });
  const settings = { 'advertised.listeners': `PEER://127.0.0.1:${proxy}` };
  const text = renderProperties({ node, shape, portsOf: known, logDir, settings });
  return text.replace(/^(listeners=.*PEER:\/\/127\.0\.0\.1:)\d+/m, `$1${peer}`);
};

const networkOf = (
  nodes: readonly ChaosNode[],
  portsOf: (nodeId: number) => Ports,
): ProxiedNetwork => {
  const proxied = nodes.map(({ nodeId }) => {
    const { peer, proxy } = portsOf(nodeId);
    return { nodeId, proxyPort: proxy, peerPort: peer };
  });
  return new ProxiedNetwork(proxied, (ports) => {
    const running = nodes.flatMap(({ state, nodeId }) =>
      state.kind === 'alive' ? [{ nodeId, pid: state.pid }] : [],
    );
    const owner = ownerOf(
      ports,
      running.map(({ pid }) => pid),
    );
    return running.find(({ pid }) => pid === owner)?.nodeId;
  });
};
