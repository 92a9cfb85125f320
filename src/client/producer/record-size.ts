import { sizeOfVarint } from '../../base/bytes/varint.ts';
import { HEADER_BYTES } from '../../record/batch-header.ts';
import type { RecordHeader } from '../../record/record.ts';

/** Length (up to 5), attributes, and deltas of time and offset at their widest. */
const MAX_FRAMING_BYTES = 5 + 1 + 10 + 5;

const sizeOfField = (field: Uint8Array | null): number =>
  field === null ? 1 : sizeOfVarint(field.length) + field.length;

const sizeOfHeaders = (headers: readonly RecordHeader[]): number => {
  let size = sizeOfVarint(headers.length);
  for (const { key, value } of headers) {
    const keyBytes = Buffer.byteLength(key);
    size += sizeOfVarint(keyBytes) + keyBytes + sizeOfField(value);
  }
  return size;
};

interface Payload {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** The most that a record can add to a batch, whatever its place in it. */
export const maxBytesInBatch = ({ key, value, headers }: Payload): number =>
  MAX_FRAMING_BYTES + sizeOfField(key) + sizeOfField(value) + sizeOfHeaders(headers);

/**
 * Exact size of a batch that holds this record alone, uncompressed: what a topic's limit is held
 * to.
 */
export const soloBatchBytes = ({ key, value, headers }: Payload): number => {
  // Attributes, and both deltas are 0: a byte each.
  const bodyBytes = 3 + sizeOfField(key) + sizeOfField(value) + sizeOfHeaders(headers);
  return HEADER_BYTES + sizeOfVarint(bodyBytes) + bodyBytes;
};
