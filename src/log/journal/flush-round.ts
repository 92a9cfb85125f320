import type { Offset } from '../../base/ids.ts';
import type { FlushableLog, JournalWork } from '../flushable-log.ts';
import type { JournalRecord } from './frame.ts';
import type { Journal } from './journal.ts';
import { decideRound } from './round.ts';

/** Cuts in one frame: also the smallest file takes some of these. */
const MAX_CUTS_A_FRAME = 32;
/** Where the journal is full, logs that one round settles at most. */
const MAX_SETTLED_WHEN_FULL = 64;

interface PlannedRound<Log> {
  readonly journalled: readonly Log[];
  readonly direct: readonly Log[];
  readonly idle: readonly Log[];
  /** None of those above but to be settled, for the journal's sake: nobody waits for it. */
  readonly overdue: readonly Log[];
  /** The journal must say that a file is free before it can be used. */
  readonly wantsNotice: boolean;
}

/** Which logs go by the journal; room for them is made. */
export const planRound = <Log extends FlushableLog>(
  journal: Journal<Log>,
  due: readonly Log[],
  mustSettle: ReadonlySet<Log>,
): PlannedRound<Log> => {
  const overdue = journal.overdue();
  const limits = { minLogs: journal.minLogs, maxBytes: journal.maxFrameBytes };
  const plan = decideRound(due, mustSettle, limits);
  const { journalled, bodyBytes, idle } = plan;
  const hasRoom =
    journalled.length === 0 || journal.maybeMakeRoom({ count: journalled.length, bodyBytes });
  if (hasRoom) {
    const rest = without(overdue, plan.direct);
    return { journalled, direct: plan.direct, idle, overdue: rest, wantsNotice: false };
  }
  const direct = [...plan.direct, ...journalled];
  const keeping = journal.unsettled().slice(0, MAX_SETTLED_WHEN_FULL);
  const rest = without([...overdue, ...keeping], direct);
  return { journalled: [], direct, idle, overdue: rest, wantsNotice: journal.wantsNotice };
};

/** Each once, but for those that are taken. */
const without = <Log>(logs: readonly Log[], taken: readonly Log[]): readonly Log[] => {
  if (logs.length === 0) return logs;
  const rest = new Set(logs);
  for (const log of taken) rest.delete(log);
  return [...rest];
};

/**
 * Makes all that these logs were at the call durable, by one entry each and one sync; without any,
 * writes a notice. The function returned then raises the marks and names the logs whose mark moved.
 * Undefined where the disk is full: their segments must be synced.
 */
export const flushToJournal = async <Log extends FlushableLog>(
  journal: Journal<Log>,
  logs: readonly Log[],
): Promise<(() => Log[]) | undefined> => {
  if (logs.length === 0) return (await journal.notice()) ? () => [] : undefined;
  // One event: what is written is what the logs hold now, and no cut of theirs comes between.
  const entries = logs.map(beginEntry);
  if (!(await journal.append(entries))) return undefined;
  return () => entries.filter(({ work }) => work.complete()).map(({ log }) => log);
};

interface BegunEntry<Log> {
  readonly log: Log;
  readonly record: JournalRecord;
  readonly work: JournalWork;
}

const beginEntry = <Log extends FlushableLog>(log: Log): BegunEntry<Log> => {
  const { topicId, partition } = log;
  const leaderEpoch = log.latestEpoch();
  const work = log.flushing.beginEntry();
  const { firstOffset, endOffset, parts } = work;
  const record: JournalRecord = {
    kind: 'append',
    topicId,
    partition,
    leaderEpoch,
    firstOffset,
    endOffset,
    parts,
  };
  return { log, record, work };
};

/**
 * Journals cuts, durably on return; false where there is no room for them and none could be made,
 * or the disk is full.
 */
export const cutInJournal = async <Log extends FlushableLog>(
  journal: Journal<Log>,
  cuts: ReadonlyArray<{ readonly log: Log; readonly endOffset: Offset }>,
  settle: (logs: readonly Log[]) => Promise<void>,
): Promise<boolean> => {
  for (let at = 0; at < cuts.length; at += MAX_CUTS_A_FRAME) {
    const some = cuts.slice(at, at + MAX_CUTS_A_FRAME);
    if (!(await makeRoom(journal, some.length, settle))) return false;
    if (!(await journal.cut(some))) return false;
  }
  return true;
};

const makeRoom = async <Log extends FlushableLog>(
  journal: Journal<Log>,
  cutCount: number,
  settle: (logs: readonly Log[]) => Promise<void>,
): Promise<boolean> => {
  const records = { count: cutCount, bodyBytes: 0 };
  if (journal.maybeMakeRoom(records)) return true;
  await settle(journal.unsettled());
  if (journal.wantsNotice) await journal.notice();
  return journal.maybeMakeRoom(records);
};
