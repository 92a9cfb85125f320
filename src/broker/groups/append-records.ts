import type { ErrorCode } from '../../base/errors.ts';
import { BatchBuilder } from '../../record/batch-builder.ts';
import type { Partition } from '../replication/partition.ts';
import { encodeGroupRecord } from './stored-records.ts';
import type { GroupRecord } from './types.ts';

export interface AppendOptions {
  readonly partition: Partition;
  readonly groupId: string;
  readonly timeoutMs: number;
  /** The wall clock's. */
  readonly nowMs: number;
}

/**
 * Appends what a group stores, with acks=all: `onDone` hears NONE when all of it is committed. It
 * is one batch, so that a crash leaves all or none; only what deletes and nothing else is cut into
 * several where it would be larger than a batch may be: a crash between them leaves a deletion
 * that its group asks for again.
 */
export const appendRecords = (
  records: readonly GroupRecord[],
  options: AppendOptions,
  onDone: (code: ErrorCode) => void,
): void => {
  const mayCut = records.every(({ value }) => value === undefined);
  const { partition, timeoutMs } = options;
  const maxBytes = mayCut ? partition.log.config.maxMessageBytes : Number.POSITIVE_INFINITY;
  const batches = batchesOf(records, { ...options, maxBytes });
  let missing = batches.length;
  let worst: ErrorCode = 'NONE';
  for (const batch of batches) {
    partition.produce(batch, { acks: -1, timeoutMs }, ({ code }) => {
      if (code !== 'NONE') worst = code;
      missing -= 1;
      if (missing === 0) onDone(worst);
    });
  }
};

const batchesOf = (
  records: readonly GroupRecord[],
  { groupId, nowMs, maxBytes }: AppendOptions & { readonly maxBytes: number },
): Uint8Array[] => {
  const builders: BatchBuilder[] = [];
  for (const record of records) {
    const stored = { ...encodeGroupRecord(groupId, record), timestampMs: nowMs };
    if (builders.at(-1)?.append(stored) === true) continue;
    const builder = new BatchBuilder({ maxBytes });
    builder.append(stored);
    builders.push(builder);
  }
  return builders.map((builder) => builder.build());
};
