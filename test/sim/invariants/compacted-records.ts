import { OttlaError } from '../../../src/base/errors.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import { splitBatches } from '../../../src/record/batch-header.ts';
import { decodeBatch, missingCodec } from '../../../src/record/batch-reader.ts';
import type { ClusterView, Invariant, Replica } from './invariant.ts';

const READ_BYTES = 1 << 20;

interface Stored {
  readonly key: string;
  readonly value: string | null;
}

/** What was ever seen to be committed in one partition, by offset. */
type Known = Map<number, Stored>;

/**
 * In a compacted log no record is ever another one than it was, on any replica; and of what a
 * replica has had, the newest record of every key is there, unless it is a tombstone.
 */
export const compactedRecords = (): Invariant => {
  const byPartition = new Map<string, Known>();
  return {
    name: 'compacted-records',
    source: 'Kafka, log compaction: the last known value of each key stays',
    onInterval: (view) => {
      for (const replica of view.replicas) {
        const { partition, machine } = replica;
        const { log, key } = partition;
        if (log.config.cleanupPolicy !== 'compact') continue;
        if (view.isDamaged(machine.nodeId, partition)) continue;
        const found = readAll(log, partition.highWatermark);
        if (found === undefined) continue;
        const known = byPartition.get(key) ?? new Map<number, Stored>();
        byPartition.set(key, known);
        check(view, replica, { found, known });
        if (log.compaction.cleanEndOffset > log.logStartOffset) view.mark('log.compacted');
      }
    },
  };
};

const check = (
  view: ClusterView,
  { partition, machine }: Replica,
  { found, known }: { readonly found: Known; readonly known: Known },
): void => {
  const who = `${partition.describe()} on ${machine.name}`;
  for (const [offset, record] of found) {
    const before = known.get(offset);
    if (before === undefined) known.set(offset, record);
    else if (before.key !== record.key || before.value !== record.value) {
      const what = `${who} has ${JSON.stringify(record)} at ${offset}`;
      view.violate('compacted-records', `${what}, it was ${JSON.stringify(before)}`);
    }
  }
  const newest = new Map<string, number>();
  for (const [offset, { key }] of known) {
    if (offset >= partition.highWatermark) continue;
    newest.set(key, Math.max(offset, newest.get(key) ?? -1));
  }
  for (const [key, offset] of newest) {
    if (found.has(offset) || known.get(offset)?.value === null) continue;
    const what = `${who} has lost ${JSON.stringify(known.get(offset))} at ${offset}`;
    view.violate('newest-is-kept', `${what}, the newest of ${key}`);
  }
};

/** Undefined while the log is being cut, was closed, or its disk failed. */
const readAll = (log: PartitionLog, endOffset: number): Known | undefined => {
  const found: Known = new Map();
  let fetchOffset = log.logStartOffset;
  try {
    while (fetchOffset < endOffset) {
      const request = { fetchOffset, endOffset, maxBytes: READ_BYTES, atLeastOne: true };
      const { parts, nextOffset } = log.read(request);
      // A gap may end above a high watermark that a start has only a hint of.
      if (nextOffset === fetchOffset) return undefined;
      for (const part of parts) takeAll(part, found);
      fetchOffset = nextOffset;
    }
    return found;
  } catch (error) {
    if (error instanceof OttlaError && error.code !== 'CORRUPT_STORE') return undefined;
    throw error;
  }
};

const takeAll = (part: Uint8Array, found: Known): void => {
  for (const { position, sizeBytes } of splitBatches(part)) {
    const batch = part.subarray(position, position + sizeBytes);
    if (missingCodec(batch) !== undefined) continue;
    for (const { offset, key, value } of decodeBatch(batch).records) {
      found.set(offset, { key: textOf(key) ?? '', value: textOf(value) });
    }
  }
};

const textOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString();
