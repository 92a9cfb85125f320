import type { ClusterView, Invariant } from './invariant.ts';
import { storedRaft } from './stored-raft.ts';

/**
 * What the quorum has committed is on the disks of a majority of its voters. Those whose disk was
 * damaged or replaced count as if they had it.
 */
export const durableMetadata = (): Invariant => {
  let committedIndex = 0;
  return {
    name: 'durable-metadata',
    source: 'replication.md 5.5: a committed entry is on the durable storage of a majority',
    onInterval: (view) => {
      for (const { node } of view.live) {
        committedIndex = Math.max(committedIndex, node.parts.raft.status().commitIndex);
      }
      const voters = view.machines.filter(({ config }) => config.isController);
      const holders = voters.filter(
        (machine) => view.isForgetful(machine.nodeId) || storedRaft(machine).has(committedIndex),
      );
      if (2 * holders.length > voters.length) return;
      view.violate('durable-metadata', describe(view, committedIndex, holders.length));
    },
  };
};

const describe = (view: ClusterView, index: number, holderCount: number): string => {
  const voterCount = view.machines.filter(({ config }) => config.isController).length;
  return `entry ${index} is committed, and on ${holderCount} of ${voterCount} disks`;
};
