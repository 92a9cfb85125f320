import type { NodeConfig } from '../../../src/app/config.ts';
import { resolveConfig } from '../../../src/app/config.ts';
import { nameOf } from './machine.ts';

/** Which machines there are: the first are controllers, the last are brokers, some may be both. */
export interface ClusterShape {
  readonly controllers: readonly number[];
  readonly brokers: readonly number[];
}

/** Machines 1 to `count`, each both. */
export const combined = (count: number): ClusterShape => {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  return { controllers: ids, brokers: ids };
};

export const nodeIdsOf = ({ controllers, brokers }: ClusterShape): number[] =>
  [...new Set([...controllers, ...brokers])].sort((a, b) => a - b);

export const clientAddressOf = (nodeId: number): string => `${nameOf(nodeId)}:7090`;

const peerAddressOf = (nodeId: number): string => `${nameOf(nodeId)}:7190`;

/** The configuration of one node as its file would say it; `extra` are more lines of it. */
export const nodeConfigOf = (
  shape: ClusterShape,
  nodeId: number,
  extra: readonly string[] = [],
): NodeConfig => {
  const isBroker = shape.brokers.includes(nodeId);
  const isController = shape.controllers.includes(nodeId);
  const roles = [...(isController ? ['controller'] : []), ...(isBroker ? ['broker'] : [])];
  const voters = shape.controllers.map((id) => `${id}@${peerAddressOf(id)}`);
  const client = isBroker ? [`CLIENT://${clientAddressOf(nodeId)}`] : [];
  return resolveConfig({
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
};
