import { byteAt } from '../../base/bytes/big-endian.ts';
import { corrupt, tooLarge } from './corrupt.ts';

/**
 * Walks an LZ4 frame without decoding it, because the native decoder has no bound, takes what is
 * no frame for an empty one and forgives a missing end. Source: LZ4 frame format 1.6.
 */
const MAGIC = 0x184d2204;
const UNCOMPRESSED_BIT = 0x8000_0000;
/** No input byte of a block can stand for more output than this. */
const MAX_EXPANSION = 255;
const MIN_MATCH_BYTES = 4;

interface FrameShape {
  /** Position of the first block. */
  readonly headerBytes: number;
  readonly maxBlockBytes: number;
  readonly blockChecksumBytes: number;
  readonly contentChecksumBytes: number;
}

const uint32LittleEndian = (bytes: Uint8Array, position: number): number =>
  (byteAt(bytes, position) |
    (byteAt(bytes, position + 1) << 8) |
    (byteAt(bytes, position + 2) << 16) |
    (byteAt(bytes, position + 3) << 24)) >>>
  0;

const readShape = (frame: Uint8Array, maxBytes: number): FrameShape => {
  if (frame.length < 11 || uint32LittleEndian(frame, 0) !== MAGIC) {
    throw corrupt('lz4', 'no frame magic: the frame format is expected');
  }
  const flags = byteAt(frame, 4);
  const sizeCode = (byteAt(frame, 5) >> 4) & 0x07;
  if (flags >> 6 !== 1 || sizeCode < 4) throw corrupt('lz4', 'frame header is not of version 1');
  if ((flags & 0x01) !== 0) throw corrupt('lz4', 'frame needs a dictionary, which Kafka has not');
  const hasContentSize = (flags & 0x08) !== 0;
  const contentBytes = hasContentSize
    ? uint32LittleEndian(frame, 10) * 0x1_0000_0000 + uint32LittleEndian(frame, 6)
    : 0;
  if (contentBytes > maxBytes) throw tooLarge('lz4', maxBytes);
  return {
    headerBytes: hasContentSize ? 15 : 7,
    maxBlockBytes: 1 << (8 + 2 * sizeCode),
    blockChecksumBytes: (flags & 0x10) !== 0 ? 4 : 0,
    contentChecksumBytes: (flags & 0x04) !== 0 ? 4 : 0,
  };
};

/**
 * Throws `CORRUPT_MESSAGE` unless `frame` is exactly one whole frame whose output is at most
 * `maxBytes`. Blocks are measured by a cheap upper bound first, exactly only if that is too high.
 */
export const checkLz4Frame = (frame: Uint8Array, maxBytes: number): void => {
  const shape = readShape(frame, maxBytes);
  if (outputBytesOf(frame, shape, boundOfBlock) <= maxBytes) return;
  if (outputBytesOf(frame, shape, measureBlock) > maxBytes) throw tooLarge('lz4', maxBytes);
};

type BlockMeasure = (block: Uint8Array, shape: FrameShape) => number;

const outputBytesOf = (frame: Uint8Array, shape: FrameShape, measure: BlockMeasure): number => {
  let position = shape.headerBytes;
  let outputBytes = 0;
  for (;;) {
    if (position + 4 > frame.length) throw corrupt('lz4', 'frame has no end mark: truncated');
    const word = uint32LittleEndian(frame, position);
    position += 4;
    if (word === 0) break;
    const isPlain = word >= UNCOMPRESSED_BIT;
    const blockBytes = isPlain ? word - UNCOMPRESSED_BIT : word;
    const endOfBlock = position + blockBytes;
    if (endOfBlock > frame.length) throw corrupt('lz4', 'block runs past the end: truncated');
    outputBytes += isPlain ? blockBytes : measure(frame.subarray(position, endOfBlock), shape);
    position = endOfBlock + shape.blockChecksumBytes;
  }
  if (position + shape.contentChecksumBytes !== frame.length) {
    throw corrupt('lz4', 'bytes are missing or left over behind the end mark');
  }
  return outputBytes;
};

const boundOfBlock: BlockMeasure = (block, shape) =>
  Math.min(shape.maxBlockBytes, block.length * MAX_EXPANSION);

/** The exact output of a block: the lengths of its literals and matches, nothing copied. */
const measureBlock: BlockMeasure = (block) => {
  let position = 0;
  let outputBytes = 0;
  /** A length of 15 goes on in further bytes, until one below 255. */
  const extended = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === 15; more && position < block.length; position += 1) {
      const byte = byteAt(block, position);
      length += byte;
      more = byte === 255;
    }
    return length;
  };
  while (position < block.length) {
    const token = byteAt(block, position);
    position += 1;
    const literalBytes = extended(token >> 4);
    position += literalBytes;
    outputBytes += literalBytes;
    // The last sequence has literals only.
    if (position >= block.length) break;
    position += 2;
    outputBytes += extended(token & 0x0f) + MIN_MATCH_BYTES;
  }
  return outputBytes;
};
