import { readFileSync } from 'node:fs';
import type { NodePorts, NodeShape } from './layout.ts';
import { hasRole, TEMPLATE } from './layout.ts';

export interface PropertiesInput {
  readonly node: NodeShape;
  readonly shape: readonly NodeShape[];
  readonly portsOf: (nodeId: number) => NodePorts;
  readonly logDir: string;
  /** Left out: all nodes are on this machine's loopback. */
  readonly hostOf?: (nodeId: number) => string;
  /** Where the listeners of this node are bound; left out: where others reach it. */
  readonly bindHost?: string;
  /** Lines added at the end. */
  readonly settings?: Readonly<Record<string, string>>;
}

const LOOPBACK = '127.0.0.1';
const REPLICAS_WANTED = 3;

/** The template with the values of one node. */
export const renderProperties = (input: PropertiesInput): string => {
  const values = valuesOf(input);
  const filled = readFileSync(TEMPLATE, 'utf8').replace(/\{\{([A-Z_]+)\}\}/g, (mark, name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`${TEMPLATE}: nothing fills in ${mark}`);
    return value;
  });
  const extra = Object.entries(input.settings ?? {}).map(([key, value]) => `${key}=${value}\n`);
  return filled + extra.join('');
};

const valuesOf = ({
  node,
  shape,
  portsOf,
  logDir,
  hostOf = () => LOOPBACK,
  bindHost,
}: PropertiesInput): ReadonlyMap<string, string> => {
  const { client, kafka, peer, admin } = portsOf(node.nodeId);
  const host = bindHost ?? hostOf(node.nodeId);
  const isBroker = hasRole(node, 'broker');
  const brokers = shape.filter((it) => hasRole(it, 'broker')).length;
  const replicas = Math.min(REPLICAS_WANTED, brokers);
  const listeners = [
    ...(isBroker ? [`CLIENT://${host}:${client}`] : []),
    ...(isBroker && kafka !== undefined ? [`KAFKA://${host}:${kafka}`] : []),
    `PEER://${host}:${peer}`,
    `ADMIN://${host}:${admin}`,
  ];
  const voters = shape
    .filter((it) => hasRole(it, 'controller'))
    .map(({ nodeId }) => `${nodeId}@${hostOf(nodeId)}:${portsOf(nodeId).peer}`);
  return new Map([
    ['NODE_ID', String(node.nodeId)],
    ['ROLES', node.roles.join(',')],
    ['VOTERS', voters.join(',')],
    ['LISTENERS', listeners.join(',')],
    ['LOG_DIR', logDir],
    ['REPLICATION_FACTOR', String(replicas)],
    ['MIN_INSYNC_REPLICAS', String(replicas >= REPLICAS_WANTED ? 2 : 1)],
  ]);
};
