import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { NodePorts, NodeShape, Role } from '../../../deploy/local/layout.ts';
import { hasRole } from '../../../deploy/local/layout.ts';
import { renderProperties } from '../../../deploy/local/properties.ts';
import { addNamespace, addressOf, mountSmallDisk, namespaceOf, openHub } from '../network/hub.ts';
import { NamespacedNetwork } from '../network/namespaced-network.ts';
import type { FaultyNetwork } from '../network/network.ts';
import type { ProxiedNetwork } from '../network/proxied-network.ts';
import { ChaosNode } from './chaos-node.ts';
import { proxiesOf } from './proxies.ts';
import { settledPorts } from './settled-ports.ts';

/** `none`: everything is on loopback, and no byte is stopped. */
export type NetworkMode = 'none' | 'proxies' | 'namespaces';

export interface ChaosClusterOptions {
  /** An empty directory. */
  readonly root: string;
  readonly shape: readonly NodeShape[];
  /** Left out: the nodes that are shipped, on the real disk. */
  readonly syncMs?: number;
  readonly network?: NetworkMode;
  /** The last broker has a small disk of its own; only in namespaces. */
  readonly hasSmallDisk?: boolean;
  /** Log directories of each broker; one by default. */
  readonly directoryCount?: number;
  /** So large is the disk of its own that each of them but the first has; left out: none. */
  readonly furtherDiskMb?: number;
  /** How many nodes may be added later on; one by default. */
  readonly spareCount?: number;
  /** Further lines of every node's configuration. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The ports of one node, and those under which others know its listeners. */
export type Ports = NodePorts & { readonly peerProxy: number; readonly clientProxy: number };

const PORTS_PER_NODE = 5;
const LOOPBACK = '127.0.0.1';
/** Every group has a coordinator of its own all the same, and a start stays a quick one. */
const OFFSETS_TOPIC = { 'offsets.topic.num.partitions': '4' };
const SMALL_DISK_MB = 192;
const READY_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 20_000;

/** Nodes, each a process, that only this object starts and ends. */
export class ChaosCluster {
  readonly #options: ChaosClusterOptions;
  readonly #clusterId = `C${randomBytes(16).toString('base64url').slice(1)}`;
  readonly #ports: readonly number[];
  readonly #nodes: ChaosNode[] = [];
  readonly #proxies: ProxiedNetwork | undefined;
  readonly #namespaces: NamespacedNetwork | undefined;
  #shape: NodeShape[];
  #isClosed = false;

  private constructor(options: ChaosClusterOptions, ports: readonly number[]) {
    this.#options = options;
    this.#ports = ports;
    this.#shape = [...options.shape];
    this.#proxies = options.network === 'proxies' ? proxiesOf(this.#nodes) : undefined;
    this.#namespaces = options.network === 'namespaces' ? new NamespacedNetwork() : undefined;
  }

  static async make(options: ChaosClusterOptions): Promise<ChaosCluster> {
    const { shape, spareCount = 1 } = options;
    const ports = await settledPorts((shape.length + spareCount) * PORTS_PER_NODE);
    const cluster = new ChaosCluster(options, ports);
    if (options.network === 'namespaces') await openHub();
    try {
      for (const node of shape) await cluster.#make(node);
    } catch (error) {
      cluster.removeDisks();
      throw error;
    }
    return cluster;
  }

  get nodes(): readonly ChaosNode[] {
    return this.#nodes;
  }

  get network(): FaultyNetwork | undefined {
    return this.#proxies ?? this.#namespaces;
  }

  get brokers(): readonly ChaosNode[] {
    return this.#nodes.filter((node) => node.is('broker'));
  }

  /** The voters of the metadata quorum. */
  get controllers(): readonly ChaosNode[] {
    return this.#nodes.filter((node) => node.is('controller'));
  }

  /** True where no node is both. */
  get hasSeparateRoles(): boolean {
    return this.#nodes.every((node) => !(node.is('broker') && node.is('controller')));
  }

  /** False where what is not synced is lost at every kill. */
  get hasRealDisk(): boolean {
    return this.#options.syncMs === undefined;
  }

  /** The broker that joined since the start, if one did. */
  get added(): ChaosNode | undefined {
    return this.#nodes[this.#options.shape.length];
  }

  /** Client addresses of all brokers. */
  get bootstrap(): string {
    return this.brokers
      .map((node) => `${node.host}:${this.#portsOf(node.nodeId).clientProxy}`)
      .join(',');
  }

  node(nodeId: number): ChaosNode {
    const found = this.#nodes.find((node) => node.nodeId === nodeId);
    if (found === undefined) throw new Error(`there is no node ${nodeId}`);
    return found;
  }

  /** Formats and starts all, and waits until all are ready. */
  async up(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.prepare()));
    await this.start(this.#nodes);
  }

  /** One more broker joins; it is ready when this resolves. */
  addBroker(): Promise<ChaosNode> {
    return this.#add('broker');
  }

  /** One more controller follows the metadata log, and is no voter; ready when this resolves. */
  addController(): Promise<ChaosNode> {
    return this.#add('controller');
  }

