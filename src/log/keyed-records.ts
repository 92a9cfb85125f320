import { OttlaError } from '../base/errors.ts';
import type { RecordSpan } from '../record/record-spans.ts';
import type { RefusedRecord } from '../record/refused-records.ts';
import { NAMED_RECORDS_MAX, RefusedRecordsError } from '../record/refused-records.ts';
import { openSpans } from './record-access.ts';

/**
 * Throws unless every record of a producer's batch has a key, without which a compacted log cannot
 * keep it: INVALID_RECORD, with the records; or as `openSpans`.
 */
export const requireKeys = (name: string, batch: Uint8Array): void => {
  const spans = openSpans(batch, { name, why: 'is compacted' });
  for (const [index, { offsetDelta }] of spans.entries()) {
    if (offsetDelta === index) continue;
    const reason = `record ${index} of the batch has offset delta ${offsetDelta}`;
    throw new OttlaError('INVALID_RECORD', `${name}: ${reason}`);
  }
  const refused = keyless(spans);
  const [first] = refused;
  if (first === undefined) return;
  const message = `record ${first.index} of the batch has no key, a compacted topic needs one`;
  throw new RefusedRecordsError('INVALID_RECORD', `${name}: ${message}`, refused);
};

const keyless = (spans: readonly RecordSpan[]): RefusedRecord[] =>
  spans
    .flatMap(({ key }, index) =>
      key === null ? [{ index, reason: 'a compacted topic needs a key in every record' }] : [],
    )
    .slice(0, NAMED_RECORDS_MAX);
