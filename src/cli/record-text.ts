import type { DecodedRecord } from '../record/record.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes as JSON: a string where they are UTF-8, else `{ base64 }`. */
export const jsonOfBytes = (bytes: Uint8Array | null): string | { base64: string } | null => {
  if (bytes === null) return null;
  try {
    return decoder.decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
};

/** One record as an object that JSON can hold. */
export const jsonOfRecord = (record: DecodedRecord): object => ({
  offset: record.offset,
  timestampMs: record.timestampMs,
  key: jsonOfBytes(record.key),
  value: jsonOfBytes(record.value),
  ...(record.headers.length === 0
    ? {}
    : { headers: record.headers.map(({ key, value }) => ({ key, value: jsonOfBytes(value) })) }),
});
