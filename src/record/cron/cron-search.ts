import type { CronFields } from './cron-fields.ts';
import type { Zone } from './time-zone.ts';
import { dateOf, dayNumber } from './time-zone.ts';

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
/** No leap day falls on one weekday more seldom: every 28 years, 40 around 2100. */
const YEARS_MAX = 40;
/** Beyond this no date can be told. */
const LATEST_MS = 8.64e15 - (YEARS_MAX + 2) * 366 * DAY_MS;
/** So near to a tick its zone is looked at: by no more than this does any set its clocks. */
const NEAR_MS = 2 * DAY_MS;
/** How far back an hour began that now comes again. */
const AGAIN_MS = 3 * 3_600_000;
/** Ticks that a change of clocks swallowed: far more than any zone's changes in all these years. */
const STEPS_MAX = 400;

/**
 * The first tick after a moment, both in milliseconds since 1970; undefined where none comes within
 * 40 years. Its work is bounded, whatever is asked: 12 looks at the calendar a year, and a zone is
 * looked at near a tick only.
 */
export const findTick = (fields: CronFields, zone: Zone, afterMs: number): number | undefined => {
  if (!(afterMs < LATEST_MS)) return undefined;
  let atMs = Math.floor(afterMs / SECOND_MS) * SECOND_MS;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const offsetMs = zone.offsetMs(atMs);
    const wallMs = nextOnWall(fields, atMs + offsetMs + SECOND_MS);
    if (wallMs === undefined) return undefined;
    const tickMs = wallMs - offsetMs;
    const changeMs = zone.nextChange(atMs, Math.min(tickMs, atMs + NEAR_MS));
    if (changeMs !== undefined) {
      if (isTickAtChange(fields, zone, { changeMs, wallMs })) return changeMs;
      atMs = changeMs;
    } else if (tickMs - atMs > NEAR_MS) {
      atMs = Math.max(atMs + NEAR_MS, tickMs - NEAR_MS);
    } else if (!fields.namesEachHour && isSecondTime(zone, tickMs)) {
      atMs = endOfSecondTime(zone, tickMs) - SECOND_MS;
    } else {
      return tickMs;
    }
  }
  return undefined;
};

/** The new time is a tick, or times that are named are left out: their end stands for them. */
const isTickAtChange = (
  fields: CronFields,
  zone: Zone,
  { changeMs, wallMs }: { readonly changeMs: number; readonly wallMs: number },
): boolean => {
  const newMs = changeMs + zone.offsetMs(changeMs);
  const isTick = nextOnWall(fields, newMs) === newMs;
  if (fields.namesEachHour) return isTick;
  return wallMs < newMs || (isTick && !isSecondTime(zone, changeMs));
};

/** Whether clocks showed the same before they were set back. */
const isSecondTime = (zone: Zone, atMs: number): boolean => {
  const offsetMs = zone.offsetMs(atMs);
  const earlierMs = zone.offsetMs(atMs - AGAIN_MS);
  if (earlierMs <= offsetMs) return false;
  return zone.offsetMs(atMs + offsetMs - earlierMs) === earlierMs;
};

/** When clocks show again what they have not shown before, of a moment within a second time. */
const endOfSecondTime = (zone: Zone, atMs: number): number => {
  const changeMs = zone.nextChange(atMs - AGAIN_MS, atMs) ?? atMs;
  return changeMs + zone.offsetMs(atMs - AGAIN_MS) - zone.offsetMs(atMs);
};

/** The first at or after a time on the wall that is named; both as if the zone were UTC. */
const nextOnWall = (fields: CronFields, fromMs: number): number | undefined => {
  const today = dayOf(fromMs);
  const from = dateOf(fromMs);
  let { year, month } = from;
  const monthDays = fields.daysOf(year, month);
  if ((monthDays >>> from.day) & 1) {
    const second = secondOfDay(fields, Math.floor((fromMs - today * DAY_MS) / SECOND_MS));
    if (second !== undefined) return today * DAY_MS + second * SECOND_MS;
  }
  // Of this month what comes behind today. A shift by 32 would be one by 0.
  let days = monthDays & (-2 << from.day);
  for (let count = 0; days === 0; count += 1) {
    if (count === YEARS_MAX * 12) return undefined;
    [year, month] = month === 11 ? [year + 1, 0] : [year, month + 1];
    days = fields.daysOf(year, month);
  }
  const day = 31 - Math.clz32(days & -days);
  return dayNumber(year, month, day) * DAY_MS + (secondOfDay(fields, 0) ?? 0) * SECOND_MS;
};

const dayOf = (wallMs: number): number => Math.floor(wallMs / DAY_MS);

/** The first second of a day, at or after another one, that is named. */
const secondOfDay = ({ hours, minutes, seconds }: CronFields, from: number): number | undefined => {
  const [firstMinute = 0] = minutes;
  const [firstSecond = 0] = seconds;
  const [hour, minute] = [Math.floor(from / 3600), Math.floor(from / 60) % 60];
  if (hours.includes(hour)) {
    if (minutes.includes(minute)) {
      const second = seconds.find((one) => one >= from % 60);
      if (second !== undefined) return from - (from % 60) + second;
    }
    const later = minutes.find((one) => one > minute);
    if (later !== undefined) return hour * 3600 + later * 60 + firstSecond;
  }
  const laterHour = hours.find((one) => one > hour);
  return laterHour === undefined ? undefined : laterHour * 3600 + firstMinute * 60 + firstSecond;
};
