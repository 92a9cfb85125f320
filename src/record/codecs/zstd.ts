import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { Codec } from '../codec.ts';
import { corrupt, guard, tooLarge } from './corrupt.ts';
import type { ZstdFrame } from './zstd-frame.ts';
import { zstdFramesOf } from './zstd-frame.ts';

const LEVEL = 3;

/** What either library offers: one frame at a time, with room for `maxBytes` of output. */
interface ZstdLibrary {
  compress(bytes: Uint8Array): Uint8Array;
  compressInPool?(bytes: Uint8Array): Promise<Uint8Array>;
  decompressFrame(frame: Uint8Array, maxBytes: number): Uint8Array;
}

/** The part of `node:zlib` that Node has from 22.15 on. */
interface NativeZstd {
  zstdCompressSync(bytes: Uint8Array): Uint8Array;
  zstdCompress(
    bytes: Uint8Array,
    onDone: (error: Error | null, compressed: Uint8Array) => void,
  ): void;
  zstdDecompressSync(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}

const hasNative = (library: object): library is NativeZstd =>
  'zstdCompressSync' in library && 'zstdCompress' in library && 'zstdDecompressSync' in library;

const nativeLibrary = (native: NativeZstd): ZstdLibrary => ({
  compress: (bytes) => native.zstdCompressSync(bytes),
  compressInPool: promisify<Uint8Array, Uint8Array>(native.zstdCompress),
  decompressFrame: (frame, maxBytes) =>
    native.zstdDecompressSync(frame, { maxOutputLength: Math.max(1, maxBytes) }),
});

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
  return {
    compress: (bytes) => wasm.compress(bytes, LEVEL),
    decompressFrame: (frame, maxBytes) => wasm.decompress(frame, { defaultHeapSize: maxBytes }),
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
    const roomBytes = maxBytes - outputBytes;
    if (frame.contentBytes !== undefined && frame.contentBytes > roomBytes) {
      throw tooLarge('zstd', maxBytes);
    }
    const part = decompressFrame(library, frame, roomBytes);
    outputBytes += part.length;
    parts.push(part);
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts, outputBytes);
};

const decompressFrame = (library: ZstdLibrary, frame: ZstdFrame, roomBytes: number): Uint8Array => {
  try {
    return library.decompressFrame(frame.bytes, Math.min(frame.outputBytesAtMost, roomBytes));
  } catch (cause) {
    // Either the buffer was full or the blocks are damaged: the libraries' own texts do not say.
    if (frame.outputBytesAtMost > roomBytes) throw tooLarge('zstd', roomBytes, cause);
    throw corrupt('zstd', 'a frame does not decode: damaged', cause);
  }
};

/** Zstandard: Node's own where it has one, else the same C library compiled to WebAssembly. */
export const loadZstd = async (): Promise<Codec> => {
  const library = hasNative(zlib) ? nativeLibrary(zlib) : await wasmLibrary();
  return {
    name: 'zstd',
    code: 4,
    compress: (bytes) => library.compress(bytes),
    ...(library.compressInPool && { compressInPool: library.compressInPool }),
    decompress: (bytes, maxBytes) =>
      guard('zstd', () => {
        if (bytes.length === 0) throw corrupt('zstd', 'no bytes at all');
        return decompressFrames(library, zstdFramesOf(bytes), maxBytes);
      }),
  };
};
