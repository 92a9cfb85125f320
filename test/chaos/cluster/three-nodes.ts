import { rmSync } from 'node:fs';
import { LocalCluster } from '../../../deploy/local/cluster.ts';
import type { NodePorts } from '../../../deploy/local/layout.ts';
import { combinedShape } from '../../../deploy/local/layout.ts';
import { connect } from '../../../src/app/connect.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import { freePorts } from '../../../src/platform/free-ports.ts';

const NODES = [1, 2, 3];
const PORTS_PER_NODE = 4;
const END_MS = 5000;

export interface ThreeNodes {
  readonly cluster: LocalCluster;
  readonly client: OttlaClient;
  readonly kafkaBootstrap: string;
}

/**
 * Three processes of both roles in `root`, which are up, and a client. What ends them, and removes
 * `root`, is put into `ended` as soon as there is something to end.
 */
export const startThreeNodes = async (
  root: string,
  ended: Array<() => Promise<void>>,
): Promise<ThreeNodes> => {
  const ports = await freePorts(NODES.length * PORTS_PER_NODE);
  const portsOf = (nodeId: number): Required<NodePorts> => {
    const [client = 0, peer = 0, admin = 0, kafka = 0] = ports.slice((nodeId - 1) * PORTS_PER_NODE);
    return { client, peer, admin, kafka };
  };
  const shape = combinedShape(NODES.length);
  const cluster = new LocalCluster({ root, shape, portsOf, settings: {}, endsWithParent: true });
  ended.push(async () => {
    for (const node of cluster.nodes) node.signal('SIGKILL');
    await Promise.all(cluster.nodes.map((node) => node.waitEnded(END_MS)));
    rmSync(root, { recursive: true, force: true });
  });
  await cluster.up();
  const client = connect({ bootstrap: cluster.bootstrap });
  ended.unshift(() => client.close());
  const kafkaBootstrap = NODES.map((id) => `127.0.0.1:${portsOf(id).kafka}`).join(',');
  return { cluster, client, kafkaBootstrap };
};
