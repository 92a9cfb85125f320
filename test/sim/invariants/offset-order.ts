import type { Invariant } from './invariant.ts';
import { replicasOf } from './partition-leader.ts';

/** The marks of every log stand in their order; a leader's high watermark only rises. */
export const offsetOrder = (): Invariant => {
  const leaders = new Map<string, number>();
  return {
    name: 'offset-order',
    source: 'replication.md 5.6, 5.7: log start <= high watermark <= end; monotone in an epoch',
    onEvent: (view) => {
      for (const { machine, partition } of replicasOf(view.live)) {
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
        const key = `${partition.key} ${machine.nodeId} ${core.leaderEpoch}`;
        const before = leaders.get(key) ?? 0;
        if (highWatermark < before) {
          const what = `${partition.describe()} on ${machine.name}: ${before} to ${highWatermark}`;
          view.violate('high-watermark-monotone', what);
        }
        if (highWatermark > before) leaders.set(key, highWatermark);
      }
    },
  };
};
