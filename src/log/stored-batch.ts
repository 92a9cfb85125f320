import { OttlaError } from '../base/errors.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { readBatchHeader, verifyCrc } from '../record/batch-header.ts';
import type { Segment } from './segment.ts';

/** Where a batch stands. */
export interface StoredPlace {
  readonly segment: Segment;
  readonly position: number;
}

/** The leader epoch that the log's history has for an offset, or NONE. */
export type EpochAt = (offset: Offset) => LeaderEpoch;

export const corruptStore = ({ segment, position }: StoredPlace, reason: string): OttlaError =>
  new OttlaError(
    'CORRUPT_STORE',
    `${segment.path} is damaged at byte ${position}: ${reason}; the replica must be fetched again`,
  );

/** The header that begins at `at` of bytes read from `place`. Throws CORRUPT_STORE. */
export const storedHeaderAt = (place: StoredPlace, bytes: Uint8Array, at = 0): BatchHeader => {
  try {
    return readBatchHeader(bytes, at);
  } catch {
    throw corruptStore({ ...place, position: place.position + at }, 'header is damaged');
  }
};

/**
 * Holds a whole batch against its CRC, and its leader epoch, which the CRC does not cover, against
 * the log's history. Throws CORRUPT_STORE.
 */
export const checkStoredBatch = (
  place: StoredPlace,
  { bytes, header }: { readonly bytes: Uint8Array; readonly header: BatchHeader },
  epochAt: EpochAt,
): void => {
  if (!verifyCrc(bytes)) throw corruptStore(place, 'CRC-32C does not match');
  const leaderEpoch = epochAt(header.baseOffset);
  if (leaderEpoch === NONE || header.partitionLeaderEpoch === leaderEpoch) return;
  const reason = `leader epoch is ${header.partitionLeaderEpoch}, not ${leaderEpoch}`;
  throw corruptStore(place, reason);
};