  async #add(role: Role): Promise<ChaosNode> {
    const nodeId = this.#nodes.length + 1;
    const added = await this.#make({ nodeId, roles: [role] });
    await added.prepare();
    await this.start([added]);
    return added;
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
    for (const node of this.#nodes) node.signal('SIGKILL');
    this.network?.close();
  }

  /** Takes the disks of its own out, with all that is on them. Never throws. */
  removeDisks(): void {
    for (const { disks } of this.#nodes) for (const disk of disks) disk.remove();
  }

  /** The active controller, as the nodes see it. */
  async controller(): Promise<ChaosNode | undefined> {
    const standings = await Promise.all(this.controllers.map((node) => node.standing()));
    return this.controllers.find((_, at) => standings[at]?.isActiveController === true);
  }

  async #make(shape: NodeShape): Promise<ChaosNode> {
    const { root, syncMs, hasSmallDisk = false, directoryCount = 1 } = this.#options;
    const { nodeId } = shape;
    if (!this.#shape.some((node) => node.nodeId === nodeId)) this.#shape.push(shape);
    const directory = join(root, `node-${nodeId}`);
    const ports = this.#portsOf(nodeId);
    const lastBroker = this.#options.shape.findLast((node) => hasRole(node, 'broker'));
    const hasOwnDisk = hasSmallDisk && lastBroker?.nodeId === nodeId;
    const isApart = this.#namespaces !== undefined;
    // What the node says of itself outlives the disk.
    if (hasOwnDisk) await mountSmallDisk(join(directory, 'data'), SMALL_DISK_MB);
    if (isApart) await addNamespace(nodeId);
    const node = new ChaosNode({
      node: shape,
      directory,
      ports,
      clusterId: this.#clusterId,
      host: this.#hostOf(nodeId),
      hasOwnDisk,
      directoryCount: hasRole(shape, 'broker') ? directoryCount : 1,
      ...(isApart ? { namespace: namespaceOf(nodeId) } : {}),
      ...(syncMs === undefined ? {} : { power: { syncMs } }),
    });
    this.#nodes.push(node);
    const { furtherDiskMb } = this.#options;
    if (furtherDiskMb !== undefined) node.mountDisks(furtherDiskMb);
    const clientPort = node.is('broker') ? ports.client : undefined;
    await this.#namespaces?.add({ nodeId, peerPort: ports.peer, clientPort });
    if (this.#proxies !== undefined) await listenFor(this.#proxies, node, ports);
    node.writeConfig(this.#propertiesOf(node));
    return node;
  }

  #hostOf(nodeId: number): string {
    return this.#namespaces === undefined ? LOOPBACK : addressOf(nodeId);
  }

  #portsOf(nodeId: number): Ports {
    const from = (nodeId - 1) * PORTS_PER_NODE;
    const [client = 0, peer = 0, admin = 0, peerProxy = 0, clientProxy = 0] =
      this.#ports.slice(from);
    const isProxied = this.#proxies !== undefined;
    return {
      client,
      peer,
      admin,
      peerProxy: isProxied ? peerProxy : peer,
      clientProxy: isProxied ? clientProxy : client,
    };
  }

  /** Others know its listeners by their proxies, which are no places to bind. */
  #propertiesOf({ node, logDirs }: ChaosNode): string {
    const { peer, peerProxy, clientProxy } = this.#portsOf(node.nodeId);
    const host = this.#hostOf(node.nodeId);
    const known = (nodeId: number): NodePorts => {
      const ports = this.#portsOf(nodeId);
      return { ...ports, peer: ports.peerProxy };
    };
    const advertised = [
      `PEER://${host}:${peerProxy}`,
      ...(hasRole(node, 'broker') ? [`CLIENT://${host}:${clientProxy}`] : []),
    ];
    // The quorum begins with the controllers that there are at first; brokers may be added.
    const { shape: first } = this.#options;
    const isKnown = (it: NodeShape): boolean =>
      hasRole(it, 'broker') || first.some(({ nodeId }) => nodeId === it.nodeId);
    const text = renderProperties({
      node,
      shape: this.#shape.filter(isKnown),
      portsOf: known,
      hostOf: (nodeId) => this.#hostOf(nodeId),
      logDir: logDirs.join(','),
      settings: {
        'advertised.listeners': advertised.join(','),
        ...OFFSETS_TOPIC,
        ...this.#options.settings,
      },
    });
    return text.replace(/^(listeners=.*PEER:\/\/[\d.]+:)\d+/m, `$1${peer}`);
  }
}

const listenFor = async (
  { relay }: ProxiedNetwork,
  node: ChaosNode,
  { peer, peerProxy, client, clientProxy }: Ports,
): Promise<void> => {
  const { nodeId } = node;
  await relay.listen({ nodeId, host: LOOPBACK, port: peer, relayPort: peerProxy });
  if (!node.is('broker')) return;
  await relay.listen({ nodeId, host: LOOPBACK, port: client, relayPort: clientProxy });
};
