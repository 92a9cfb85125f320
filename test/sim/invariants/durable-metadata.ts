import type { NodeId } from '../../../src/base/ids.ts';
import type { ClusterView, Invariant } from './invariant.ts';
import { storedRaft } from './stored-raft.ts';

/**
 * What the quorum has committed is on the disks of a majority of its voters. Those whose disk was
 * damaged or replaced count as if they had it.
 */
export const durableMetadata = (): Invariant => {
  let committedIndex = 0;
  let sets: readonly (readonly NodeId[])[] = [];
  return {
    name: 'durable-metadata',
    source: 'replication.md 5.5: a committed entry is on the durable storage of a majority',
    onInterval: (view) => {
      for (const { node } of view.live) {
        committedIndex = Math.max(committedIndex, node.parts.raft.status().commitIndex);
      }
      if (view.live.length > 0) sets = setsInForce(view);
      if (sets.length === 0) return;
      const holders = view.machines
        .filter(
          (machine) => view.isForgetful(machine.nodeId) || storedRaft(machine).has(committedIndex),
        )
        .map(({ nodeId }) => nodeId);
      const isKeptBy = (ids: readonly NodeId[]): boolean =>
        2 * ids.filter((id) => holders.includes(id)).length > ids.length;
      if (sets.some(isKeptBy)) return;
      const what = `is committed, and on the disks of ${holders.join()} only`;
      const voters = sets.map((ids) => ids.join()).join(' or ');
      view.violate('durable-metadata', `entry ${committedIndex} ${what}; voters are ${voters}`);
    },
  };
};

/** While they change, one of two: the leader's, which others may not have yet. */
const setsInForce = (view: ClusterView): (readonly NodeId[])[] =>
  view.live.map(({ node }) => node.parts.raft.status().voters.map(({ id }) => id));
