import type { RecordHeader } from '../../record/record.ts';
import type { FailureTrail } from '../failure/failure-trail.ts';
import { addTrail } from '../failure/failure-trail.ts';
import { isDelayName, withDeliverAt, withoutHeldMarks } from '../producer/delay-header.ts';

/** Before the names of headers by which the broker would take a record for another one. */
const KEPT = 'ottla.kept.';

/**
 * The headers of a record as it goes to the retry topic: its own, when it is due, and behind them
 * what failed. Those by which it waited before would have it wait by them again.
 */
export const retryHeaders = (
  headers: readonly RecordHeader[],
  trail: FailureTrail,
  dueMs: number,
): readonly RecordHeader[] => {
  const own = headers.map(({ key, value }) => ({
    key: isDelayName(key) ? KEPT + key : key,
    value,
  }));
  return addTrail(withDeliverAt(own, dueMs), trail);
};

/** Of one that has come from the retry topic: its trail last, as when it was sent. */
export const returnedHeaders = (headers: readonly RecordHeader[]): readonly RecordHeader[] =>
  withoutHeldMarks(headers);

/** The headers that it had before it went there, of those before its trail. */
export const ownHeaders = (headers: readonly RecordHeader[]): readonly RecordHeader[] =>
  headers
    .filter(({ key }) => !isDelayName(key))
    .map(({ key, value }) => ({ key: key.startsWith(KEPT) ? key.slice(KEPT.length) : key, value }));
