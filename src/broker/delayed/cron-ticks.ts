import { Cron } from 'croner';
import type { RecordHeader } from '../../record/record.ts';

/** When a record is delivered, again and again: a cron expression of five, six or seven fields. */
export const CRON = 'ottla-cron';
/** The time zone in which that is read: a name of the IANA's database; UTC where it is left out. */
export const CRON_TZ = 'ottla-cron-tz';

/** What a schedule may be written with: far more than any needs, and soon read. */
const EXPRESSION_LENGTH_MAX = 256;
/** Schedules that are kept as they were read, and by which the oldest one goes. */
const KEPT_MAX = 256;
/** An outage, or a clock set forth, is made up for so far: earlier ticks are passed over. */
const CATCH_UP_MS = 3_600_000;

export interface Schedule {
  readonly expression: string;
  readonly timeZone: string;
}

const kept = new Map<string, Cron>();

/** Which schedule headers name, if any. */
export const scheduleOf = (headers: readonly RecordHeader[]): Schedule | undefined => {
  const textOf = (name: string): string | undefined => {
    const header = headers.find(({ key }) => key === name);
    return header && Buffer.from(header.value ?? []).toString('utf8');
  };
  const expression = textOf(CRON);
  if (expression === undefined) return undefined;
  return { expression, timeZone: textOf(CRON_TZ) ?? 'UTC' };
};

/** Without its schedule: a copy of what is delivered repeats nothing. */
export const withoutSchedule = (headers: readonly RecordHeader[]): readonly RecordHeader[] =>
  headers.filter(({ key }) => key !== CRON && key !== CRON_TZ);

/**
 * The first moment of a schedule after another one, in milliseconds since 1970; undefined where
 * none comes. Throws for an expression or a zone that is none. An hour that is put forward has its
 * ticks at its end, one that comes twice the first time only, unless every hour has them.
 */
export const nextTick = (schedule: Schedule, afterMs: number): number | undefined =>
  cronOf(schedule).nextRun(new Date(afterMs))?.getTime();

/** The tick that follows a delivered one, by now; those before the last hour are passed over. */
export const tickAfter = (schedule: Schedule, tickMs: number, nowMs: number): number | undefined =>
  nextTick(schedule, Math.max(tickMs, nowMs - CATCH_UP_MS));

const cronOf = ({ expression, timeZone }: Schedule): Cron => {
  const name = JSON.stringify([expression, timeZone]);
  const known = kept.get(name);
  if (known !== undefined) return known;
  if (expression.length > EXPRESSION_LENGTH_MAX) {
    throw new RangeError(`it is longer than ${EXPRESSION_LENGTH_MAX} characters`);
  }
  // The library takes a single moment too, which is what ottla-deliver-at is for.
  if (!/^@\w+$|\s/.test(expression.trim())) throw new RangeError('it has fewer than five fields');
  const cron = new Cron(expression, { timezone: timeZone, paused: true });
  const [oldest] = kept.keys();
  if (kept.size >= KEPT_MAX && oldest !== undefined) kept.delete(oldest);
  kept.set(name, cron);
  return cron;
};
