import { OttlaError } from '../../base/errors.ts';
import { BatchBuilder } from '../../record/batch-builder.ts';
import { decodeBatch } from '../../record/batch-reader.ts';
import { addTrail, splitTrail } from '../failure/failure-trail.ts';
import type { ParkedRecord } from './park-store.ts';

/** What tells a parked record from another one. */
export const parkedId = ({ groupId, topic, partition, offset }: ParkedRecord): string =>
  JSON.stringify([groupId, topic, partition, offset]);

/** A batch of one, under its CRC, whose timestamp is the moment it is due. */
export const encodeParked = ({
  key,
  value,
  headers,
  dueMs,
  ...trail
}: ParkedRecord): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 1 });
  builder.append({ key, value, headers: addTrail(headers, trail), timestampMs: dueMs });
  return builder.build();
};

/** Throws CORRUPT_STORE, naming the record, for what is no such batch. */
export const decodeParked = (id: string, bytes: Uint8Array): ParkedRecord => {
  try {
    const [record] = decodeBatch(bytes).records;
    const found = splitTrail(record?.headers ?? []);
    if (record !== undefined && found !== undefined) {
      const { key, value, timestampMs: dueMs } = record;
      return { ...found.trail, key, value, headers: found.headers, dueMs };
    }
  } catch (error) {
    if (!(error instanceof OttlaError)) throw error;
  }
  throw new OttlaError('CORRUPT_STORE', `the parked record ${id} is damaged: remove it by hand`);
};
