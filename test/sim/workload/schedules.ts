import type { Repeat } from '../../../src/client/producer/repeat.ts';
import type { RecordHeader } from '../../../src/record/record.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

/**
 * A schedule by which records of a run repeat. Its ticks are as far apart as each other, so that the
 * next one is told without a calendar, and without what tells the broker.
 */
export interface SimSchedule extends Repeat {
  readonly everyMs: number;
  /** From a whole multiple of that, since 1970 and in UTC. */
  readonly phaseMs: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** So far back a leader makes up for what was missed. */
const CATCH_UP_MS = 3_600_000;

/** They tick while faults come and go. */
const QUICK: readonly SimSchedule[] = [
  { cron: '*/5 * * * * *', everyMs: 5 * SECOND_MS, phaseMs: 0 },
  { cron: '*/12 * * * * *', timeZone: 'UTC', everyMs: 12 * SECOND_MS, phaseMs: 0 },
  { cron: '*/15 * * * * *', timeZone: 'Asia/Tokyo', everyMs: 15 * SECOND_MS, phaseMs: 0 },
];

/** Where clocks jump by an hour, those above would do nothing but make up for it. */
const SLOW: readonly SimSchedule[] = [
  { cron: '*/10 * * * *', everyMs: 10 * MINUTE_MS, phaseMs: 0 },
  // Its clocks are five hours and a half ahead.
  {
    cron: '*/20 * * * *',
    timeZone: 'Asia/Kolkata',
    everyMs: 20 * MINUTE_MS,
    phaseMs: 10 * MINUTE_MS,
  },
  { cron: '@hourly', everyMs: 60 * MINUTE_MS, phaseMs: 0 },
];

/** Half of the clusters that hold records back have some that repeat. */
export const drawSchedules = (
  random: SeededRandom,
  { doClocksJump }: { readonly doClocksJump: boolean },
): readonly SimSchedule[] => {
  if (!random.chance(1, 2)) return [];
  return doClocksJump ? SLOW : QUICK;
};

/** By the headers of a record that is held. */
export const scheduleIn = (headers: readonly RecordHeader[]): SimSchedule | undefined => {
  const cron = textIn(headers, 'ottla-cron');
  const timeZone = textIn(headers, 'ottla-cron-tz');
  return [...QUICK, ...SLOW].find((one) => one.cron === cron && one.timeZone === timeZone);
};

export const nextAfter = ({ everyMs, phaseMs }: SimSchedule, afterMs: number): number =>
  (Math.floor((afterMs - phaseMs) / everyMs) + 1) * everyMs + phaseMs;

/** As docs/delayed.md has it: what was missed of the last hour is made up for, and no more. */
export const nextOf = (schedule: SimSchedule, tickMs: number, deliveredMs: number): number =>
  nextAfter(schedule, Math.max(tickMs, deliveredMs - CATCH_UP_MS));

/** What a delivery of a record that repeats says: which tick it is for, and when the next one is. */
export interface Tick {
  readonly tickMs: number;
  readonly nextMs: number;
}

export const tickIn = (headers: readonly RecordHeader[]): Tick | undefined => {
  const tick = textIn(headers, 'ottla-cron-tick');
  const next = textIn(headers, 'ottla-cron-next');
  if (tick === undefined || next === undefined) return undefined;
  return { tickMs: Number(tick), nextMs: Number(next) };
};

const textIn = (headers: readonly RecordHeader[], name: string): string | undefined => {
  const header = headers.find(({ key }) => key === name);
  return header === undefined ? undefined : Buffer.from(header.value ?? []).toString();
};
