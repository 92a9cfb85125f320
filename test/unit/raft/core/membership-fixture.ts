import { expect } from 'vitest';
import type { Entry } from '../../../../src/raft/core/entry.ts';
import type { Voter } from '../../../../src/raft/core/voters.ts';
import { SoloNode } from './fixture.ts';
import type { SimNode } from './network.ts';
import { Cluster } from './network.ts';

export const votersEntry = (index: number, term: number, voters: readonly Voter[]): Entry => ({
  index,
  term,
  kind: 'voters',
  payload: new Uint8Array(0),
  voters,
});

export const idsOf = (node: SimNode | SoloNode): number[] => {
  const { voters } = node instanceof SoloNode ? node.status : node.status();
  return voters.map(({ id }) => id);
};

/** Three voters of which the first leads, and controllers that observe and have caught up. */
export function clusterWith(...observers: number[]): { cluster: Cluster; leader: SimNode } {
  const cluster = new Cluster({ observers });
  const leader = cluster.elect(1);
  cluster.tickAll(20);
  return { cluster, leader };
}

/** Changes the set and lets that commit. */
export function change(cluster: Cluster, kind: 'add' | 'remove', nodeId: number): void {
  const leader = cluster.leader() ?? cluster.node(1);
  expect(cluster.changeVoters(leader, { kind, nodeId })).toMatchObject({
    term: leader.status().term,
  });
  cluster.settle();
  cluster.tickAll(6);
}

export const refusal = (cluster: Cluster, kind: 'add' | 'remove', nodeId: number): unknown => {
  const leader = cluster.leader() ?? cluster.node(1);
  const outcome = cluster.changeVoters(leader, { kind, nodeId });
  return 'refused' in outcome ? outcome.refused : undefined;
};
