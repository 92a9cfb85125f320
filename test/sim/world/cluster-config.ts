import type { NodeConfig } from '../../../src/app/config.ts';
import { resolveConfig } from '../../../src/app/config.ts';
import { nameOf } from './machine.ts';

/** Which machines there are: the first are controllers, the last are brokers, some may be both. */
export interface ClusterShape {
  readonly controllers: readonly number[];
  readonly brokers: readonly number[];
  /** Controllers that the quorum does not begin with; voters come and go where there are some. */
  readonly spares?: readonly number[];
}

/** All controllers, voters or not. */
export const controllersOf = ({ controllers, spares = [] }: ClusterShape): number[] => [
  ...controllers,
  ...spares,
];

/** Machines 1 to `count`, each both. */
export const combined = (count: number): ClusterShape => {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  return { controllers: ids, brokers: ids };
};

export const nodeIdsOf = (shape: ClusterShape): number[] =>
  [...new Set([...controllersOf(shape), ...shape.brokers])].sort((a, b) => a - b);

export const clientAddressOf = (nodeId: number): string => `${nameOf(nodeId)}:7090`;

const peerAddressOf = (nodeId: number): string => `${nameOf(nodeId)}:7190`;

/** The configuration of one node as its file would say it; `extra` are more lines of it. */
export const nodeConfigOf = (
  shape: ClusterShape,
  nodeId: number,
  extra: readonly string[] = [],
): NodeConfig => {
  const isBroker = shape.brokers.includes(nodeId);
  const isController = controllersOf(shape).includes(nodeId);
  const roles = [...(isController ? ['controller'] : []), ...(isBroker ? ['broker'] : [])];
  const voters = shape.controllers.map((id) => `${id}@${peerAddressOf(id)}`);
  const client = isBroker ? [`CLIENT://${clientAddressOf(nodeId)}`] : [];
  const config = resolveConfig({
    overrides: [
      `process.roles=${roles.join(',')}`,
      `node.id=${nodeId}`,
      `controller.quorum.voters=${voters.join(',')}`,
      `listeners=${[...client, `PEER://${peerAddressOf(nodeId)}`].join(',')}`,
      'log.dirs=/data',
      'auto.create.topics.enable=false',
      'log.retention.hours=-1',
      // Faults and what they are judged by take a replica to be where it was put.
      'auto.balance.enable=false',
      ...extra,
    ],
  });
  // Replicas are where brokers are.
  return isBroker ? config : { ...config, logDirs: [config.metadataDir] };
};
