import { compressSync, uncompressSync } from 'snappy';
import { byteAt, readInt32At, writeInt32At } from '../../base/bytes/big-endian.ts';
import { ByteReader } from '../../base/bytes/reader.ts';
import type { Codec } from '../codec.ts';
import { asBuffer, corrupt, guard, tooLarge } from './corrupt.ts';

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

const compress = (bytes: Uint8Array): Uint8Array => {
  const header = Buffer.alloc(XERIAL_HEADER_BYTES);
  XERIAL_MAGIC.copy(header);
  writeInt32At(header, 8, XERIAL_VERSION);
  writeInt32At(header, 12, XERIAL_VERSION);
  const parts: Uint8Array[] = [header];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const block = compressSync(bytes.subarray(start, start + CHUNK_BYTES));
    const length = Buffer.alloc(4);
    writeInt32At(length, 0, block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
};

/** A block opens with the length of its output: believed only below the bound. */
const decompressBlock = (block: Uint8Array, maxBytes: number): Uint8Array => {
  const declaredBytes = new ByteReader(block).readUvarint();
  if (declaredBytes > maxBytes) throw tooLarge('snappy', maxBytes);
  const output = uncompressSync(block);
  return typeof output === 'string' ? Buffer.from(output) : output;
};

const decompressXerial = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  const parts: Uint8Array[] = [];
  let position = XERIAL_HEADER_BYTES;
  let outputBytes = 0;
  while (position < bytes.length) {
    const remainingBytes = bytes.length - position - 4;
    const blockBytes = remainingBytes < 0 ? -1 : readInt32At(bytes, position);
    if (blockBytes <= 0 || blockBytes > remainingBytes) {
      throw corrupt('snappy', `chunk at byte ${position} is cut off or has no length`);
    }
    position += 4;
    const block = bytes.subarray(position, position + blockBytes);
    const part = decompressBlock(block, maxBytes - outputBytes);
    outputBytes += part.length;
    parts.push(part);
    position += blockBytes;
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts, outputBytes);
};

export const snappy: Codec = {
  name: 'snappy',
  code: 2,
  compress,
  decompress: (bytes, maxBytes) =>
    guard('snappy', () => {
      if (bytes.length === 0) throw corrupt('snappy', 'no bytes at all');
      // No raw block of such a size opens with these bytes: 0x82 0x53 would declare 10,626 bytes,
      // and the element after it would reach back before the start.
      if (byteAt(bytes, 0) === 0x82 && isXerial(bytes)) return decompressXerial(bytes, maxBytes);
      return decompressBlock(asBuffer(bytes), maxBytes);
    }),
};
