import type { DecodedRecord } from '../../record/record.ts';
import type { FailedRecord } from '../failure/failed-record.ts';
import type { FailureTrail } from '../failure/failure-trail.ts';
import { splitTrail } from '../failure/failure-trail.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import { hopsIn, ownHeaders, returnedHeaders } from '../retry/retry-record.ts';

/** A record on its way to a handler. */
export interface Handed<K, V> {
  /** As the handler sees it. */
  readonly record: ReaderRecord<K, V>;
  /** In bytes, as it was where it was read first. */
  readonly stored: DecodedRecord;
  /** Calls of handlers before it was parked. */
  readonly attemptsBefore: number;
  /** Whose member handled it before it was parked. */
  readonly groupId: string | undefined;
  /** With which it was parked, or sent to be retried. */
  readonly trail: FailureTrail | undefined;
  /** How often it was sent to the retry topic. */
  readonly hops: number;
  readonly takenAtMs: number;
  firstFailureMs: number | undefined;
  /** How often this member's handler failed with it. */
  failures: number;
}

export const handedAt = <K, V>(
  record: ReaderRecord<K, V>,
  stored: DecodedRecord,
  takenAtMs: number,
): Handed<K, V> => ({
  record,
  stored,
  attemptsBefore: 0,
  groupId: undefined,
  trail: undefined,
  hops: 0,
  takenAtMs,
  firstFailureMs: undefined,
  failures: 0,
});

/** One that was parked, as it was before; as it is where it never was. */
export const unparked = <K, V>(handed: Handed<K, V>): Handed<K, V> => {
  const found = splitTrail(handed.stored.headers);
  if (found === undefined) return handed;
  const { headers, trail } = found;
  const { topic, partition, offset, timestampMs, attempts, firstFailureMs } = trail;
  return {
    ...handed,
    record: { ...handed.record, topic, partition, offset, timestampMs, headers },
    stored: { ...handed.stored, offset, timestampMs, headers },
    attemptsBefore: attempts,
    groupId: trail.groupId,
    trail,
    // One that was only behind another has not failed yet.
    firstFailureMs: attempts > 0 ? firstFailureMs : undefined,
  };
};

/** One that was sent to be retried, as it was before; as it is where it never was. */
export const returned = <K, V>(handed: Handed<K, V>): Handed<K, V> => {
  const stored = { ...handed.stored, headers: returnedHeaders(handed.stored.headers) };
  const back = unparked({ ...handed, stored });
  if (back.trail === undefined) return handed;
  const headers = ownHeaders(back.stored.headers);
  return {
    ...back,
    hops: hopsIn(back.stored.headers),
    record: { ...back.record, headers },
    stored: { ...back.stored, headers },
  };
};

/** What is known of it once the last of `attempts` calls has failed, at `nowMs`. */
export const failedAt = <K, V>(
  handed: Handed<K, V>,
  call: { readonly attempts: number; readonly error: unknown; readonly nowMs: number },
): FailedRecord => {
  const { error, nowMs } = call;
  handed.firstFailureMs ??= nowMs;
  return {
    stored: handed.stored,
    place: handed.record,
    groupId: handed.groupId,
    attempts: handed.attemptsBefore + call.attempts,
    error,
    firstFailureMs: handed.firstFailureMs,
    lastFailureMs: nowMs,
  };
};
