import { OttlaError } from '../base/errors.ts';
import { readBatchHeader } from '../record/batch-header.ts';
import { missingCodec, openRecords } from '../record/batch-reader.ts';
import type { CodecName } from '../record/codec.ts';
import { loadCodec } from '../record/compression.ts';
import type { RecordSpan } from '../record/record-spans.ts';
import { spansOf } from '../record/record-spans.ts';

// Libraries are per process, so is what is known of them.
const unloadable = new Set<CodecName>();

/**
 * Throws unless every record of a producer's batch has a key, without which a compacted log cannot
 * keep it: INVALID_RECORD. REPLICA_NOT_AVAILABLE (retriable) for the first batch of a codec, whose
 * library is loaded meanwhile; UNSUPPORTED_COMPRESSION_TYPE where that cannot be.
 */
export const requireKeys = (name: string, batch: Uint8Array): void => {
  const missing = missingCodec(batch);
  if (missing !== undefined) throw askAgain(name, missing);
  for (const [index, { key, offsetDelta }] of readSpans(name, batch).entries()) {
    if (key === null) {
      throw invalid(name, `record ${index} of the batch has no key, a compacted topic needs one`);
    }
    if (offsetDelta !== index) {
      throw invalid(name, `record ${index} of the batch has offset delta ${offsetDelta}`);
    }
  }
};

const readSpans = (name: string, batch: Uint8Array): RecordSpan[] => {
  const header = readBatchHeader(batch);
  try {
    return spansOf(header, openRecords(batch, header));
  } catch (error) {
    if (!(error instanceof OttlaError) || error.code !== 'CORRUPT_MESSAGE') throw error;
    // Its sum is right: it was damaged before it was sent, and sending it again is of no use.
    throw invalid(name, error.message);
  }
};

const invalid = (name: string, reason: string): OttlaError =>
  new OttlaError('INVALID_RECORD', `${name}: ${reason}`);

const askAgain = (name: string, codec: CodecName): OttlaError => {
  if (unloadable.has(codec)) {
    return new OttlaError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `${name} is compacted, and the library for ${codec} cannot be loaded here: use another codec`,
    );
  }
  loadCodec(codec).catch(() => unloadable.add(codec));
  return new OttlaError(
    'REPLICA_NOT_AVAILABLE',
    `${name} is compacted, and the library for ${codec} is being loaded: try again`,
  );
};
