import type { SimSchedule } from '../workload/schedules.ts';
import { nextAfter, nextOf } from '../workload/schedules.ts';
import type { Step } from './delayed-steps.ts';

/** A record that waits, as far as its ticks go. */
interface Due {
  readonly dueMs: number;
  readonly schedule?: SimSchedule;
}

/**
 * What is wrong with the delivery of a record that waited: where it repeats, it is for the tick that
 * was to come, and names the one that its schedule has after that, by the clock of its leader.
 */
export const wrongTick = (
  { schedule, dueMs }: Due,
  { tick, dueMs: deliveredMs }: Pick<Step, 'tick' | 'dueMs'>,
): string | undefined => {
  if (schedule === undefined) {
    return tick === undefined ? undefined : `is for ${tick.tickMs}, and it does not repeat`;
  }
  if (tick === undefined) return 'names no tick to come, and nobody has cancelled it';
  if (tick.tickMs !== dueMs) return `is for ${tick.tickMs}, and ${dueMs} was to come`;
  const nextMs = nextOf(schedule, dueMs, deliveredMs);
  return tick.nextMs === nextMs ? undefined : `names ${tick.nextMs} as next, and ${nextMs} is`;
};

/** What is wrong with a record that is held first, at this time of its leader's clock. */
export const wrongFirstTick = (
  { schedule, dueMs, takes }: Step,
  { wallMs, roundingMs }: { readonly wallMs: number; readonly roundingMs: number },
): string | undefined => {
  if (schedule === undefined || takes) return undefined;
  const first = [wallMs, wallMs - roundingMs].map((nowMs) => nextAfter(schedule, nowMs));
  return first.includes(dueMs)
    ? undefined
    : `waits for ${dueMs}, and ${first[0]} is its first tick`;
};
