import type { Partition } from '../../../src/broker/replication/partition.ts';
import type { Invariant, LiveNode } from './invariant.ts';

/** One broker leads a partition in one leader epoch, for ever. */
export const partitionLeader = (): Invariant => {
  const leaderByEpoch = new Map<string, number>();
  const seen = new Map<string, number>();
  return {
    name: 'partition-leader',
    source: 'replication.md 5.1: one leader per epoch and partition',
    onEvent: (view) => {
      for (const { machine, partition } of replicasOf(view.live)) {
        if (!partition.isLeader) continue;
        const { leaderEpoch } = partition.core;
        const here = `${partition.key} ${machine.nodeId}`;
        if (seen.get(here) === leaderEpoch) continue;
        seen.set(here, leaderEpoch);
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

export interface Replica {
  readonly machine: LiveNode['machine'];
  readonly partition: Partition;
}

/** Every replica of every process that serves. */
export function* replicasOf(live: readonly LiveNode[]): Generator<Replica, void, undefined> {
  for (const { machine, node } of live) {
    const { replicas } = node.parts;
    if (replicas === undefined) continue;
    for (const partition of replicas.partitions()) yield { machine, partition };
  }
}
