import { OttlaError } from '../base/errors.ts';

/** What the records of one batch may decompress to, unless the caller says otherwise. */
export const DEFAULT_MAX_DECOMPRESSED_BYTES: number = 128 * 1024 * 1024;

/** Length, attributes, two deltas, two lengths, header count: a byte each at least. */
export const RECORD_BYTES_MIN = 7;

/** How often a broker lets records be larger than the largest batch of their topic. */
const EXPANSION_MAX = 32;
const BOUND_BYTES_MIN = 8 * 1024 * 1024;

/** An output beyond its bound: the one CORRUPT_MESSAGE that is no damage. */
export class OutputTooLargeError extends OttlaError {
  constructor(message: string, cause?: unknown) {
    super('CORRUPT_MESSAGE', message, { cause });
  }
}

/**
 * What a broker lets the records of a producer's batch decompress to, where it opens them. A few
 * kilobytes can stand for any size, and the event loop and memory of all clients pay for it.
 */
export const openedBytesMax = (maxMessageBytes: number): number =>
  Math.min(
    DEFAULT_MAX_DECOMPRESSED_BYTES,
    Math.max(BOUND_BYTES_MIN, EXPANSION_MAX * maxMessageBytes),
  );

/**
 * What a producer hears of records that its batch, whose sum is right, did not give. Damage came
 * before it was sent: INVALID_RECORD, because sending it again is of no use. Records beyond the
 * bound are MESSAGE_TOO_LARGE, which clients answer with smaller batches.
 */
export const refusalOfRecords = (error: unknown, name?: string): unknown => {
  if (!(error instanceof OttlaError) || error.code !== 'CORRUPT_MESSAGE') return error;
  const code = error instanceof OutputTooLargeError ? 'MESSAGE_TOO_LARGE' : 'INVALID_RECORD';
  const message = name === undefined ? error.message : `${name}: ${error.message}`;
  return new OttlaError(code, message, { cause: error });
};
