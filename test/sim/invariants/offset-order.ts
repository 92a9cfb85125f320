import type { Partition } from '../../../src/broker/replication/partition.ts';
import type { Invariant } from './invariant.ts';

/** The marks of every log stand in their order; a leader's high watermark only rises. */
export const offsetOrder = (): Invariant => {
  /** Of each leader: its epoch, and how high it was. */
  const leaders = new WeakMap<Partition, { readonly leaderEpoch: number; highest: number }>();
  return {
    name: 'offset-order',
    source: 'replication.md 5.6, 5.7: log start <= high watermark <= end; monotone in an epoch',
    onEvent: (view) => {
      for (const { machine, partition } of view.replicas) {
        const { log, core, isOffline } = partition;
        const { highWatermark } = core;
        const { logStartOffset, logEndOffset, flushedOffset } = log;
        const isOrdered =
          logStartOffset <= highWatermark &&
          highWatermark <= logEndOffset &&
          flushedOffset <= logEndOffset;
        if (!isOrdered && !isOffline && core.role !== 'offline') {
          const marks = { logStartOffset, highWatermark, flushedOffset, logEndOffset };
          const what = `${partition.describe()} on ${machine.name}: ${JSON.stringify(marks)}`;
          view.violate('offset-order', what);
        }
        if (core.role !== 'leader') continue;
        const known = leaders.get(partition);
        if (known?.leaderEpoch !== core.leaderEpoch) {
          leaders.set(partition, { leaderEpoch: core.leaderEpoch, highest: highWatermark });
        } else if (highWatermark < known.highest) {
          const what = `${known.highest} to ${highWatermark}`;
          const who = `${partition.describe()} on ${machine.name}`;
          view.violate('high-watermark-monotone', `${who}: ${what}`);
        } else known.highest = highWatermark;
      }
    },
  };
};
