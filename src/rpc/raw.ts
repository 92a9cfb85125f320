import { assert } from '../base/assert.ts';

/**
 * Messages pass gRPC as the bytes that our own codecs made: these stand where it expects a
 * serializer. It wants a Buffer; a plain array is viewed as one, not copied.
 */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

export const asBytes = (bytes: Buffer): Uint8Array => bytes;

/** What is used of a readable stream beyond its public types. */
interface ReadableInternals {
  readonly _readableState?: { highWaterMark: number };
}

/**
 * A stream of objects reads 16 of them ahead, and so would a paused one: with messages of up to 64
 * MiB that is no bound. grpc-js gives no way to say so when it makes the stream.
 */
export const readOneAtATime = (raw: object): void => {
  const state = (raw as ReadableInternals)._readableState;
  assert(state !== undefined, 'a gRPC stream is a readable stream of Node');
  state.highWaterMark = 1;
};
