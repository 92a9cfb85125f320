import type { RecordHeader } from '../record.ts';
import type { CronFields } from './cron-fields.ts';
import { readCron } from './cron-fields.ts';
import { findTick } from './cron-search.ts';
import type { Zone } from './time-zone.ts';
import { zoneNamed } from './time-zone.ts';

/** When a record is delivered, again and again: a cron expression of five or six fields. */
export const CRON = 'ottla-cron';
/** The time zone in which that is read: a name of the IANA's database; UTC where it is left out. */
export const CRON_TZ = 'ottla-cron-tz';

/** Schedules that are kept as they were read, and by which the oldest one goes. */
const KEPT_MAX = 256;
/** An outage, or a clock set forth, is made up for so far: earlier ticks are passed over. */
const CATCH_UP_MS = 3_600_000;
const NEVER_KEPT_MS = 86_400_000;

export interface Schedule {
  readonly expression: string;
  readonly timeZone: string;
}

/** As it was read, and the tick that was found last: it is that of each moment up to it. */
interface KeptSchedule {
  readonly fields: CronFields;
  readonly zone: Zone;
  found?: { readonly afterMs: number; readonly tickMs: number | undefined };
}

const kept = new Map<string, KeptSchedule>();

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
 * none comes within 40 years. Throws for an expression or a zone that is none. Ticks within an hour
 * that is left out come at its end, as one; those within one that comes twice the first time only;
 * but for a schedule that names each hour. Its work is bounded, whatever is asked: see `findTick`.
 */
export const nextTick = (schedule: Schedule, afterMs: number): number | undefined => {
  const one = keptOf(schedule);
  if (!isFoundFor(one.found, afterMs)) {
    one.found = { afterMs, tickMs: findTick(one.fields, one.zone, afterMs) };
  }
  return one.found?.tickMs;
};

/** The first tick after a moment; else why there is none, to stand behind a schedule's name. */
export type FirstTick = { readonly tickMs: number } | { readonly refusal: string };

/** As `nextTick`, of a schedule that anybody may have written. */
export const firstTick = (schedule: Schedule, afterMs: number): FirstTick => {
  try {
    const tickMs = nextTick(schedule, afterMs);
    return tickMs === undefined ? { refusal: 'names no moment to come' } : { tickMs };
  } catch (error) {
    return { refusal: `is no schedule: ${reasonOf(error)}` };
  }
};

/** Of what the library says, the first sentence. */
const reasonOf = (error: unknown): string =>
  error instanceof Error ? firstSentence(error.message.replace(/^Cron\w+: /, '')) : 'it is none';

const firstSentence = (text: string): string => text.split('.')[0] ?? text;

/** For messages; what is far too long is cut. */
export const describeSchedule = ({ expression, timeZone }: Schedule): string =>
  `${JSON.stringify(expression.slice(0, 64))} in ${JSON.stringify(timeZone.slice(0, 32))}`;

/** The tick that follows a delivered one, by now; those before the last hour are passed over. */
export const tickAfter = (schedule: Schedule, tickMs: number, nowMs: number): number | undefined =>
  nextTick(schedule, Math.max(tickMs, nowMs - CATCH_UP_MS));

/** What never comes is looked for anew after a day: the years that are looked at go on. */
const isFoundFor = (found: KeptSchedule['found'], afterMs: number): boolean =>
  found !== undefined &&
  found.afterMs <= afterMs &&
  afterMs < (found.tickMs ?? found.afterMs + NEVER_KEPT_MS);

const keptOf = ({ expression, timeZone }: Schedule): KeptSchedule => {
  const name = JSON.stringify([expression, timeZone]);
  const known = kept.get(name);
  if (known !== undefined) return known;
  const read: KeptSchedule = { fields: readCron(expression), zone: zoneNamed(timeZone) };
  const [oldest] = kept.keys();
  if (kept.size >= KEPT_MAX && oldest !== undefined) kept.delete(oldest);
  kept.set(name, read);
  return read;
};
