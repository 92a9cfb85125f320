import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { OttlaError } from '../../base/errors.ts';
import type { Codec } from '../codec.ts';
import { boundOf, corrupt, guard, guardInPool, joined, tooLarge } from './corrupt.ts';
import type { ZstdFrame } from './zstd-frame.ts';
import { zstdFramesOf } from './zstd-frame.ts';
import { ZstdThreads } from './zstd-threads.ts';

const LEVEL = 3;

/**
 * What is worked on without a thread, so that the event loop is held for some milliseconds at most
 * and small batches pay for no way to another thread and back.
 */
const COMPRESSED_AT_ONCE_BYTES = 32 * 1024;
const DECOMPRESSED_AT_ONCE_BYTES = 128 * 1024;
const FRAMES_AT_ONCE = 64;

/** What either library offers: one frame at a time, with room for `maxBytes` of output. */
interface ZstdLibrary {
  compress(bytes: Uint8Array): Uint8Array;
  compressInPool(bytes: Uint8Array): Promise<Uint8Array>;
  decompressFrame(frame: Uint8Array, maxBytes: number): Uint8Array;
  decompressFrameInPool(frame: Uint8Array, maxBytes: number): Promise<Uint8Array>;
}

/** The part of `node:zlib` that Node has from 22.15 on. */
interface NativeZstd {
  zstdCompressSync(bytes: Uint8Array): Uint8Array;
  zstdCompress(
    bytes: Uint8Array,
    onDone: (error: Error | null, compressed: Uint8Array) => void,
  ): void;
  zstdDecompressSync(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
  zstdDecompress(
    bytes: Uint8Array,
    options: { maxOutputLength: number },
    onDone: (error: Error | null, decompressed: Uint8Array) => void,
  ): void;
}

const hasNative = (library: object): library is NativeZstd =>
  'zstdCompressSync' in library &&
  'zstdCompress' in library &&
  'zstdDecompressSync' in library &&
  'zstdDecompress' in library;

const nativeLibrary = (native: NativeZstd): ZstdLibrary => {
  const decompressInPool = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(
    native.zstdDecompress,
  );
  return {
    compress: (bytes) => native.zstdCompressSync(bytes),
    compressInPool: promisify<Uint8Array, Uint8Array>(native.zstdCompress),
    decompressFrame: (frame, maxBytes) => native.zstdDecompressSync(frame, boundOf(maxBytes)),
    decompressFrameInPool: (frame, maxBytes) => decompressInPool(frame, boundOf(maxBytes)),
  };
};

/** Begun once a process: a second `init` takes the memory of the library from under its users. */
let loading: Promise<ZstdLibrary> | undefined;

const wasmLibrary = (): Promise<ZstdLibrary> => {
  loading ??= loadWasm().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
};

const loadWasm = async (): Promise<ZstdLibrary> => {
  const wasm = await import('@bokuweb/zstd-wasm');
  await wasm.init();
  const threads = new ZstdThreads();
  return {
    compress: (bytes) => wasm.compress(bytes, LEVEL),
    compressInPool: (bytes) => threads.run({ bytes, level: LEVEL }),
    decompressFrame: (frame, maxBytes) => wasm.decompress(frame, { defaultHeapSize: maxBytes }),
    decompressFrameInPool: (bytes, maxBytes) => threads.run({ bytes, maxBytes }),
  };
};

/**
 * The output buffer is given per frame and never exceeds what is left of the bound: a declared size
 * above it is refused unread, and a frame without one fails when the buffer is full.
 */
const decompressFrames = (
  library: ZstdLibrary,
  frames: readonly ZstdFrame[],
  maxBytes: number,
): Uint8Array => {
  const parts: Uint8Array[] = [];
  let outputBytes = 0;
  for (const frame of frames) {
    const roomBytes = roomFor(frame, maxBytes - outputBytes);
    const boundBytes = Math.min(frame.outputBytesAtMost, roomBytes);
    try {
      const part = library.decompressFrame(frame.bytes, boundBytes);
      outputBytes += part.length;
      parts.push(part);
    } catch (cause) {
      throw faultOf(frame, roomBytes, cause);
    }
  }
  return joined(parts);
};

/** As `decompressFrames`, each in another thread unless all together are small. */
const decompressFramesInPool = async (
  library: ZstdLibrary,
  frames: readonly ZstdFrame[],
  maxBytes: number,
): Promise<Uint8Array> => {
  const bytesAtMost = frames.reduce((sum, frame) => sum + frame.outputBytesAtMost, 0);
  const isSmall = bytesAtMost <= DECOMPRESSED_AT_ONCE_BYTES && frames.length <= FRAMES_AT_ONCE;
  if (isSmall) return decompressFrames(library, frames, maxBytes);
  const parts: Uint8Array[] = [];
  let outputBytes = 0;
  for (const frame of frames) {
    const roomBytes = roomFor(frame, maxBytes - outputBytes);
    const boundBytes = Math.min(frame.outputBytesAtMost, roomBytes);
    try {
      const part = await library.decompressFrameInPool(frame.bytes, boundBytes);
      outputBytes += part.length;
      parts.push(part);
    } catch (cause) {
      throw faultOf(frame, roomBytes, cause);
    }
  }
  return joined(parts);
};

const roomFor = ({ contentBytes }: ZstdFrame, roomBytes: number): number => {
  if (contentBytes !== undefined && contentBytes > roomBytes) throw tooLarge('zstd', roomBytes);
  return roomBytes;
};

/** Either the buffer was full or the blocks are damaged: the libraries' own texts do not say. */
const faultOf = (frame: ZstdFrame, roomBytes: number, cause: unknown): OttlaError => {
  if (cause instanceof OttlaError) return cause;
  return frame.outputBytesAtMost > roomBytes
    ? tooLarge('zstd', roomBytes, cause)
    : corrupt('zstd', 'a frame does not decode: damaged', cause);
};

const someFramesOf = (bytes: Uint8Array): ZstdFrame[] => {
  if (bytes.length === 0) throw corrupt('zstd', 'no bytes at all');
  return zstdFramesOf(bytes);
};

/** Zstandard: Node's own where it has one, else the same C library compiled to WebAssembly. */
export const loadZstd = async (): Promise<Codec> => {
  const library = hasNative(zlib) ? nativeLibrary(zlib) : await wasmLibrary();
  return {
    name: 'zstd',
    code: 4,
    compress: (bytes) => library.compress(bytes),
    compressInPool: async (bytes) =>
      bytes.length <= COMPRESSED_AT_ONCE_BYTES
        ? library.compress(bytes)
        : library.compressInPool(bytes),
    decompress: (bytes, maxBytes) =>
      guard('zstd', () => decompressFrames(library, someFramesOf(bytes), maxBytes)),
    decompressInPool: (bytes, maxBytes) =>
      guardInPool('zstd', () => decompressFramesInPool(library, someFramesOf(bytes), maxBytes)),
  };
};
