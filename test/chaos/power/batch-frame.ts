import { crc32c } from '../../../src/base/bytes/crc32c.ts';
import type { StoreOperation } from '../../../src/env/key-value-store.ts';

/** Frame: length of the body, CRC-32C of the body, body; all numbers are u32 in big endian. */
const HEAD_BYTES = 8;
const NO_VALUE = 0xffff_ffff;

export const encodeBatch = (operations: readonly StoreOperation[]): Uint8Array => {
  const parts: Uint8Array[] = [];
  for (const operation of operations) {
    const value = operation.type === 'put' ? operation.value : undefined;
    parts.push(u32(operation.key.length), operation.key, u32(value?.length ?? NO_VALUE));
    if (value !== undefined) parts.push(value);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(body.length), u32(crc32c(body)), body]);
};

/** The batches up to the first that is torn. */
export function* decodeBatches(bytes: Uint8Array): Generator<readonly StoreOperation[]> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + HEAD_BYTES <= buffer.length) {
    const end = at + HEAD_BYTES + buffer.readUInt32BE(at);
    if (end > buffer.length) return;
    const body = buffer.subarray(at + HEAD_BYTES, end);
    if (crc32c(body) !== buffer.readUInt32BE(at + 4)) return;
    yield decodeBody(body);
    at = end;
  }
}

const decodeBody = (body: Buffer): StoreOperation[] => {
  const operations: StoreOperation[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => {
    at += length;
    return new Uint8Array(body.subarray(at - length, at));
  };
  const takeLength = (): number => {
    at += 4;
    return body.readUInt32BE(at - 4);
  };
  while (at < body.length) {
    const key = take(takeLength());
    const length = takeLength();
    operations.push(
      length === NO_VALUE ? { type: 'del', key } : { type: 'put', key, value: take(length) },
    );
  }
  return operations;
};

const u32 = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
