/** The codecs of the format, in the order of their codes: `none` is 0, `zstd` is 4. */
export const CODEC_NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type CodecName = (typeof CODEC_NAMES)[number];

export const MAX_CODEC_CODE: number = CODEC_NAMES.length - 1;

/** The number of a codec in the attributes of a batch. */
export const codecCodeOf = (name: CodecName): number => CODEC_NAMES.indexOf(name);

/** The codec of a number, or `undefined` for 5 to 7, which name none. */
export const codecNameOf = (code: number): CodecName | undefined => CODEC_NAMES[code];

/**
 * One compression, synchronous, and in other threads too, where a large batch must not hold the
 * event loop. Input stays the caller's and is not kept; output is the caller's, except that `none`
 * hands its input back.
 */
export interface Codec {
  readonly name: CodecName;
  readonly code: number;
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * Throws `CORRUPT_MESSAGE` on damaged input and, as `OutputTooLargeError`, where the output would
   * exceed `maxBytes`. The bound is kept before memory is spent: no small batch makes the process
   * allocate without limit.
   */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
  /** As `compress`, in another thread unless it is small. The input must not change meanwhile. */
  compressInPool(bytes: Uint8Array): Promise<Uint8Array>;
  /** As `decompress`, in another thread unless it is small. The input must not change meanwhile. */
  decompressInPool(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array>;
}
