import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Role = 'controller' | 'broker';

/** One node of a local cluster. */
export interface NodeShape {
  readonly nodeId: number;
  readonly roles: readonly Role[];
}

/** Loopback ports of one node. */
export interface NodePorts {
  readonly client: number;
  /** Where it is left out, Kafka's protocol is not served. */
  readonly kafka?: number;
  readonly peer: number;
  readonly admin: number;
}

export const REPOSITORY: string = fileURLToPath(new URL('../..', import.meta.url));
export const DATA_ROOT: string = join(REPOSITORY, '.data');
export const OTTLA: string = join(REPOSITORY, 'bin', 'ottla');
export const TEMPLATE: string = join(REPOSITORY, 'deploy', 'server.properties.template');

const CLIENT_PORT_BASE = 7090;
const KAFKA_PORT_BASE = 9091;
const PEER_PORT_BASE = 7190;
const ADMIN_PORT_BASE = 9643;

/** The ports that people and other tools know, each higher by `shift`. */
export const fixedPorts = (nodeId: number, shift = 0): NodePorts => ({
  client: CLIENT_PORT_BASE + shift + nodeId,
  kafka: KAFKA_PORT_BASE + shift + nodeId,
  peer: PEER_PORT_BASE + shift + nodeId,
  admin: ADMIN_PORT_BASE + shift + nodeId,
});

/** Nodes 1..n, each controller and broker. */
export const combinedShape = (nodes: number): NodeShape[] =>
  Array.from({ length: nodes }, (_, index) => ({
    nodeId: index + 1,
    roles: ['controller', 'broker'],
  }));

/** Brokers are nodes 1..b, controllers follow. */
export const separateShape = (controllers: number, brokers: number): NodeShape[] =>
  Array.from({ length: brokers + controllers }, (_, index) => ({
    nodeId: index + 1,
    roles: [index < brokers ? 'broker' : 'controller'],
  }));

export const hasRole = (node: NodeShape, role: Role): boolean => node.roles.includes(role);

export const describeShape = (shape: readonly NodeShape[]): string => {
  const count = (wanted: string): number =>
    shape.filter(({ roles }) => roles.join() === wanted).length;
  const combined = count('controller,broker');
  return combined > 0
    ? `${combined} combined node(s)`
    : `${count('broker')} broker(s) and ${count('controller')} controller(s)`;
};
