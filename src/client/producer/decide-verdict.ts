import type { ErrorCode } from '../../base/errors.ts';
import { ERRORS } from '../../base/errors.ts';

/**
 * What becomes of a batch that a broker refused. `retry`: the same bytes and sequence once more.
 * `renumber`: it surely is in no log and goes again under a new identity. `fail`: its records fail.
 * `failPartition`: all that waits for the partition fails with it.
 */
export type Verdict = 'retry' | 'renumber' | 'fail' | 'failPartition';

export interface RefusedBatch {
  readonly code: ErrorCode;
  readonly hasSequence: boolean;
  /** No earlier batch of the partition is unsettled. */
  readonly isHead: boolean;
  /** An earlier batch was given up and left a hole in the sequence. */
  readonly hasGap: boolean;
  /** An earlier sending had an unknown outcome. */
  readonly isAmbiguous: boolean;
}

const RETRIED: ReadonlySet<ErrorCode> = new Set(
  (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].retriable),
);

/**
 * Never duplicates, never reorders. A batch out of sequence is in no log under that sequence,
 * which proves its absence only if every earlier sending was refused as well: one whose outcome is
 * unknown may still be in a socket on its way, so it is failed (as "maybe") rather than sent under
 * a new identity.
 */
export const decideVerdict = (batch: RefusedBatch): Verdict => {
  const { code } = batch;
  if (batch.hasSequence) {
    if (code === 'INVALID_PRODUCER_EPOCH') return 'failPartition';
    if (code === 'OUT_OF_ORDER_SEQUENCE_NUMBER' || code === 'UNKNOWN_PRODUCER_ID') {
      return decideOutOfOrder(batch);
    }
  }
  return RETRIED.has(code) ? 'retry' : 'fail';
};

const decideOutOfOrder = (batch: RefusedBatch): Verdict => {
  if (batch.hasGap) return batch.isAmbiguous ? 'fail' : 'renumber';
  // What stands before it was refused or lost and goes first: then this one fits again.
  if (!batch.isHead) return 'retry';
  // The broker has forgotten a producer that had been idle: nothing is lost, the count starts anew.
  if (batch.code === 'UNKNOWN_PRODUCER_ID' && !batch.isAmbiguous) return 'renumber';
  return 'failPartition';
};
