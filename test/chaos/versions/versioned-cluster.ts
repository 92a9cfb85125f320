import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePorts, NodeShape } from '../../../deploy/local/layout.ts';
import { combinedShape } from '../../../deploy/local/layout.ts';
import { NodeProcess } from '../../../deploy/local/node-process.ts';
import { renderProperties } from '../../../deploy/local/properties.ts';
import { settledPorts } from '../cluster/settled-ports.ts';
import type { Release } from './release.ts';

const NODES = 3;
const PORTS_PER_NODE = 4;
const CLUSTER_ID = 'versionsAAAAAAAAAAAAAA';
const READY_MS = 30_000;
const END_MS = 20_000;
const SETTINGS = { 'offsets.topic.num.partitions': '3' };

/** A node whose release is chosen anew at each start. */
class VersionedNode extends NodeProcess {
  release: Release;

  constructor(release: Release, options: ConstructorParameters<typeof NodeProcess>[0]) {
    super(options);
    this.release = release;
  }

  get nodeId(): number {
    return this.node.nodeId;
  }

  protected override command(): string[] {
    const words = ['start', '--config', this.configPath, '--stop-on-stdin-end'];
    return [process.execPath, this.release.program, ...words];
  }
}

interface Beginning {
  readonly shape?: readonly NodeShape[];
  /** Which nodes there are from the start; left out: all. */
  readonly nodeIds?: readonly number[];
}

/** Three nodes, of both roles by default, each of whatever release. */
export class VersionedCluster {
  readonly nodes: readonly VersionedNode[];

  private constructor(nodes: readonly VersionedNode[]) {
    this.nodes = nodes;
  }

  /** All of one release, formatted by it and up. */
  static async start(
    root: string,
    release: Release,
    { shape = combinedShape(NODES), nodeIds }: Beginning = {},
  ): Promise<VersionedCluster> {
    const ports = await settledPorts(shape.length * PORTS_PER_NODE);
    const portsOf = (nodeId: number): Required<NodePorts> => {
      const from = (nodeId - 1) * PORTS_PER_NODE;
      const [client = 0, peer = 0, admin = 0, kafka = 0] = ports.slice(from);
      return { client, peer, admin, kafka };
    };
    const make = (node: NodeShape): VersionedNode => {
      const directory = join(root, `node-${node.nodeId}`);
      const logDir = join(directory, 'data');
      const made = new VersionedNode(release, { node, directory, ports: portsOf(node.nodeId) });
      made.writeConfig(renderProperties({ node, shape, portsOf, logDir, settings: SETTINGS }));
      return made;
    };
    const cluster = new VersionedCluster(shape.map(make));
    const begun = cluster.nodes.filter(({ nodeId }) => nodeIds?.includes(nodeId) ?? true);
    await Promise.all(begun.map(format));
    for (const node of begun) node.spawn();
    await Promise.all(begun.map((node) => node.waitReady(READY_MS)));
    return cluster;
  }

  get bootstrap(): string {
    return this.nodes.map(({ ports }) => `127.0.0.1:${ports.client}`).join(',');
  }

  node(nodeId: number): VersionedNode {
    const found = this.nodes.find((node) => node.nodeId === nodeId);
    if (found === undefined) throw new Error(`there is no node ${nodeId}`);
    return found;
  }

  /** Stops it in order and starts it, as another release where one is given. */
  async restart(nodeId: number, release?: Release): Promise<void> {
    const node = this.node(nodeId);
    await this.stop(nodeId);
    node.release = release ?? node.release;
    await this.start(nodeId);
  }

  async stop(nodeId: number): Promise<void> {
    const node = this.node(nodeId);
    node.signal('SIGTERM');
    if (!(await node.waitEnded(END_MS))) throw new Error(`node ${nodeId} does not stop`);
  }

  /** Formats its directory and starts it, as a release that refuses; resolves with what it says. */
  async startInVain(nodeId: number, release: Release): Promise<string> {
    const node = this.node(nodeId);
    node.release = release;
    await format(node);
    node.spawn();
    if (!(await node.waitEnded(READY_MS))) throw new Error(`node ${nodeId} goes on`);
    return readFileSync(node.logPath, 'utf8');
  }

  async start(nodeId: number): Promise<void> {
    const node = this.node(nodeId);
    node.spawn();
    await node.waitReady(READY_MS);
  }

  /** The active controller, by what the nodes say of themselves. */
  async controllerId(): Promise<number | undefined> {
    for (const node of this.nodes) {
      const { isReady, detail } = await node.readiness();
      if (isReady && detail.includes('"isActiveController":true')) return node.nodeId;
    }
    return undefined;
  }

  /** Whatever their state. */
  async end(): Promise<void> {
    for (const node of this.nodes) node.signal('SIGKILL');
    await Promise.all(this.nodes.map((node) => node.waitEnded(END_MS)));
  }
}

const format = async ({ release, configPath }: VersionedNode): Promise<void> => {
  const words = ['format', '--config', configPath, '--cluster-id', CLUSTER_ID];
  const child = spawn(process.execPath, [release.program, ...words], { stdio: 'ignore' });
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(`${configPath}: format ended with ${status}`);
};
