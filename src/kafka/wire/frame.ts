import { readInt32At } from '../../base/bytes/big-endian.ts';
import type { Codec } from './codec.ts';
import { compileStruct } from './compile.ts';
import { DecodeError } from './decode-error.ts';
import type { FrameWriter } from './frame-writer.ts';

/**
 * A frame is a size of four bytes, which does not count itself, a header and a body. Of the
 * headers only the tail depends on the version: flexible ones end with a tagged section.
 */
export const FRAME_SIZE_BYTES = 4;

/** API key, version, correlation id and the length of a client id: no request is shorter. */
const REQUEST_MIN_BYTES = 10;

/**
 * The size of the request frame that begins at `position`, where four bytes are present. Throws
 * `DecodeError` where it is above `maxBytes`, or too short for a request, or negative.
 */
export const readRequestSize = (bytes: Uint8Array, position: number, maxBytes: number): number => {
  const sizeBytes = readInt32At(bytes, position);
  if (sizeBytes >= REQUEST_MIN_BYTES && sizeBytes <= maxBytes) return sizeBytes;
  throw new DecodeError(
    `frame size ${sizeBytes} lies outside ${REQUEST_MIN_BYTES}..${maxBytes}: no Kafka request`,
  );
};

/** The tagged section of headers: written empty, because some clients skip one byte; skipped. */
export const HEADER_TAGS: Codec<Record<string, unknown>> = compileStruct(
  {},
  { version: 0, flexible: true },
);

/** Leaves room for the frame's size, to be filled by `finishFrame`. */
export const beginFrame = (writer: FrameWriter): void => {
  writer.skip(FRAME_SIZE_BYTES);
};

/** Fills in the size; returns the parts to be written to the socket, in order. */
export const finishFrame = (writer: FrameWriter): Uint8Array[] => {
  writer.patchInt32(0, writer.totalBytes - FRAME_SIZE_BYTES);
  return writer.parts();
};
