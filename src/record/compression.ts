import { OttlaError } from '../base/errors.ts';
import type { Codec, CodecName } from './codec.ts';
import { codecNameOf } from './codec.ts';
import { OutputTooLargeError } from './records-bound.ts';

const requireWithin = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  if (bytes.length <= maxBytes) return bytes;
  throw new OutputTooLargeError(
    `${bytes.length} bytes of records are above the ${maxBytes} bytes allowed`,
  );
};

const none: Codec = {
  name: 'none',
  code: 0,
  compress: (bytes) => bytes,
  compressInPool: async (bytes) => bytes,
  decompress: requireWithin,
  decompressInPool: async (bytes, maxBytes) => requireWithin(bytes, maxBytes),
};

/** One importer a codec: a process that never meets a codec never loads its library. */
const importers: Readonly<Record<CodecName, () => Promise<Codec>>> = {
  none: async () => none,
  gzip: async () => (await import('./codecs/gzip.ts')).gzip,
  snappy: async () => (await import('./codecs/snappy.ts')).snappy,
  lz4: async () => (await import('./codecs/lz4.ts')).lz4,
  zstd: async () => (await import('./codecs/zstd.ts')).loadZstd(),
};

// Libraries are per process, so is this: a codec once loaded stays, and is the same for all.
const loadedByName = new Map<CodecName, Codec>([['none', none]]);

/**
 * The codec, its library loaded on first use. Throws `UNSUPPORTED_COMPRESSION_TYPE` (not retriable)
 * where the library cannot be loaded on this machine.
 */
export const loadCodec = async (name: CodecName): Promise<Codec> => {
  const loaded = loadedByName.get(name);
  if (loaded !== undefined) return loaded;
  try {
    const codec = await importers[name]();
    loadedByName.set(name, codec);
    return codec;
  } catch (cause) {
    throw new OttlaError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `the library for ${name} cannot be loaded here: reinstall with optional dependencies`,
      { cause },
    );
  }
};

/** The codec of a code from a batch, or `undefined` where it was not loaded yet or names none. */
export const codecIfLoaded = (code: number): Codec | undefined => {
  const name = codecNameOf(code);
  return name === undefined ? undefined : loadedByName.get(name);
};
