import { assert } from '../../base/assert.ts';
import { crc32c } from '../../base/bytes/crc32c.ts';
import { ByteReader } from '../../base/bytes/reader.ts';
import { ByteWriter } from '../../base/bytes/writer.ts';
import type { DirectoryId } from '../../base/ids.ts';
import { refuseLaterMagic } from '../later-format.ts';
import { BLOCK_BYTES, NONCE_BYTES } from './frame.ts';

/** `OJH1` */
const MAGIC = 0x4f4a4831;
/** An id is 22 characters of base64url. */
const ID_BYTES = 22;
const USED_BYTES = 4 + 8 + NONCE_BYTES + ID_BYTES;

/**
 * Which life of the journal is on. A new one begins with a nonce of its own, which every frame of
 * it repeats: so nothing of an earlier life, and nothing that a client may have sent, passes for a
 * frame.
 */
export interface FileHeader {
  /** Rises by one with every life; the highest of all files counts. */
  readonly life: number;
  readonly nonce: Uint8Array;
  /** Whose records these are: files copied from another directory are no journal here. */
  readonly directoryId: DirectoryId;
}

/** The first block of a journal file. */
export const encodeHeader = ({ life, nonce, directoryId }: FileHeader): Uint8Array => {
  assert(directoryId.length === ID_BYTES, 'a directory id has 22 characters');
  const writer = new ByteWriter(BLOCK_BYTES).writeInt32(MAGIC).writeInt64(life).writeBytes(nonce);
  writer.writeUtf8(directoryId);
  writer.writeInt32(crc32c(writer.bytes()));
  return writer.writeBytes(new Uint8Array(BLOCK_BYTES - writer.sizeBytes)).bytes();
};

const isSound = (block: Uint8Array): boolean =>
  block.length >= USED_BYTES + 4 &&
  crc32c(block.subarray(0, USED_BYTES)) === new ByteReader(block, USED_BYTES).readUint32();

/** Undefined where the block is damaged. Throws UNSUPPORTED_VERSION for one of a later release. */
export const decodeHeader = (block: Uint8Array, path: string): FileHeader | undefined => {
  refuseLaterMagic(path, block, { magic: MAGIC, isSound });
  if (!isSound(block)) return undefined;
  const reader = new ByteReader(block);
  if (reader.readUint32() !== MAGIC) return undefined;
  const life = reader.readInt64();
  const nonce = new Uint8Array(reader.readBytes(NONCE_BYTES));
  return { life, nonce, directoryId: reader.readUtf8(ID_BYTES) };
};
