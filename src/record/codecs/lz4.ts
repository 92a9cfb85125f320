import { compressFrame, compressFrameSync, decompressFrame, decompressFrameSync } from 'lz4-napi';
import type { Codec } from '../codec.ts';
import { asBuffer, guard, guardInPool } from './corrupt.ts';
import { checkLz4Frame } from './lz4-frame.ts';

/** What is worked on at once: less than the way to the pool and back takes, or a few ms. */
const COMPRESSED_AT_ONCE_BYTES = 64 * 1024;
/** A byte stands for 255 at most. */
const DECOMPRESSED_AT_ONCE_BYTES = 4096;

/** LZ4 in its frame format, blocks independent, without checksums: the batch has its own. */
export const lz4: Codec = {
  name: 'lz4',
  code: 3,
  compress: (bytes) => compressFrameSync(asBuffer(bytes)),
  decompress: (bytes, maxBytes) =>
    guard('lz4', () => {
      checkLz4Frame(bytes, maxBytes);
      return decompressFrameSync(asBuffer(bytes));
    }),
  compressInPool: async (bytes) =>
    bytes.length <= COMPRESSED_AT_ONCE_BYTES
      ? compressFrameSync(asBuffer(bytes))
      : compressFrame(asBuffer(bytes)),
  decompressInPool: (bytes, maxBytes) =>
    guardInPool('lz4', async () => {
      checkLz4Frame(bytes, maxBytes);
      const isSmall = bytes.length <= DECOMPRESSED_AT_ONCE_BYTES;
      return isSmall ? decompressFrameSync(asBuffer(bytes)) : decompressFrame(asBuffer(bytes));
    }),
};
