import { OttlaError } from '../base/errors.ts';
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { MAGIC_V2, readBatchHeader, verifyCrc } from '../record/batch-header.ts';
import type { Segment } from './segment.ts';
import { follows } from './segment-scan.ts';

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

/** Throws CORRUPT_STORE where a batch does not begin at `expected`, as `follows` has it. */
export const checkFollows = (place: StoredPlace, header: BatchHeader, expected: Offset): void => {
  if (follows(header, place.position, expected)) return;
  throw corruptStore(place, `offset ${header.baseOffset} does not follow, ${expected} does`);
};

/**
 * Holds a whole batch against its CRC, and what the CRC does not cover against what must be there:
 * the format, and of the log's history the leader epoch. (The size is, for the CRC is that of so
 * many bytes; for the base offset see `checkFollows`.) Throws CORRUPT_STORE.
 */
export const checkStoredBatch = (
  place: StoredPlace,
  { bytes, header }: { readonly bytes: Uint8Array; readonly header: BatchHeader },
  epochAt: EpochAt,
): void => {
  if (header.magic !== MAGIC_V2) throw corruptStore(place, `message format is ${header.magic}`);
  if (!verifyCrc(bytes)) throw corruptStore(place, 'CRC-32C does not match');
  const leaderEpoch = epochAt(header.baseOffset);
  if (leaderEpoch === NONE || header.partitionLeaderEpoch === leaderEpoch) return;
  const reason = `leader epoch is ${header.partitionLeaderEpoch}, not ${leaderEpoch}`;
  throw corruptStore(place, reason);
};
