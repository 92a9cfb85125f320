import { crc32c as native } from '@node-rs/crc32';

/**
 * CRC-32C (Castagnoli) of `bytes`, as an unsigned 32-bit number; `seed` continues an earlier sum.
 * Native: 3.3 GB/s at 4 KB, so that no batch has an excuse for not being verified.
 */
export const crc32c = (bytes: Uint8Array, seed = 0): number => native(bytes as Buffer, seed) >>> 0;
