import { promisify } from 'node:util';
import { gunzip, gunzipSync, gzip as gzipInPool, gzipSync } from 'node:zlib';
import type { Codec } from '../codec.ts';
import { boundOf, guard, guardInPool, tooLarge } from './corrupt.ts';

const compressInPool = promisify<Uint8Array, Uint8Array>(gzipInPool);
const decompressInPool = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(gunzip);

/** What is worked on at once: less than the way to the pool and back takes, or a few ms. */
const COMPRESSED_AT_ONCE_BYTES = 16 * 1024;
/** A byte stands for 1032 at most. */
const DECOMPRESSED_AT_ONCE_BYTES = 1024;

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

const decompress = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  try {
    return gunzipSync(bytes, boundOf(maxBytes));
  } catch (error) {
    throw isTooLarge(error) ? tooLarge('gzip', maxBytes, error) : error;
  }
};

/** Gzip of Node's own zlib; several members in a row are read as one. */
export const gzip: Codec = {
  name: 'gzip',
  code: 1,
  compress: (bytes) => gzipSync(bytes),
  decompress: (bytes, maxBytes) => guard('gzip', () => decompress(bytes, maxBytes)),
  compressInPool: async (bytes) =>
    bytes.length <= COMPRESSED_AT_ONCE_BYTES ? gzipSync(bytes) : compressInPool(bytes),
  decompressInPool: (bytes, maxBytes) =>
    guardInPool('gzip', async () => {
      if (bytes.length <= DECOMPRESSED_AT_ONCE_BYTES) return decompress(bytes, maxBytes);
      try {
        return await decompressInPool(bytes, boundOf(maxBytes));
      } catch (error) {
        throw isTooLarge(error) ? tooLarge('gzip', maxBytes, error) : error;
      }
    }),
};
