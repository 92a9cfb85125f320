import type { PartitionLog } from '../../../src/log/partition-log.ts';
import type { Invariant } from './invariant.ts';

/** No replica ever cuts its log below what it has known to be committed. */
export const keptRecords = (): Invariant => {
  const known = new WeakMap<
    PartitionLog,
    { readonly cuts: number; readonly highWatermark: number }
  >();
  return {
    name: 'kept-records',
    source:
      'replication.md 5.8; KIP-101: truncation by leader epoch never reaches what is committed',
    onEvent: (view) => {
      for (const { machine, partition } of view.replicas) {
        const { log, core } = partition;
        const { truncationCount, logEndOffset } = log;
        const before = known.get(log);
        const isCut = before !== undefined && before.cuts !== truncationCount;
        if (isCut && logEndOffset < before.highWatermark && core.rules.ackDurability === 'fsync') {
          const what = `cut to ${logEndOffset}, its high watermark was ${before.highWatermark}`;
          view.violate('kept-records', `${partition.describe()} on ${machine.name}: ${what}`);
        }
        if (isCut && logEndOffset > log.logStartOffset) view.mark('log.cut');
        const { highWatermark } = core;
        if (isCut || highWatermark !== before?.highWatermark)
          known.set(log, { cuts: truncationCount, highWatermark });
      }
    },
  };
};
