import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalCluster } from '../deploy/local/cluster.ts';
import type { NodePorts } from '../deploy/local/layout.ts';
import { combinedShape } from '../deploy/local/layout.ts';
import { freePorts } from '../src/platform/free-ports.ts';
import { undoneAtEnd } from './leavings.ts';

const PORTS_PER_NODE = 4;

export interface BenchCluster {
  readonly nodes: number;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Combined nodes on free ports and a directory of their own; both are gone afterwards, also when interrupted. */
export const withCluster = async <T>(
  { nodes, settings = {} }: BenchCluster,
  use: (cluster: LocalCluster) => Promise<T>,
): Promise<T> => {
  const root = mkdtempSync(join(tmpdir(), 'ottla-bench-'));
  const ports = await freePorts(nodes * PORTS_PER_NODE);
  const portsOf = (nodeId: number): NodePorts => {
    const first = (nodeId - 1) * PORTS_PER_NODE;
    const [client = 0, peer = 0, admin = 0, kafka = 0] = ports.slice(first);
    return { client, peer, admin, kafka };
  };
  const shape = combinedShape(nodes);
  const cluster = new LocalCluster({ root, shape, portsOf, settings, endsWithParent: true });
  const undo = undoneAtEnd(() => {
    for (const node of cluster.nodes) node.signal('SIGKILL');
    // A node that is about to end may still write.
    rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  try {
    await cluster.up();
    const result = await use(cluster);
    await cluster.down(() => {});
    return result;
  } finally {
    undo();
  }
};
