import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import { CRON, CRON_TZ, describeSchedule, firstTick } from '../../record/cron/cron-ticks.ts';
import type { RecordHeader } from '../../record/record.ts';
import { kindOf } from '../serde/serde.ts';
import { ProduceError } from './produce-error.ts';
import type { DelayOption } from './producer-record.ts';
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

const OPTIONS: readonly DelayOption[] = ['deliverAt', 'delayMs', 'repeat'];

const REPEAT_KEYS: KeysOf<Repeat> = { cron: true, timeZone: true };

export const delayOptionOf = (delayed: Delayed): DelayOption | undefined =>
  OPTIONS.find((name) => delayed[name] !== undefined);

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
    const remedy = 'give whole milliseconds, from 0 to some hundred thousand years';
    return [...headers, header(DELAY_MS, wholeMs(delayMs, { option, nowMs, topic, remedy }))];
  }
  const remedy = 'give a Date, or whole milliseconds since 1970';
  const at = { option, nowMs: 0, topic, remedy };
  return [...headers, header(DELIVER_AT, wholeMs(momentOf(deliverAt), at))];
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
  checkKeys(`key of repeat of a record for ${topic}`, repeat as object, REPEAT_KEYS);
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

interface AskedMs {
  readonly option: DelayOption;
  /** From when it counts: no broker takes what leads beyond 2^53. */
  readonly nowMs: number;
  readonly topic: string;
  readonly remedy: string;
}

const wholeMs = (value: unknown, { option, nowMs, topic, remedy }: AskedMs): number => {
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  if (isWhole && Number.isSafeInteger(Math.floor(nowMs) + value)) return value;
  const given = typeof value === 'number' ? String(value) : kindOf(value);
  throw refused(topic, `has ${option}=${given}: ${remedy}`);
};

const header = (key: string, ms: number): RecordHeader => textHeader(key, String(ms));

const textHeader = (key: string, text: string): RecordHeader => ({ key, value: Buffer.from(text) });

const refused = (topic: string, what: string): ProduceError =>
  new ProduceError('INVALID_RECORD', `a record for ${topic} ${what}`, { topic });
