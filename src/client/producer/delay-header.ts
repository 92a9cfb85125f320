import { CRON, CRON_TZ, describeSchedule, firstTick } from '../../record/cron/cron-ticks.ts';
import type { RecordHeader } from '../../record/record.ts';
import { kindOf } from '../serde/serde.ts';
import { ProduceError } from './produce-error.ts';
import type { Repeat } from './repeat.ts';

/** The brokers' names: see `src/broker/delayed/delay-headers.ts`. */
const DELIVER_AT = 'ottla-deliver-at';
const DELAY_MS = 'ottla-delay-ms';
/** On what has waited: see `src/broker/delayed/held-batch.ts`. */
const HELD_OFFSET = 'ottla-held-offset';
const HELD_TIMESTAMP = 'ottla-held-timestamp';
const DELAY_NAMES: readonly string[] = [
  DELIVER_AT,
  DELAY_MS,
  CRON,
  CRON_TZ,
  HELD_OFFSET,
  HELD_TIMESTAMP,
];

/** When a record may be seen, as its sender says it. */
export interface Delayed {
  readonly deliverAt?: Date | number | undefined;
  readonly delayMs?: number | undefined;
  readonly repeat?: Repeat | undefined;
}

const OPTIONS = ['deliverAt', 'delayMs', 'repeat'] as const;

/**
 * The headers with those by which a broker knows it, if any. Throws INVALID_RECORD naming what is
 * wrong; a schedule must have a tick after `nowMs`, in milliseconds since 1970.
 */
export const delayHeaders = (
  delayed: Delayed,
  headers: readonly RecordHeader[],
  { topic, nowMs }: { readonly topic: string; readonly nowMs: number },
): readonly RecordHeader[] => {
  const [option, second] = OPTIONS.filter((name) => delayed[name] !== undefined);
  if (option === undefined) return headers;
  if (second !== undefined) throw refused(topic, `has ${option} and ${second}: give one of them`);
  const named = headers.find(({ key }) => [DELIVER_AT, DELAY_MS, CRON, CRON_TZ].includes(key));
  if (named !== undefined) {
    throw refused(topic, `has ${option} and a header ${named.key}: give one of them`);
  }
  const { deliverAt, delayMs, repeat } = delayed;
  if (option === 'repeat') return [...headers, ...repeatHeaders(repeat, { topic, nowMs })];
  if (option === 'delayMs') {
    return [...headers, header(DELAY_MS, wholeMs('delayMs', delayMs, topic))];
  }
  return [...headers, header(DELIVER_AT, wholeMs('deliverAt', momentOf(deliverAt), topic))];
};

/** Callers in JavaScript may give anything. */
const repeatHeaders = (
  repeat: unknown,
  { topic, nowMs }: { readonly topic: string; readonly nowMs: number },
): readonly RecordHeader[] => {
  const { cron, timeZone } = (repeat ?? {}) as Partial<Record<keyof Repeat, unknown>>;
  if (typeof cron !== 'string') {
    throw refused(topic, "has a repeat without an expression: give { cron: '0 8 * * 1-5' }");
  }
  if (timeZone !== undefined && typeof timeZone !== 'string') {
    const remedy = "give the name of a zone, as 'Europe/Berlin'";
    throw refused(topic, `has repeat.timeZone=${kindOf(timeZone)}: ${remedy}`);
  }
  const schedule = { expression: cron, timeZone: timeZone ?? 'UTC' };
  const first = firstTick(schedule, nowMs);
  if ('refusal' in first) {
    throw refused(topic, `has repeat ${describeSchedule(schedule)}, which ${first.refusal}`);
  }
  const zone = timeZone === undefined ? [] : [textHeader(CRON_TZ, timeZone)];
  return [textHeader(CRON, cron), ...zone];
};

/** Without what would have it wait once more, of a record that has waited; others as they are. */
export const withoutDelay = (headers: readonly RecordHeader[]): readonly RecordHeader[] =>
  headers.some(({ key }) => key === HELD_OFFSET)
    ? headers.filter(({ key }) => key !== DELAY_MS && key !== DELIVER_AT)
    : headers;

/** Whether a header is one of those by which brokers hold records back, or tell that they did. */
export const isDelayName = (key: string): boolean => DELAY_NAMES.includes(key);

export const withDeliverAt = (
  headers: readonly RecordHeader[],
  dueMs: number,
): readonly RecordHeader[] => [...headers, header(DELIVER_AT, dueMs)];

/** Without what the broker has put behind the others when it delivered the record. */
export const withoutHeldMarks = (headers: readonly RecordHeader[]): readonly RecordHeader[] =>
  headers.at(-1)?.key === HELD_OFFSET ? headers.slice(0, -2) : headers;

/** Callers in JavaScript may give anything. */
const momentOf = (given: Date | number | undefined): unknown => {
  const isMoment = typeof given === 'object' && typeof given?.getTime === 'function';
  return isMoment ? given.getTime() : given;
};

const wholeMs = (option: string, value: unknown, topic: string): number => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const given = typeof value === 'number' ? String(value) : kindOf(value);
  throw refused(topic, `has ${option}=${given}: give whole milliseconds, 0 or more`);
};

const header = (key: string, ms: number): RecordHeader => textHeader(key, String(ms));

const textHeader = (key: string, text: string): RecordHeader => ({ key, value: Buffer.from(text) });

const refused = (topic: string, what: string): ProduceError =>
  new ProduceError('INVALID_RECORD', `a record for ${topic} ${what}`, { topic });
