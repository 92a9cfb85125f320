import { promisify } from 'node:util';
import { gunzip, gunzipSync, gzip as gzipInPool, gzipSync } from 'node:zlib';
import type { Codec } from '../codec.ts';
import { boundOf, guard, guardInPool, tooLarge } from './corrupt.ts';

const compressInPool = promisify<Uint8Array, Uint8Array>(gzipInPool);
const decompressInPool = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(gunzip);

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

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
