import {
  compress as compressBlockInPool,
  compressSync,
  uncompress as uncompressInPool,
  uncompressSync,
} from 'snappy';
import { byteAt, readInt32At, writeInt32At } from '../../base/bytes/big-endian.ts';
import { ByteReader } from '../../base/bytes/reader.ts';
import type { Codec } from '../codec.ts';
import { asBuffer, corrupt, guard, guardInPool, joined, tooLarge } from './corrupt.ts';

/**
 * Snappy as Kafka has it: Java writes and expects blocks in the framing of the xerial library
 * (header, then chunks of a big-endian length and one raw snappy block); librdkafka and others
 * write one raw block. Written is the framing, which all clients read; read are both.
 */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_VERSION = 1;
const XERIAL_HEADER_BYTES = 16;
const CHUNK_BYTES = 32 * 1024;

const isXerial = (bytes: Uint8Array): boolean =>
  bytes.length >= XERIAL_HEADER_BYTES &&
  XERIAL_MAGIC.equals(bytes.subarray(0, XERIAL_MAGIC.length));

const xerialHeader = (): Uint8Array => {
  const header = Buffer.alloc(XERIAL_HEADER_BYTES);
  XERIAL_MAGIC.copy(header);
  writeInt32At(header, 8, XERIAL_VERSION);
  writeInt32At(header, 12, XERIAL_VERSION);
  return header;
};

const chunksOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, index) =>
    bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );

const framed = (block: Uint8Array): Uint8Array[] => {
  const length = Buffer.alloc(4);
  writeInt32At(length, 0, block.length);
  return [length, block];
};

const compress = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([
    xerialHeader(),
    ...chunksOf(bytes).flatMap((chunk) => framed(compressSync(chunk))),
  ]);

/** One chunk at a time: what else wants the pool has its turn in between. */
const compressInPool = async (bytes: Uint8Array): Promise<Uint8Array> => {
  if (bytes.length <= CHUNK_BYTES) return compress(bytes);
  const parts: Uint8Array[] = [xerialHeader()];
  for (const chunk of chunksOf(bytes)) parts.push(...framed(await compressBlockInPool(chunk)));
  return Buffer.concat(parts);
};

/** A block opens with the length of its output: believed only below the bound. */
const outputBytesOf = (block: Uint8Array, maxBytes: number): number => {
  const declaredBytes = new ByteReader(block).readUvarint();
  if (declaredBytes > maxBytes) throw tooLarge('snappy', maxBytes);
  return declaredBytes;
};

const asBytes = (output: string | Uint8Array): Uint8Array =>
  typeof output === 'string' ? Buffer.from(output) : output;

const decompressBlock = (block: Uint8Array, maxBytes: number): Uint8Array => {
  outputBytesOf(block, maxBytes);
  return asBytes(uncompressSync(block));
};

const blocksOf = function* (bytes: Uint8Array): Generator<Uint8Array> {
  let position = XERIAL_HEADER_BYTES;
  while (position < bytes.length) {
    const remainingBytes = bytes.length - position - 4;
    const blockBytes = remainingBytes < 0 ? -1 : readInt32At(bytes, position);
    if (blockBytes <= 0 || blockBytes > remainingBytes) {
      throw corrupt('snappy', `chunk at byte ${position} is cut off or has no length`);
    }
    position += 4;
    yield bytes.subarray(position, position + blockBytes);
    position += blockBytes;
  }
};

const decompressXerial = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  const parts: Uint8Array[] = [];
  let roomBytes = maxBytes;
  for (const block of blocksOf(bytes)) {
    const part = decompressBlock(block, roomBytes);
    roomBytes -= part.length;
    parts.push(part);
  }
  return joined(parts);
};

/** Below, the way to the pool costs more than the work. */
const POOLED_BYTES_MIN = 4096;
/** So many small blocks are opened in a row at most, before one goes to the pool all the same. */
const SMALL_IN_ROW = 256;

const decompressXerialInPool = async (bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let roomBytes = maxBytes;
  let inRow = 0;
  for (const block of blocksOf(bytes)) {
    inRow += 1;
    const isPooled = outputBytesOf(block, roomBytes) >= POOLED_BYTES_MIN || inRow > SMALL_IN_ROW;
    if (isPooled) inRow = 0;
    const part = asBytes(isPooled ? await uncompressInPool(block) : uncompressSync(block));
    roomBytes -= part.length;
    parts.push(part);
  }
  return joined(parts);
};

const decompress = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  if (hasFraming(bytes)) return decompressXerial(bytes, maxBytes);
  return decompressBlock(asBuffer(bytes), maxBytes);
};

const decompressInPool = async (bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> => {
  if (hasFraming(bytes)) return decompressXerialInPool(bytes, maxBytes);
  const isPooled = outputBytesOf(bytes, maxBytes) >= POOLED_BYTES_MIN;
  return asBytes(
    isPooled ? await uncompressInPool(asBuffer(bytes)) : uncompressSync(asBuffer(bytes)),
  );
};

// No raw block of such a size opens with these bytes: 0x82 0x53 would declare 10,626 bytes, and the
// element after it would reach back before the start.
const hasFraming = (bytes: Uint8Array): boolean => {
  if (bytes.length === 0) throw corrupt('snappy', 'no bytes at all');
  return byteAt(bytes, 0) === 0x82 && isXerial(bytes);
};

export const snappy: Codec = {
  name: 'snappy',
  code: 2,
  compress,
  decompress: (bytes, maxBytes) => guard('snappy', () => decompress(bytes, maxBytes)),
  compressInPool,
  decompressInPool: (bytes, maxBytes) =>
    guardInPool('snappy', () => decompressInPool(bytes, maxBytes)),
};
