import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { NodePorts } from '../../../deploy/local/layout.ts';
import { combinedShape } from '../../../deploy/local/layout.ts';
import { renderProperties } from '../../../deploy/local/properties.ts';
import { ChaosNode } from './chaos-node.ts';
import { settledPorts } from './settled-ports.ts';

export interface ChaosClusterOptions {
  /** An empty directory. */
  readonly root: string;
  readonly nodeCount: number;
  /** Left out: the nodes that are shipped, on the real disk. */
  readonly syncMs?: number;
}

const PORTS_PER_NODE = 3;
const READY_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 20_000;

/** Combined nodes, each a process, that only this object starts and ends. */
export class ChaosCluster {
  readonly nodes: readonly ChaosNode[];
  readonly #clusterId: string;
  #isClosed = false;

  private constructor(nodes: readonly ChaosNode[], clusterId: string) {
    this.nodes = nodes;
    this.#clusterId = clusterId;
  }

  static async make({ root, nodeCount, syncMs }: ChaosClusterOptions): Promise<ChaosCluster> {
    const ports = await settledPorts(nodeCount * PORTS_PER_NODE);
    const portsOf = (nodeId: number): NodePorts => {
      const [client = 0, peer = 0, admin = 0] = ports.slice((nodeId - 1) * PORTS_PER_NODE);
      return { client, peer, admin };
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
      made.writeConfig(renderProperties({ node, shape, portsOf, logDir: made.logDir }));
      return made;
    });
    return new ChaosCluster(nodes, clusterId);
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
  }

  /** The active controller, as the nodes see it. */
  async controller(): Promise<ChaosNode | undefined> {
    const standings = await Promise.all(this.nodes.map((node) => node.standing()));
    return this.nodes.find((_, at) => standings[at]?.isActiveController === true);
  }
}
