import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCron } from '../../../../src/record/cron/cron-fields.ts';
import { findTick } from '../../../../src/record/cron/cron-search.ts';
import type { Zone } from '../../../../src/record/cron/time-zone.ts';
import { zoneNamed, zoneOf } from '../../../../src/record/cron/time-zone.ts';

const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'],
  ...['America/Havana', 'Asia/Beirut', 'Pacific/Chatham', 'Africa/Casablanca'],
  ...['America/Nuuk', 'Antarctica/Troll'],
];
const FROM_MS = Date.parse('2026-01-01T00:00:00Z');
const YEARS_MS = 12 * 366 * 86_400_000;

const numberIn = (low: number, high: number) => fc.integer({ min: low, max: high }).map(String);

/** A field of a cron expression, of what is legal between two numbers. */
const fieldIn = (low: number, high: number, ...others: fc.Arbitrary<string>[]) => {
  const range = fc
    .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
    .map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`);
  const step = numberIn(1, Math.floor((high - low) / 2));
  const item = fc.oneof(
    numberIn(low, high),
    range,
    fc.tuple(fc.oneof(fc.constant('*'), range), step).map((parts) => parts.join('/')),
    ...others,
  );
  const list = fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
  return fc.oneof({ weight: 2, arbitrary: fc.constant('*') }, { weight: 3, arbitrary: list });
};

const nearest = numberIn(1, 31).map((day) => `${day}W`);
const nthWeekday = fc
  .tuple(numberIn(0, 7), fc.constantFrom('#1', '#4', '#5', 'L', '#L'))
  .map((parts) => parts.join(''));
const weekday = fieldIn(0, 7, nthWeekday);

const expressionWith = (hour: fc.Arbitrary<string>) =>
  fc
    .tuple(
      fc.oneof(fc.constant(''), fieldIn(0, 59)),
      fieldIn(0, 59),
      hour,
      fc.oneof(
        { weight: 4, arbitrary: fieldIn(1, 31, nearest, fc.constant('L')) },
        { weight: 1, arbitrary: fc.constant('LW') },
      ),
      fieldIn(1, 12),
      fc.oneof(
        weekday,
        weekday.map((one) => `+${one}`),
      ),
    )
    .map((fields) => fields.join(' ').trim());

const expression = expressionWith(fieldIn(0, 23));
const ofEachHour = expressionWith(fc.constantFrom('*', '*/1', '0-23', '0-11,12-23'));

/** Also what is no schedule. */
const anyExpression = fc.oneof(
  expression,
  expression.map((text) => `0 ${text} 2026-9999`),
  fc.string({ unit: fc.constantFrom(...'0123456789*/-,#LW+@? aemnr'), maxLength: 40 }),
);

const moment = fc.oneof(
  fc.integer({ min: FROM_MS, max: FROM_MS + YEARS_MS }),
  // Around the changes of summer time.
  fc
    .tuple(
      fc.constantFrom(
        ...['2026-03-08T07:00Z', '2026-03-29T01:00Z', '2026-04-04T15:00Z', '2026-10-03T15:30Z'],
        ...['2026-10-25T01:00Z', '2026-11-01T06:00Z'],
      ),
      fc.integer({ min: -7_200_000, max: 7_200_000 }),
    )
    .map(([at, shiftMs]) => Date.parse(at) + shiftMs),
);

/** Counts what a search looks at. */
class Work {
  months = 0;
  zone = 0;

  search(text: string, timeZone: string, afterMs: number): number | undefined {
    const fields = readCron(text);
    const daysOf = (year: number, month: number): number => {
      this.months += 1;
      return fields.daysOf(year, month);
    };
    const { offsetMs } = zoneNamed(timeZone);
    const zone: Zone = zoneOf((atMs) => {
      this.zone += 1;
      return offsetMs(atMs);
    });
    return findTick({ ...fields, daysOf }, zone, afterMs);
  }
}

/** By its own walk, which may go on for centuries. */
const byLibrary = (text: string, timeZone: string, afterMs: number): number | undefined =>
  new Cron(text, { timezone: timeZone, paused: true, mode: '5-or-6-parts' })
    .nextRun(new Date(afterMs))
    ?.getTime();

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** No time comes again later than so long after it came first. */
const AGAIN_MS = 2 * 60 * MINUTE_MS;

/**
 * By what a schedule means that does not name each hour: the next time on the wall, behind the latest
 * that the clock has shown, comes when the clock shows it first, or shows what is later.
 */
const byMeaning = (text: string, { offsetMs }: Zone, afterMs: number): number | undefined => {
  const wallAt = (atMs: number): number => atMs + offsetMs(atMs);
  const startMs = Math.floor(afterMs / SECOND_MS) * SECOND_MS;
  let shownMs = wallAt(startMs);
  for (let backMs = 0; backMs <= AGAIN_MS; backMs += MINUTE_MS) {
    const minuteMs = Math.floor(startMs / MINUTE_MS) * MINUTE_MS - backMs;
    shownMs = Math.max(shownMs, wallAt(minuteMs - SECOND_MS));
  }
  const namedMs = byLibrary(text, 'UTC', shownMs);
  if (namedMs === undefined) return undefined;
  // Clocks are set once at most within two days, and at a whole minute.
  const hasShown = (atMs: number): boolean => wallAt(atMs) >= namedMs;
  const aheadMs = Math.max(offsetMs(namedMs - DAY_MS), offsetMs(namedMs + DAY_MS));
  let atMs = Math.max(startMs + SECOND_MS, namedMs - aheadMs);
  while (!hasShown(atMs)) {
    const nextMs = (Math.floor(atMs / MINUTE_MS) + 1) * MINUTE_MS;
    const stillMs = namedMs - wallAt(atMs);
    atMs = Math.min(nextMs, atMs + stillMs);
  }
  return atMs;
};

const fieldsOf = (text: string): ReturnType<typeof readCron> | undefined => {
  try {
    return readCron(text);
  } catch {
    return undefined;
  }
};

const YEAR_MS = 366 * 86_400_000;

const expectTick = (found: number | undefined, expected: number | undefined, afterMs: number) => {
  const isFar = expected !== undefined && expected - afterMs > 39 * YEAR_MS;
  expect(found).toBe(isFar ? undefined : expected);
};

describe('the search for the next tick of a schedule', () => {
  it('finds what the walk of the library finds, where the schedule names each hour', () => {
    fc.assert(
      fc.property(ofEachHour, fc.constantFrom(...ZONES), moment, (text, timeZone, afterMs) => {
        const fields = fieldsOf(text);
        if (fields === undefined) return fc.pre(false);
        const tick = findTick(fields, zoneNamed(timeZone), afterMs);
        expect(fields.namesEachHour).toBe(true);
        expectTick(tick, byLibrary(text, timeZone, afterMs), afterMs);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  it('finds each time of any other once, by the clocks of each zone', () => {
    fc.assert(
      fc.property(expression, fc.constantFrom(...ZONES), moment, (text, timeZone, afterMs) => {
        const fields = fieldsOf(text);
        if (fields === undefined || fields.namesEachHour) return fc.pre(false);
        const zone = zoneNamed(timeZone);
        const tick = findTick(fields, zone, afterMs);
        expectTick(tick, byMeaning(text, zone, afterMs), afterMs);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  it.each([
    ['30 2,14 * * *', '2026-03-28T13:30Z', ['2026-03-29T01:00Z', '2026-03-29T12:30Z']],
    ['0,30 2 * * *', '2026-03-28T13:30Z', ['2026-03-29T01:00Z', '2026-03-30T00:00Z']],
    ['0 2,3 * * *', '2026-03-28T13:30Z', ['2026-03-29T01:00Z', '2026-03-30T00:00Z']],
    ['30 2,14 * * *', '2026-10-24T13:30Z', ['2026-10-25T00:30Z', '2026-10-25T13:30Z']],
    ['*/20 1-2 * * *', '2026-10-25T00:20Z', ['2026-10-25T00:40Z', '2026-10-26T00:00Z']],
    ['* * 2 * * *', '2026-10-25T00:59:59Z', ['2026-10-26T01:00Z', '2026-10-26T01:00:01Z']],
    ['0 */2 * * *', '2026-10-24T22:00Z', ['2026-10-25T00:00Z', '2026-10-25T03:00Z']],
    ['0 */1 * * *', '2026-10-25T00:00Z', ['2026-10-25T01:00Z', '2026-10-25T02:00Z']],
  ])('has %s in Berlin, after %s, at %j', (text, after, expected) => {
    const zone = zoneNamed('Europe/Berlin');
    const fields = readCron(text);

    const first = findTick(fields, zone, Date.parse(after)) ?? 0;
    const second = findTick(fields, zone, first);

    expect([first, second]).toEqual(expected.map((at) => Date.parse(at)));
  });

  it('has what is left out before midnight at midnight, as in Nuuk', () => {
    const zone = zoneNamed('America/Nuuk');
    const fields = readCron('30 23 * * *');

    const first = findTick(fields, zone, Date.parse('2026-03-28T12:00Z')) ?? 0;
    const second = findTick(fields, zone, first);

    const expected = ['2026-03-29T01:00Z', '2026-03-30T00:30Z'].map((at) => Date.parse(at));
    expect([first, second]).toEqual(expected);
  });

  it('looks at 40 years of the calendar and a few days of a zone, whatever is asked', () => {
    fc.assert(
      fc.property(anyExpression, fc.constantFrom(...ZONES), moment, (text, timeZone, afterMs) => {
        const work = new Work();
        try {
          work.search(text, timeZone, afterMs);
        } catch (error) {
          if (!(error instanceof Error)) throw error;
        }
        expect(work.months).toBeLessThan(4 * 12 * 41);
        expect(work.zone).toBeLessThan(300);
      }),
      { numRuns: 2000, endOnFailure: true },
    );
  });

  it.each([
    ['0 0 29 2 *', 'UTC', '2096-02-29T00:00:00Z', '2104-02-29T00:00:00Z'],
    ['0 0 29 2 +MON', 'UTC', '2072-02-29T00:00:00Z', '2112-02-29T00:00:00Z'],
    ['0 12 29 2 *', 'Europe/Berlin', '2026-03-01T00:00:00Z', '2028-02-29T11:00:00Z'],
  ])('finds the rarest of days: %s in %s after %s', (text, timeZone, after, expected) => {
    const tick = new Work().search(text, timeZone, Date.parse(after)) ?? 0;

    expect(new Date(tick).toISOString()).toBe(expected.replace('Z', '.000Z'));
  });

  it.each(['0 0 30 2 *', '0 0 0 31 2,4,6,9,11 +1', '0 0 1W,2W,3W,31W * +6#5', '* * 2 29 3 *'])(
    'is short where the library walks long: %s',
    (text) => {
      const work = new Work();
      work.search(text, 'Europe/Berlin', Date.parse('2026-03-28T12:00:00Z'));

      expect(work.months).toBeLessThan(2 * 12 * 41);
      expect(work.zone).toBeLessThan(100);
    },
  );
});
