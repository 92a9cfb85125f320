import type { DecodedRecord } from '../../record/record.ts';
import type { FailureTrail } from './failure-trail.ts';
import { describeThrown } from './failure-trail.ts';

/** A record whose handler has failed. */
export interface FailedRecord {
  /** As it was stored where it was read first. */
  readonly stored: DecodedRecord;
  readonly place: Pick<FailureTrail, 'topic' | 'partition' | 'offset' | 'timestampMs'>;
  /** Undefined: that of the one who tells. */
  readonly groupId: string | undefined;
  readonly attempts: number;
  /** As it was thrown last. */
  readonly error: unknown;
  readonly firstFailureMs: number;
  readonly lastFailureMs: number;
}

export const trailOf = (failed: FailedRecord, groupId: string): FailureTrail => {
  const { place, attempts, error, firstFailureMs, lastFailureMs } = failed;
  const { topic, partition, offset, timestampMs } = place;
  return {
    topic,
    partition,
    offset,
    timestampMs,
    groupId: failed.groupId ?? groupId,
    attempts,
    ...describeThrown(error),
    firstFailureMs,
    lastFailureMs,
  };
};
