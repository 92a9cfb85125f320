import { must } from '../../base/assert.ts';
import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import type { AppendedProduce, ProduceOptions } from './produce-outcome.ts';

/**
 * Appends what is to be of a producer's batch, as leader, and takes in its ids; or finds it there.
 * Throws as `PartitionLog.appendAsLeader`.
 */
export const appendProduced = (
  log: PartitionLog,
  { batch, leaderEpoch }: { readonly batch: Uint8Array; readonly leaderEpoch: LeaderEpoch },
  options: ProduceOptions,
): AppendedProduce => {
  const { held, ids, opened } = options;
  const stored = ids === undefined ? (held?.stored ?? batch) : ids.stored;
  if (stored === undefined) return foundProduce(options, log.logStartOffset);
  const judged = stored === batch ? { opened } : { opened, sent: batch };
  const append = log.appendAsLeader(stored, leaderEpoch, judged);
  const isDuplicate = append.kind === 'duplicate';
  if (!isDuplicate) ids?.onAppended(append);
  const { logStartOffset } = log;
  return {
    code: 'NONE',
    ...(ids?.placesIn(append) ?? { baseOffset: append.isHeld ? NONE : append.baseOffset }),
    endOffset: append.endOffset,
    logStartOffset,
    isDuplicate,
    repeatCount: isDuplicate ? 0 : (ids?.repeatCount ?? 0),
    logAppendTimeMs: append.logAppendTimeMs,
  };
};

/** All of its records are in the log, by their ids: it waits for the commit of the last one. */
const foundProduce = ({ ids }: ProduceOptions, logStartOffset: Offset): AppendedProduce => {
  const judged = must(ids, 'only by its ids is a batch found');
  const endOffset = judged.originalsEnd;
  const nowhere = { baseOffset: NONE, logAppendTimeMs: NONE, isHeld: false };
  return {
    code: 'NONE',
    ...judged.placesIn({ ...nowhere, kind: 'duplicate', endOffset }),
    endOffset,
    logStartOffset,
    isDuplicate: true,
    repeatCount: judged.repeatCount,
    logAppendTimeMs: NONE,
  };
};
