import { OttlaError } from '../../base/errors.ts';
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
  /** Exclusive: as far as the index knows the log, at each look. */
  knownOffset(): Offset;
}

/** How often a page is read where records of it are held anew meanwhile. */
const READS_MAX = 5;

/**
 * A record that is held anew between index and log is there once more: the page is read again, for
 * the next one begins behind its place. What is lost, or was delivered meanwhile, is left out.
 * Errors: those of `gatherRecords`; OFFSET_OUT_OF_RANGE also where they are held anew all the time.
 */
export const readPage = async (
  source: WaitingSource,
  { from, maxCount, maxBytes }: WaitingPageRequest,
): Promise<WaitingPage> => {
  for (let read = 0; read < READS_MAX; read += 1) {
    const holds = await source.index.nearest(maxCount + 1, from);
    const { due, lost } = await gather(source, holds.slice(0, maxCount), maxBytes);
    if (await isAnyElsewhere(source, holds, lost)) continue;
    const next = holds[due.length + lost.length];
    return {
      records: due.map(waitingOf),
      next: next && { dueMs: next.dueMs, offset: next.offset },
    };
  }
  throw new OttlaError(
    'OFFSET_OUT_OF_RANGE',
    `${source.log.name}: delayed records are held anew while they are listed: try again`,
  );
};

const isAnyElsewhere = async (
  { index }: WaitingSource,
  holds: readonly Hold[],
  lost: readonly Offset[],
): Promise<boolean> => {
  if (lost.length === 0) return false;
  const missed = new Set(lost);
  for (const { offset, firstOffset } of holds.filter((hold) => missed.has(hold.offset))) {
    const now = await index.find(firstOffset);
    if (now?.firstOffset === firstOffset && now.offset !== offset) return true;
  }
  return false;
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
): Promise<Gathered> => gatherRecords(log, holds, { endOffset: knownOffset(), maxBytes });

const waitingOf = ({ hold, record }: Gathered['due'][number]): WaitingRecord => ({
  firstOffset: hold.firstOffset,
  dueMs: hold.dueMs,
  record,
});
