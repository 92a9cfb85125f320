import type { RecordHeader } from '../../record/record.ts';
import type { FailureTrail } from '../failure/failure-trail.ts';

/** A record that was put aside, byte for byte, and what is known of its failures. */
export interface ParkedRecord extends FailureTrail {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** Milliseconds since 1970, UTC: not to be handled again before. */
  readonly dueMs: number;
}

/**
 * Keeps records that were put aside. A record is the same by its group, topic, partition and
 * offset. What fails may throw anything: the run ends with it, and nothing is lost.
 */
export interface ParkStore {
  /**
   * Resolves when all are durable, and only then do they count as finished. One that is there with
   * as many attempts, or more, stays as it is.
   */
  put(records: readonly ParkedRecord[]): Promise<void>;
  /**
   * Those that are due at `nowMs`, the longest due first; `maxRecords` at most. Damaged ones are
   * passed over; where nothing whole is due, it throws CORRUPT_STORE, naming one of them.
   */
  due(nowMs: number, maxRecords: number): Promise<readonly ParkedRecord[]>;
  /** Resolves when it is gone for good; one that is not there is no error. */
  remove(record: ParkedRecord): Promise<void>;
}

export const isParkStore = (given: unknown): given is ParkStore =>
  typeof given === 'object' && given !== null && 'put' in given && 'due' in given;
