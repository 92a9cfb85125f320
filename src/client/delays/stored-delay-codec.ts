import { OttlaError } from '../../base/errors.ts';
import { BatchBuilder } from '../../record/batch-builder.ts';
import { decodeBatch } from '../../record/batch-reader.ts';
import { TARGET } from './delay-headers.ts';
import type { StoredDelay } from './delay-store.ts';

/** A batch of one, under its CRC: the last header is the target, the timestamp the due time. */
export const encodeDelay = ({ key, value, headers, dueMs, target }: StoredDelay): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 1 });
  const last = { key: TARGET, value: Buffer.from(target) };
  builder.append({ key, value, headers: [...headers, last], timestampMs: dueMs });
  return builder.build();
};

export type DelayPlace = Pick<StoredDelay, 'topic' | 'partition' | 'offset'>;

/** Throws CORRUPT_STORE. */
export const decodeDelay = (bytes: Uint8Array, place: DelayPlace): StoredDelay => {
  const { topic, partition, offset } = place;
  try {
    const [record] = decodeBatch(bytes).records;
    const target = record?.headers.at(-1)?.value;
    if (record !== undefined && target !== undefined && target !== null) {
      const { key, value, timestampMs: dueMs } = record;
      const headers = record.headers.slice(0, -1);
      return { ...place, key, value, headers, dueMs, target: Buffer.from(target).toString() };
    }
  } catch (error) {
    if (!(error instanceof OttlaError)) throw error;
  }
  throw new OttlaError(
    'CORRUPT_STORE',
    `the delayed message ${topic}/${partition}/${offset} is damaged: remove it by hand`,
  );
};
