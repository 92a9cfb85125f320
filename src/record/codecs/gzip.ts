import { promisify } from 'node:util';
import { gunzip, gunzipSync, gzip as gzipInPool, gzipSync } from 'node:zlib';
import type { Codec } from '../codec.ts';
import { guard, guardInPool, tooLarge } from './corrupt.ts';

const compressInPool = promisify<Uint8Array, Uint8Array>(gzipInPool);
const decompressInPool = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(gunzip);

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

// zlib refuses a bound of 0, and an empty output never reaches one of 1.
const boundOf = (maxBytes: number): { readonly maxOutputLength: number } => ({
  maxOutputLength: Math.max(1, maxBytes),
});

/** Gzip of Node's own zlib; several members in a row are read as one. */
export const gzip: Codec = {
  name: 'gzip',
  code: 1,
  compress: (bytes) => gzipSync(bytes),
  decompress: (bytes, maxBytes) =>
    guard('gzip', () => {
      try {
        return gunzipSync(bytes, boundOf(maxBytes));
      } catch (error) {
        throw isTooLarge(error) ? tooLarge('gzip', maxBytes, error) : error;
      }
    }),
  compressInPool: (bytes) => compressInPool(bytes),
  decompressInPool: (bytes, maxBytes) =>
    guardInPool('gzip', async () => {
      try {
        return await decompressInPool(bytes, boundOf(maxBytes));
      } catch (error) {
        throw isTooLarge(error) ? tooLarge('gzip', maxBytes, error) : error;
      }
    }),
};
