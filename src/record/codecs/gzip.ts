import { gunzipSync, gzipSync } from 'node:zlib';
import type { Codec } from '../codec.ts';
import { guard, tooLarge } from './corrupt.ts';

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
        // zlib refuses a bound of 0, and an empty output never reaches one of 1.
        return gunzipSync(bytes, { maxOutputLength: Math.max(1, maxBytes) });
      } catch (error) {
        if (isTooLarge(error)) throw tooLarge('gzip', maxBytes, error);
        throw error;
      }
    }),
};
