import { OttlaError } from '../base/errors.ts';
import { readBatchHeader } from '../record/batch-header.ts';
import { missingCodec, openRecords } from '../record/batch-reader.ts';
import type { CodecName } from '../record/codec.ts';
import { loadCodec } from '../record/compression.ts';
import type { RecordSpan } from '../record/record-spans.ts';
import { spansOf } from '../record/record-spans.ts';

// Libraries are per process, so is what is known of them.
const unloadable = new Set<CodecName>();

/** Who asks for the records of a producer's batch, for messages. */
export interface RecordAccess {
  /** Of the log. */
  readonly name: string;
  /** Why the records are looked at, as it goes on from the name: "is compacted". */
  readonly why: string;
}

/**
 * The records of a producer's batch whose sum is right. Throws INVALID_RECORD where they cannot be
 * read; REPLICA_NOT_AVAILABLE (retriable) for the first batch of a codec, whose library is loaded
 * meanwhile; UNSUPPORTED_COMPRESSION_TYPE where that cannot be.
 */
export const openSpans = (batch: Uint8Array, access: RecordAccess): RecordSpan[] => {
  const missing = missingCodec(batch);
  if (missing !== undefined) throw askAgain(access, missing);
  const header = readBatchHeader(batch);
  try {
    return spansOf(header, openRecords(batch, header));
  } catch (error) {
    if (!(error instanceof OttlaError) || error.code !== 'CORRUPT_MESSAGE') throw error;
    // Its sum is right: it was damaged before it was sent, and sending it again is of no use.
    throw new OttlaError('INVALID_RECORD', `${access.name}: ${error.message}`);
  }
};

const askAgain = ({ name, why }: RecordAccess, codec: CodecName): OttlaError => {
  if (unloadable.has(codec)) {
    return new OttlaError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `${name} ${why}, and the library for ${codec} cannot be loaded here: use another codec`,
    );
  }
  loadCodec(codec).catch(() => unloadable.add(codec));
  return new OttlaError(
    'REPLICA_NOT_AVAILABLE',
    `${name} ${why}, and the library for ${codec} is being loaded: try again`,
  );
};
