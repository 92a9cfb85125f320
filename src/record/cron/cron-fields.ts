import { CronPattern } from 'croner';
import { dayNumber } from './time-zone.ts';

/** What a schedule may be written with: far more than any needs, and soon read. */
const EXPRESSION_LENGTH_MAX = 256;
const HOURS = 24;
/** A Thursday, where Sunday is 0. */
const FIRST_OF_1970 = 4;

/** What an expression says of the clock on the wall, in whichever zone. */
export interface CronFields {
  /** Each in order, and none of them empty. */
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
  /** It goes by the time that passes; all others by what the clock shows, and that once. */
  readonly namesEachHour: boolean;
  /** The days of a month that it names: bit n is day n, from 1. Months from 0. */
  daysOf(year: number, month: number): number;
}

/**
 * Reads an expression of five or six fields, or a nickname as `@daily`. Throws for what is none,
 * and for one with a field of years: a record is not made to wait for centuries.
 */
export const readCron = (expression: string): CronFields => {
  if (expression.length > EXPRESSION_LENGTH_MAX) {
    throw new RangeError(`it is longer than ${EXPRESSION_LENGTH_MAX} characters`);
  }
  const text = expression.trim();
  const count = text.split(/\s+/).length;
  // The library takes a single moment too, which is what ottla-deliver-at is for.
  if (count < 5 && !/^@\w+$/.test(text)) throw new RangeError('it has fewer than five fields');
  if (count > 6) throw new RangeError('it has more than six fields: leave out the year');
  const pattern = new CronPattern(text, undefined, { mode: '5-or-6-parts' });
  const hours = placesIn(pattern.hour);
  return {
    hours,
    minutes: placesIn(pattern.minute),
    seconds: placesIn(pattern.second),
    namesEachHour: hours.length === HOURS,
    daysOf: daysBy(pattern),
  };
};

const placesIn = (marks: readonly number[]): readonly number[] =>
  marks.flatMap((mark, place) => (mark ? [place] : []));

/** A month is told by its first weekday and its length: each of these 28 is worked out once. */
const daysBy = (pattern: CronPattern): CronFields['daysOf'] => {
  const months = pattern.month.map(Boolean);
  const asked = daysAsked(pattern);
  const known: number[] = [];
  return (year, month) => {
    if (months[month] !== true) return 0;
    const firstDay = dayNumber(year, month, 1);
    const shape = {
      firstWeekday: (firstDay + FIRST_OF_1970) % 7,
      length: dayNumber(year, month + 1, 1) - firstDay,
    };
    const name = shape.firstWeekday * 32 + shape.length;
    known[name] ??= asked(shape);
    return known[name] ?? 0;
  };
};

interface MonthShape {
  /** Sunday is 0. */
  readonly firstWeekday: number;
  readonly length: number;
}

/** The pattern is 80 kB: what is kept of it is this alone. */
const daysAsked = ({
  day,
  dayOfWeek,
  nearestWeekdays,
  lastDayOfMonth,
  lastWeekday,
  starDOM,
  starDOW,
  useAndLogic,
}: CronPattern): ((shape: MonthShape) => number) => {
  const days = placesIn(day).map((place) => place + 1);
  const nearest = placesIn(nearestWeekdays).map((place) => place + 1);
  const weekdays = [...dayOfWeek];
  return (shape) => {
    const byDay = new Set(days);
    for (const one of nearest) byDay.add(nearestWeekday(one, shape));
    if (lastDayOfMonth) byDay.add(shape.length);
    if (lastWeekday) byDay.add(nearestWeekday(shape.length, shape));
    let mask = 0;
    for (let one = 1; one <= shape.length; one += 1) {
      const isOfDay = byDay.has(one);
      const isOfWeekday = isWeekdayAsked(one, weekdays, shape);
      const isBoth = starDOW || starDOM || useAndLogic;
      if (isBoth ? isOfDay && (starDOW || isOfWeekday) : isOfDay || isOfWeekday) mask |= 1 << one;
    }
    return mask;
  };
};

const weekdayOf = (day: number, { firstWeekday }: MonthShape): number =>
  (firstWeekday + day - 1) % 7;

/** In the same month; 0 where it has no such day. */
const nearestWeekday = (day: number, shape: MonthShape): number => {
  if (day > shape.length) return 0;
  const weekday = weekdayOf(day, shape);
  if (weekday === 0) return day === shape.length ? day - 2 : day + 1;
  if (weekday === 6) return day === 1 ? day + 2 : day - 1;
  return day;
};

/** Bits of each weekday: 0 to 4 ask for the first to the fifth of a month, 5 for the last. */
const isWeekdayAsked = (day: number, weekdays: readonly number[], shape: MonthShape): boolean => {
  const bits = weekdays[weekdayOf(day, shape)] ?? 0;
  const nth = 1 << (Math.ceil(day / 7) - 1);
  return (bits & nth) !== 0 || ((bits & 32) !== 0 && day + 7 > shape.length);
};
