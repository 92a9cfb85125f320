import type { Invariant } from './invariant.ts';

/** Far more than the producers of a run can have under way. */
const MAX_WAITING = 500;

/** Requests that wait are bounded: each was answered, or still has somebody who waits. */
export const boundedWaits = (): Invariant => ({
  name: 'bounded-waits',
  source: 'replication.md 5.23: bounded memory',
  onInterval: (view) => {
    for (const { machine, partition } of view.replicas) {
      const { waitingCount } = partition;
      const allowed = partition.isLeader ? MAX_WAITING : 0;
      if (waitingCount <= allowed) continue;
      const where = `${partition.describe()} on ${machine.name}, ${partition.core.role}`;
      view.violate('bounded-waits', `${waitingCount} producers wait at ${where}`);
    }
  },
});
