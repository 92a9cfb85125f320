import {
  CRON,
  CRON_TZ,
  describeSchedule,
  firstTick,
  scheduleOf,
} from '../../record/cron/cron-ticks.ts';
import type { RecordHeader } from '../../record/record.ts';

/** The moment from which a record may be seen: milliseconds since 1970, as decimal digits. */
export const DELIVER_AT = 'ottla-deliver-at';
/** How long after the leader took it a record may be seen: milliseconds, as decimal digits. */
export const DELAY_MS = 'ottla-delay-ms';
/** What all begin with: a batch without either asks for no delay. */
export const DELAY_PREFIXES = ['ottla-de', CRON];

/** `due`: milliseconds since 1970, by the leader's clock. */
export type AskedDelay =
  | { readonly kind: 'none' }
  | { readonly kind: 'due'; readonly dueMs: number }
  | { readonly kind: 'refused'; readonly reason: string };

const NONE_ASKED: AskedDelay = { kind: 'none' };

/** What the headers of one record ask for; `nowMs` is when the leader took it. */
export const askedDelay = (headers: readonly RecordHeader[], nowMs: number): AskedDelay => {
  const asking = headers.filter(({ key }) => ASKING.has(key));
  const [header, second] = asking;
  if (header === undefined) return zoneOnly(headers);
  if (second !== undefined) {
    const both = `${header.key} and ${second.key}`;
    return refused(`it has the headers ${both}: one of them, once, says when it is due`);
  }
  if (header.key === CRON) return askedRepeat(headers, nowMs);
  const text = header.value === null ? '' : Buffer.from(header.value).toString('utf8');
  if (!/^\d+$/.test(text)) {
    const shown = JSON.stringify(text.slice(0, 32));
    return refused(`header ${header.key} is ${shown}: give milliseconds as decimal digits`);
  }
  const dueMs = Number(text) + (header.key === DELAY_MS ? nowMs : 0);
  if (Number.isSafeInteger(dueMs)) return { kind: 'due', dueMs };
  return refused(`header ${header.key} leads beyond 2^53 milliseconds: give an earlier moment`);
};

const ASKING: ReadonlySet<string> = new Set([DELIVER_AT, DELAY_MS, CRON]);

const zoneOnly = (headers: readonly RecordHeader[]): AskedDelay =>
  headers.some(({ key }) => key === CRON_TZ)
    ? refused(`it has the header ${CRON_TZ} and no ${CRON}`)
    : NONE_ASKED;

const askedRepeat = (headers: readonly RecordHeader[], nowMs: number): AskedDelay => {
  const schedule = scheduleOf(headers);
  if (schedule === undefined) return NONE_ASKED;
  if (headers.filter(({ key }) => key === CRON_TZ).length > 1) {
    return refused(`it has the header ${CRON_TZ} more than once`);
  }
  const first = firstTick(schedule, nowMs);
  if ('tickMs' in first) return { kind: 'due', dueMs: first.tickMs };
  return refused(`header ${CRON} ${describeSchedule(schedule)} ${first.refusal}`);
};

const refused = (reason: string): AskedDelay => ({ kind: 'refused', reason });
