/** A change of a zone's clocks is looked for in such steps: no two lie nearer. */
const STEP_MS = 6 * 3_600_000;

const DAY_MS = 86_400_000;

/** Days since 1970; months from 0, and the twelfth is January. */
export const dayNumber = (year: number, month: number, day: number): number =>
  Date.UTC(year, month, day) / DAY_MS;

/** What a clock shows, in milliseconds since it showed the start of 1970; months from 0. */
export const dateOf = (wallMs: number): { year: number; month: number; day: number } => {
  const date = new Date(wallMs);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() };
};

/** All of whole seconds, in milliseconds since 1970. */
export interface Zone {
  /** What its clocks show, less UTC. */
  offsetMs(atMs: number): number;
  /** The first moment after one, and up to another one, at which its clocks are set. */
  nextChange(afterMs: number, untilMs: number): number | undefined;
}

const UTC: Zone = { offsetMs: () => 0, nextChange: () => undefined };

/** By a name of the IANA's database. Throws RangeError for one that this machine does not know. */
export const zoneNamed = (timeZone: string): Zone => {
  if (timeZone === 'UTC') return UTC;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return zoneOf((atMs) => wallMs(format, atMs) - atMs);
};

export const zoneOf = (offsetMs: Zone['offsetMs']): Zone => ({
  offsetMs,
  nextChange: (afterMs, untilMs) => {
    const offset = offsetMs(afterMs);
    for (let fromMs = afterMs; fromMs < untilMs; fromMs += STEP_MS) {
      const toMs = Math.min(fromMs + STEP_MS, untilMs);
      if (offsetMs(toMs) !== offset) return changeBetween(offsetMs, fromMs, toMs);
    }
    return undefined;
  },
});

/** To the second: `fromMs` lies before it, `toMs` not. */
const changeBetween = (offsetMs: Zone['offsetMs'], fromMs: number, toMs: number): number => {
  const offset = offsetMs(fromMs);
  let [beforeMs, changedMs] = [fromMs, toMs];
  while (changedMs - beforeMs > 1000) {
    const middleMs = beforeMs + Math.floor((changedMs - beforeMs) / 2000) * 1000;
    if (offsetMs(middleMs) === offset) beforeMs = middleMs;
    else changedMs = middleMs;
  }
  return changedMs;
};

const wallMs = (format: Intl.DateTimeFormat, atMs: number): number => {
  const shown: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(atMs)) shown[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second);
};
