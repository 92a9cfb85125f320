import { compressFrame, compressFrameSync, decompressFrame, decompressFrameSync } from 'lz4-napi';
import type { Codec } from '../codec.ts';
import { asBuffer, guard, guardInPool } from './corrupt.ts';
import { checkLz4Frame } from './lz4-frame.ts';

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
  compressInPool: (bytes) => compressFrame(asBuffer(bytes)),
  decompressInPool: (bytes, maxBytes) =>
    guardInPool('lz4', async () => {
      checkLz4Frame(bytes, maxBytes);
      return decompressFrame(asBuffer(bytes));
    }),
};
