import { crc32c } from '../../../src/base/bytes/crc32c.ts';
import { OttlaError } from '../../../src/base/errors.ts';
import type { BatchBuilderOptions, BuildOptions } from '../../../src/record/batch-builder.ts';
import { BatchBuilder } from '../../../src/record/batch-builder.ts';
import type { EncodableRecord } from '../../../src/record/record.ts';

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A record with the parts a test cares about. */
export const record = (parts: Partial<EncodableRecord> = {}): EncodableRecord => ({
  key: bytesOf('k'),
  value: bytesOf('v'),
  timestampMs: 1000,
  ...parts,
});

export const batchOf = (
  records: readonly EncodableRecord[],
  options: BuildOptions & Partial<BatchBuilderOptions> = {},
): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 1 << 30, ...options });
  for (const each of records) builder.append(each);
  return builder.build(options);
};

/** Overwrites bytes of a copy of the batch and, unless told not to, sums it anew. */
export const changed = (
  batch: Uint8Array,
  change: (view: Buffer) => void,
  sum: 'summed' | 'unsummed' = 'summed',
): Uint8Array => {
  const copy = Buffer.from(batch);
  change(copy);
  if (sum === 'summed') copy.writeUInt32BE(crc32c(copy.subarray(21)), 17);
  return copy;
};

/** The code of what `act` throws, or `no error`. */
export const codeThrownBy = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return error instanceof OttlaError ? error.code : String(error);
  }
  return 'no error';
};
