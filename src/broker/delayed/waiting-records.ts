import type { Offset } from '../../base/ids.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import type {
  WaitingPage,
  WaitingPageRequest,
  WaitingRecord,
} from '../replication/partition-delays.ts';
import type { Gathered } from './due-records.ts';
import { gatherRecords } from './due-records.ts';
import type { Hold } from './held-batch.ts';
import type { PendingIndex } from './pending-index.ts';

/** What waits is told by the index, and read from the log. */
export interface WaitingSource {
  readonly log: PartitionLog;
  readonly index: Pick<PendingIndex, 'nearest' | 'find'>;
  /** Exclusive: as far as the index knows the log. */
  readonly knownOffset: Offset;
}

/** What the log no longer has where the index says is left out: it was held anew, or is lost. */
export const readPage = async (
  source: WaitingSource,
  { from, maxCount, maxBytes }: WaitingPageRequest,
): Promise<WaitingPage> => {
  const holds = await source.index.nearest(maxCount + 1, from);
  const { due, lost } = await gather(source, holds.slice(0, maxCount), maxBytes);
  const next = holds[due.length + lost.length];
  return {
    records: due.map(waitingOf),
    next: next && { dueMs: next.dueMs, offset: next.offset },
  };
};

/** The one that was held there first; undefined: it does not wait. */
export const readOne = async (
  source: WaitingSource,
  firstOffset: Offset,
): Promise<WaitingRecord | undefined> => {
  const hold = await source.index.find(firstOffset);
  if (hold?.firstOffset !== firstOffset) return undefined;
  const { due } = await gather(source, [hold], Number.MAX_SAFE_INTEGER);
  return due.map(waitingOf)[0];
};

const gather = (
  { log, knownOffset }: WaitingSource,
  holds: readonly Hold[],
  maxBytes: number,
): Promise<Gathered> => gatherRecords(log, holds, { endOffset: knownOffset, maxBytes });

const waitingOf = ({ hold, record }: Gathered['due'][number]): WaitingRecord => ({
  firstOffset: hold.firstOffset,
  dueMs: hold.dueMs,
  record,
});
