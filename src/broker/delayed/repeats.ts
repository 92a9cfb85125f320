import { scheduleOf, tickAfter } from './cron-ticks.ts';
import type { Gathered } from './due-records.ts';
import type { DueRecord, Repeat } from './held-batch.ts';

/** Of one delivery: for each the next moment is looked up, which holds the event loop. */
const REPEATS_MAX = 100;

export type Deliverable = Gathered['due'][number] & Pick<DueRecord, 'repeat'>;

/**
 * What is delivered now, each with when it is due next where it repeats: the first of those that
 * are due, as far as no more than a hundred repeat. A schedule that ends, or can no longer be read,
 * is delivered for the last time.
 */
export const withRepeats = (due: Gathered['due'], nowMs: number): readonly Deliverable[] => {
  const deliverables: Deliverable[] = [];
  let repeats = 0;
  for (const one of due) {
    const repeat = repeatOf(one, nowMs);
    if (repeat !== undefined) repeats += 1;
    if (repeats > REPEATS_MAX) break;
    deliverables.push(repeat === undefined ? one : { ...one, repeat });
  }
  return deliverables;
};

const repeatOf = ({ hold, record }: Gathered['due'][number], nowMs: number): Repeat | undefined => {
  const schedule = scheduleOf(record.headers ?? []);
  if (schedule === undefined) return undefined;
  try {
    const nextMs = tickAfter(schedule, hold.dueMs, nowMs);
    return nextMs === undefined ? undefined : { tickMs: hold.dueMs, nextMs };
  } catch {
    // It could be read when it was accepted: another machine has other time zones.
    return undefined;
  }
};
