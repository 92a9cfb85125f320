import type { Schedule } from '../../record/cron/cron-ticks.ts';
import { CRON, scheduleOf, tickAfter } from '../../record/cron/cron-ticks.ts';
import type { Gathered } from './due-records.ts';
import type { DueRecord, Hold } from './held-batch.ts';

/** Of one delivery: for each the next moment is looked up, which holds the event loop. */
const REPEATS_MAX = 100;

export interface Deliverable extends DueRecord {
  readonly hold: Hold;
  /** Why its schedule ends with this delivery, where it could not be read. */
  readonly unreadable?: string;
}

/**
 * What is delivered now, each with when it is due next where it repeats: the first of those that
 * are due, as far as no more than a hundred repeat. A schedule that ends, or can no longer be read,
 * is delivered for the last time; the latter says why.
 */
export const withRepeats = (due: Gathered['due'], nowMs: number): readonly Deliverable[] => {
  const deliverables: Deliverable[] = [];
  let repeats = 0;
  for (const one of due) {
    const schedule = scheduleOf(one.record.headers ?? []);
    if (schedule !== undefined) repeats += 1;
    if (repeats > REPEATS_MAX) break;
    deliverables.push(schedule === undefined ? one : { ...one, ...nextOf(schedule, one, nowMs) });
  }
  return deliverables;
};

const nextOf = (
  schedule: Schedule,
  { hold: { dueMs: tickMs } }: Gathered['due'][number],
  nowMs: number,
): Pick<Deliverable, 'repeat' | 'unreadable'> => {
  try {
    const nextMs = tickAfter(schedule, tickMs, nowMs);
    return nextMs === undefined ? {} : { repeat: { tickMs, nextMs } };
  } catch (error) {
    // It could be read when it was accepted: another machine, or release, has other time zones.
    const { expression, timeZone } = schedule;
    const reason = error instanceof Error ? error.message : 'it is none';
    return { unreadable: `${CRON} ${expression} in ${timeZone}: ${reason}` };
  }
};
