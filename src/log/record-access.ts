import { OttlaError } from '../base/errors.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { readBatchHeader } from '../record/batch-header.ts';
import { missingCodec, openRecords } from '../record/batch-reader.ts';
import type { CodecName } from '../record/codec.ts';
import { loadCodec } from '../record/compression.ts';
import type { RecordSpan } from '../record/record-spans.ts';
import { spansIn } from '../record/record-spans.ts';
import { openedBytesMax, RECORD_BYTES_MIN, refusalOfRecords } from '../record/records-bound.ts';
import type { LogConfig } from './log-config.ts';

/** So many are looked at in any case: the event loop is held meanwhile. */
const LOOKED_AT_MAX = 1_000_000;

// Libraries are per process, so is what is known of them.
const unloadable = new Set<CodecName>();

/** Who asks for the records of a producer's batch, for messages. */
export interface RecordAccess {
  /** Of the log. */
  readonly name: string;
  /** Why the records are looked at, as it goes on from the name: "is compacted". */
  readonly why: string;
  readonly config: Pick<LogConfig, 'maxMessageBytes'>;
}

/**
 * The records of a producer's batch whose sum is right, one at a time. Throws, as they are asked
 * for, INVALID_RECORD where they cannot be read; MESSAGE_TOO_LARGE where they are more, or larger,
 * than are looked at; REPLICA_NOT_AVAILABLE (retriable) where the library of the codec is being
 * loaded, which the broker does before it appends; UNSUPPORTED_COMPRESSION_TYPE where that cannot
 * be.
 */
export const openSpans = function* (
  batch: Uint8Array,
  access: RecordAccess,
): Generator<RecordSpan, void> {
  const { header, section } = openSection(batch, access);
  try {
    yield* spansIn(header, section);
  } catch (error) {
    throw refusalOfRecords(error, access.name);
  }
};

/** The records of a producer's batch as one run of bytes; for the rest as `openSpans`. */
export const openSection = (
  batch: Uint8Array,
  access: RecordAccess,
): { readonly header: BatchHeader; readonly section: Uint8Array } => {
  const missing = missingCodec(batch);
  if (missing !== undefined) throw askAgain(access, missing);
  const header = readBatchHeader(batch);
  requireFew(header, access);
  const maxDecompressedBytes = openedBytesMax(access.config.maxMessageBytes);
  try {
    return { header, section: openRecords(batch, header, { maxDecompressedBytes }) };
  } catch (error) {
    throw refusalOfRecords(error, access.name);
  }
};

/** What is not compressed never has more than this lets pass. */
const requireFew = ({ recordCount }: BatchHeader, { name, why, config }: RecordAccess): void => {
  const maxCount = Math.max(LOOKED_AT_MAX, config.maxMessageBytes / RECORD_BYTES_MIN);
  if (recordCount <= maxCount) return;
  throw new OttlaError(
    'MESSAGE_TOO_LARGE',
    `${name} ${why}, and ${recordCount} records of one batch are not looked at: send fewer`,
  );
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
