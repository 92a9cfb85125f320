import { OttlaError } from '../base/errors.ts';
import type { RefusedRecord } from '../record/refused-records.ts';
import { NAMED_RECORDS_MAX, RefusedRecordsError } from '../record/refused-records.ts';
import type { RecordAccess } from './record-access.ts';
import { openSpans } from './record-access.ts';

/**
 * Throws unless every record of a producer's batch has a key, without which a compacted log cannot
 * keep it: INVALID_RECORD, with the records; or as `openSpans`.
 */
export const requireKeys = (batch: Uint8Array, log: Omit<RecordAccess, 'why'>): void => {
  const { name, config } = log;
  const refused: RefusedRecord[] = [];
  let index = 0;
  for (const { key, offsetDelta } of openSpans(batch, { name, config, why: 'is compacted' })) {
    if (offsetDelta !== index) {
      const reason = `record ${index} of the batch has offset delta ${offsetDelta}`;
      throw new OttlaError('INVALID_RECORD', `${name}: ${reason}`);
    }
    if (key === null) {
      const reason = 'a compacted topic needs a key in every record';
      if (refused.push({ index, reason }) === NAMED_RECORDS_MAX) break;
    }
    index += 1;
  }
  const [first] = refused;
  if (first === undefined) return;
  const message = `record ${first.index} of the batch has no key, a compacted topic needs one`;
  throw new RefusedRecordsError('INVALID_RECORD', `${name}: ${message}`, refused);
};
