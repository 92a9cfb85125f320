import { MESSAGE_ID } from '../../record/message-id.ts';
import type { RecordHeader } from '../../record/record.ts';
import type { FailureTrail } from '../failure/failure-trail.ts';
import { addTrail } from '../failure/failure-trail.ts';
import { isDelayName, withDeliverAt, withoutHeldMarks } from '../producer/delay-header.ts';

/** Before the names of headers by which the broker would take a record for another one. */
const KEPT = 'ottla.kept.';
/** How often it was sent to the retry topic: which of two copies is the later one. */
const HOPS = 'ottla.retry.hops';

export interface RetryMarks {
  readonly hops: number;
  readonly dueMs: number;
  readonly trail: FailureTrail;
}

const isTaken = (key: string): boolean => key === HOPS || key === MESSAGE_ID || isDelayName(key);

/**
 * The headers of a record as it goes to the retry topic: its own, how often it has gone there with
 * this time, when it is due, and behind them what failed. Those by which it waited before would
 * have it wait by them again, and its id would keep it from going there a second time.
 */
export const retryHeaders = (
  headers: readonly RecordHeader[],
  { hops, dueMs, trail }: RetryMarks,
): readonly RecordHeader[] => {
  const own = headers.map(({ key, value }) => ({
    key: isTaken(key) ? KEPT + key : key,
    value,
  }));
  const counted = [...own, { key: HOPS, value: Buffer.from(String(hops)) }];
  return addTrail(withDeliverAt(counted, dueMs), trail);
};

/** Of one that has come from the retry topic: its trail last, as when it was sent. */
export const returnedHeaders = (headers: readonly RecordHeader[]): readonly RecordHeader[] =>
  withoutHeldMarks(headers);

/** Of the headers before its trail; one that does not say has gone there once. */
export const hopsIn = (headers: readonly RecordHeader[]): number => {
  const value = headers.findLast(({ key }) => key === HOPS)?.value;
  const hops = Number(Buffer.from(value ?? []).toString('utf8'));
  return Number.isSafeInteger(hops) && hops > 0 ? hops : 1;
};

/** The headers that it had before it went there, of those before its trail. */
export const ownHeaders = (headers: readonly RecordHeader[]): readonly RecordHeader[] =>
  headers
    .filter(({ key }) => !isTaken(key))
    .map(({ key, value }) => ({ key: key.startsWith(KEPT) ? key.slice(KEPT.length) : key, value }));
