import { dirname } from 'node:path';
import { withCluster } from '../cluster.ts';
import { whenServing } from './serving.ts';
import type { System } from './system.ts';
import { bootstrapOf } from './system.ts';

export interface OttlaOptions {
  readonly nodeCount: number;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A cluster of ours with default settings but those given; gone afterwards. */
export const withOttla = <T>(
  { nodeCount, settings = {} }: OttlaOptions,
  use: (system: System) => Promise<T>,
): Promise<T> =>
  withCluster({ nodes: nodeCount, settings }, async (cluster) => {
    const portOf = (nodeId: number): number => cluster.node(nodeId).ports.kafka ?? 0;
    const system: System = {
      name: 'ottla',
      nodeCount,
      portOf,
      adminPortOf: (nodeId) => cluster.node(nodeId).ports.admin,
      bootstrap: bootstrapOf(cluster.nodes.map(({ ports }) => ports.kafka ?? 0)),
      grpcBootstrap: cluster.bootstrap,
      pids: () => cluster.nodes.flatMap(({ state }) => (state.kind === 'alive' ? [state.pid] : [])),
      root: dirname(cluster.node(1).directory),
      stop: (nodeId) => cluster.stop(cluster.node(nodeId), () => {}),
      kill: async (nodeId) => void (await cluster.kill(nodeId)),
      launch: (nodeId) => void cluster.node(nodeId).spawn(),
    };
    await whenServing(system);
    return use(system);
  });
