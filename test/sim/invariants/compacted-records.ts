import { OttlaError } from '../../../src/base/errors.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import { partitionOf } from '../../../src/metadata/image.ts';
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

/** One replica, and what stands in its log to the end. */
interface Found {
  readonly replica: Replica;
  readonly records: Known;
}

/**
 * In a compacted log no committed record is ever another one than it was, on any replica; and the
 * newest record of every key is on every member of the in-sync set, unless it is a tombstone, or
 * retention has deleted it with all that was before it, where the topic asks for both.
 */
export const compactedRecords = (): Invariant => {
  const byPartition = new Map<string, Known>();
  const knownOf = ({ partition }: Replica): Known => {
    const known = byPartition.get(partition.key) ?? new Map<number, Stored>();
    byPartition.set(partition.key, known);
    return known;
  };
  return {
    name: 'compacted-records',
    source: 'Kafka, log compaction: the last known value of each key stays',
    onInterval: (view) => {
      const all = view.replicas.flatMap((replica) => {
        const { partition, machine } = replica;
        if (partition.log.config.cleanupPolicy === 'delete') return [];
        if (view.isDamaged(machine.nodeId, partition)) return [];
        const records = readAll(partition.log);
        return records === undefined ? [] : [{ replica, records }];
      });
      for (const found of all) learn(view, found, knownOf(found.replica));
      for (const found of all) checkNewest(view, found, knownOf(found.replica));
    },
  };
};

/** Of what is above a replica's high watermark it may have something else, and cut it later. */
const learn = (view: ClusterView, { replica, records }: Found, known: Known): void => {
  const { partition } = replica;
  const { log, highWatermark } = partition;
  if (log.compaction.cleanEndOffset > log.logStartOffset) view.mark('log.compacted');
  for (const [offset, record] of records) {
    if (offset >= highWatermark) return;
    const before = known.get(offset);
    if (before === undefined) known.set(offset, record);
    else if (before.key !== record.key || before.value !== record.value) {
      const what = `${describe(replica)} has ${JSON.stringify(record)} at ${offset}`;
      view.violate('compacted-records', `${what}, it was ${JSON.stringify(before)}`);
    }
  }
};

/**
 * One that catches up may have the gap and not yet what made it. One that has just started may only
 * have a hint of the high watermark, and what made a gap above that.
 */
const checkNewest = (view: ClusterView, { replica, records }: Found, known: Known): void => {
  const { partition, machine } = replica;
  const registration = partitionOf(view.truth, partition.topicId, partition.partition);
  if (registration?.isr.includes(machine.nodeId) !== true) return;
  const last = new Map([...records].map(([offset, { key }]) => [key, offset]));
  const newest = new Map<string, number>();
  for (const [offset, { key }] of known) newest.set(key, Math.max(offset, newest.get(key) ?? -1));
  for (const [key, offset] of newest) {
    if (offset >= partition.highWatermark || (last.get(key) ?? -1) >= offset) continue;
    if (offset < partition.log.logStartOffset) continue;
    if (known.get(offset)?.value === null) continue;
    const what = `${describe(replica)} has lost ${JSON.stringify(known.get(offset))}`;
    view.violate('newest-is-kept', `${what} at ${offset}, the newest of its key`);
  }
};

const describe = ({ partition, machine }: Replica): string =>
  `${partition.describe()} on ${machine.name}`;

/** Undefined while the log is being cut, was closed, or its disk failed. */
const readAll = (log: PartitionLog): Known | undefined => {
  const { logEndOffset: endOffset } = log;
  const found: Known = new Map();
  let fetchOffset = log.logStartOffset;
  try {
    while (fetchOffset < endOffset) {
      const request = { fetchOffset, endOffset, maxBytes: READ_BYTES, atLeastOne: true };
      const { parts, nextOffset } = log.read(request);
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
