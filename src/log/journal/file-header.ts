import { crc32c } from '../../base/bytes/crc32c.ts';
import { ByteReader } from '../../base/bytes/reader.ts';
import { ByteWriter } from '../../base/bytes/writer.ts';
import { BLOCK_BYTES, NONCE_BYTES } from './frame.ts';

/** `OJH1` */
const MAGIC = 0x4f4a4831;
const USED_BYTES = 4 + 8 + NONCE_BYTES;

/**
 * Which life of the journal is on. A new one begins with a nonce of its own, which every frame of
 * it repeats: so nothing of an earlier life, and nothing that a client may have sent, passes for a
 * frame.
 */
export interface FileHeader {
  /** Rises by one with every life; the highest of all files counts. */
  readonly life: number;
  readonly nonce: Uint8Array;
}

/** The first block of a journal file. */
export const encodeHeader = ({ life, nonce }: FileHeader): Uint8Array => {
  const writer = new ByteWriter(BLOCK_BYTES).writeInt32(MAGIC).writeInt64(life).writeBytes(nonce);
  writer.writeInt32(crc32c(writer.bytes()));
  return writer.writeBytes(new Uint8Array(BLOCK_BYTES - writer.sizeBytes)).bytes();
};

/** Undefined where the block is damaged. */
export const decodeHeader = (block: Uint8Array): FileHeader | undefined => {
  if (block.length < USED_BYTES + 4) return undefined;
  const reader = new ByteReader(block);
  if (reader.readUint32() !== MAGIC) return undefined;
  const sum = new ByteReader(block, USED_BYTES).readUint32();
  if (crc32c(block.subarray(0, USED_BYTES)) !== sum) return undefined;
  return { life: reader.readInt64(), nonce: new Uint8Array(reader.readBytes(NONCE_BYTES)) };
};
