import { byteAt } from '../../base/bytes/big-endian.ts';
import { corrupt } from './corrupt.ts';

/**
 * Walks zstd frames without decoding them, so that the output of each can be bounded before memory
 * is spent: producers that stream leave the content size out, and a lying one must not be
 * believed. Source: RFC 8878, sections 3.1.1 and 3.1.2.
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_BYTES = 128 * 1024;

export interface ZstdFrame {
  /** The frame's own bytes, a view. */
  readonly bytes: Uint8Array;
  /** The content size, where the frame declares one. */
  readonly contentBytes: number | undefined;
  /** What its blocks may decompress to at most; the content size where it is declared. */
  readonly outputBytesAtMost: number;
}

interface FrameHeader {
  readonly sizeBytes: number;
  readonly contentBytes: number | undefined;
  readonly maxBlockBytes: number;
  readonly checksumBytes: number;
}

/** A little-endian unsigned number of up to eight bytes; throws where the input ends first. */
const uintAt = (bytes: Uint8Array, position: number, sizeBytes: number): number => {
  if (position + sizeBytes > bytes.length) throw corrupt('zstd', 'frame is truncated');
  let value = 0;
  for (let index = sizeBytes - 1; index >= 0; index -= 1) {
    value = value * 256 + byteAt(bytes, position + index);
  }
  return value;
};

/** The frames of `bytes` that hold content, first to last; skippable ones are left out. */
export const zstdFramesOf = (bytes: Uint8Array): ZstdFrame[] => {
  const frames: ZstdFrame[] = [];
  let position = 0;
  while (position < bytes.length) {
    const magic = uintAt(bytes, position, 4);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      position += 8 + uintAt(bytes, position + 4, 4);
      continue;
    }
    if (magic !== MAGIC) throw corrupt('zstd', `no frame magic at byte ${position}`);
    const frame = readFrame(bytes, position);
    frames.push(frame);
    position += frame.bytes.length;
  }
  if (position > bytes.length) throw corrupt('zstd', 'frame is truncated');
  return frames;
};

const readFrame = (bytes: Uint8Array, start: number): ZstdFrame => {
  const header = readHeader(bytes, start);
  let position = start + header.sizeBytes;
  let outputBytes = 0;
  for (let isLast = false; !isLast; ) {
    const word = uintAt(bytes, position, 3);
    const type = (word >> 1) & 0x03;
    const sizeBytes = word >> 3;
    if (type === 3) throw corrupt('zstd', 'block of a reserved type');
    isLast = (word & 1) !== 0;
    // Raw (0) and run-length (1) blocks say what they give; a compressed one has a ceiling.
    outputBytes += type === 2 ? header.maxBlockBytes : sizeBytes;
    position += 3 + (type === 1 ? 1 : sizeBytes);
  }
  position += header.checksumBytes;
  if (position > bytes.length) throw corrupt('zstd', 'frame is truncated');
  if (header.contentBytes !== undefined && header.contentBytes > outputBytes) {
    throw corrupt('zstd', `frame declares ${header.contentBytes} bytes, more than its blocks hold`);
  }
  return {
    bytes: bytes.subarray(start, position),
    contentBytes: header.contentBytes,
    outputBytesAtMost: header.contentBytes ?? outputBytes,
  };
};

const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

const readHeader = (bytes: Uint8Array, start: number): FrameHeader => {
  const descriptor = uintAt(bytes, start + 4, 1);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = (descriptor >> 6) as 0 | 1 | 2 | 3;
  const contentSizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag];
  const dictionaryBytes = DICTIONARY_ID_BYTES[(descriptor & 0x03) as 0 | 1 | 2 | 3];
  const windowAt = start + 5;
  const contentAt = windowAt + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const contentBytes =
    contentSizeBytes === 0
      ? undefined
      : uintAt(bytes, contentAt, contentSizeBytes) + (contentSizeBytes === 2 ? 256 : 0);
  const windowBytes = isSingleSegment ? (contentBytes ?? 0) : windowOf(uintAt(bytes, windowAt, 1));
  return {
    sizeBytes: contentAt + contentSizeBytes - start,
    contentBytes,
    maxBlockBytes: Math.min(windowBytes, MAX_BLOCK_BYTES),
    checksumBytes: (descriptor & 0x04) !== 0 ? 4 : 0,
  };
};

const windowOf = (descriptor: number): number => {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 0x07);
};
