import { readInt16At } from '../base/bytes/big-endian.ts';
import { ATTRIBUTES_AT, codecOf, HEADER_BYTES } from './batch-header.ts';
import type { CodecName } from './codec.ts';
import { codecNameOf } from './codec.ts';
import { zstdFramesOf } from './codecs/zstd-frame.ts';

/**
 * What a byte of a codec can stand for at most: a match of 258 bytes in two bits (RFC 1951), 64
 * bytes in a copy of three, a run whose length grows by 255 with each byte.
 */
const EXPANSION_MAX: Readonly<Partial<Record<CodecName, number>>> = {
  none: 1,
  gzip: 1032,
  snappy: 22,
  lz4: 255,
};

/**
 * What the records of a sound batch may take once they are open, told without opening them: never
 * too little; 0 where they will not open. Of zstd its blocks tell, which have no such bound.
 */
export const openedBytesAtMost = (batch: Uint8Array): number => {
  const packed = batch.subarray(HEADER_BYTES);
  const codec = codecNameOf(codecOf(readInt16At(batch, ATTRIBUTES_AT)));
  const expansion = codec === undefined ? 0 : EXPANSION_MAX[codec];
  return expansion === undefined ? zstdBytesAtMost(packed) : packed.length * expansion;
};

const zstdBytesAtMost = (packed: Uint8Array): number => {
  try {
    return zstdFramesOf(packed).reduce((sum, frame) => sum + frame.outputBytesAtMost, 0);
  } catch {
    return 0;
  }
};
