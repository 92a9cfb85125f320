import type { Partition } from '../../../src/broker/replication/partition.ts';
import type { Invariant } from './invariant.ts';

/** One broker leads a partition in one leader epoch, for ever. */
export const partitionLeader = (): Invariant => {
  const leaderByEpoch = new Map<string, number>();
  const seen = new WeakMap<Partition, number>();
  return {
    name: 'partition-leader',
    source: 'replication.md 5.1: one leader per epoch and partition',
    onEvent: (view) => {
      for (const { machine, partition } of view.replicas) {
        if (!partition.isLeader) continue;
        const { leaderEpoch } = partition.core;
        if (seen.get(partition) === leaderEpoch) continue;
        seen.set(partition, leaderEpoch);
        const epoch = `${partition.key} ${leaderEpoch}`;
        const other = leaderByEpoch.get(epoch);
        if (other === undefined) {
          leaderByEpoch.set(epoch, machine.nodeId);
          view.mark('partition.elected');
        } else if (other !== machine.nodeId) {
          const what = `${partition.describe()} at leader epoch ${leaderEpoch}`;
          view.violate('partition-leader', `${other} and ${machine.nodeId} both lead ${what}`);
        }
      }
    },
  };
};
