import { describeError, OttlaError } from '../../base/errors.ts';
import type { CodecName } from '../codec.ts';
import { OutputTooLargeError } from '../records-bound.ts';

/** The one error of a decoder: what is wrong with the input, on one line. */
export const corrupt = (codec: CodecName, reason: string, cause?: unknown): OttlaError =>
  new OttlaError('CORRUPT_MESSAGE', `${codec} data: ${reason}`, { cause });

/** The same for an output beyond its bound. */
export const tooLarge = (codec: CodecName, maxBytes: number, cause?: unknown): OttlaError =>
  new OutputTooLargeError(
    `${codec} data: decompresses to more than the ${maxBytes} bytes allowed`,
    cause,
  );

/** Runs a native decoder; whatever it throws becomes `CORRUPT_MESSAGE`. */
export const guard = <T>(codec: CodecName, decode: () => T): T => {
  try {
    return decode();
  } catch (error) {
    throw asCorrupt(codec, error);
  }
};

/** As `guard`, of a decoder in the thread pool. */
export const guardInPool = async <T>(codec: CodecName, decode: () => Promise<T>): Promise<T> => {
  try {
    return await decode();
  } catch (error) {
    throw asCorrupt(codec, error);
  }
};

const asCorrupt = (codec: CodecName, error: unknown): OttlaError =>
  error instanceof OttlaError
    ? error
    : corrupt(codec, describeError(error).split('\n', 1)[0] ?? 'unreadable', error);

/** A Buffer over the same memory, for libraries that ask for one. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// zlib refuses a bound of 0, and an empty output never reaches one of 1.
export const boundOf = (maxBytes: number): { readonly maxOutputLength: number } => ({
  maxOutputLength: Math.max(1, maxBytes),
});

/** The parts in a row; the only one as it is. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array =>
  parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
