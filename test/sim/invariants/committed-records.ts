import { OttlaError } from '../../../src/base/errors.ts';
import type { Partition } from '../../../src/broker/replication/partition.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import type { BatchHeader } from '../../../src/record/batch-header.ts';
import { nextOffsetOf, readBatchHeader, splitBatches } from '../../../src/record/batch-header.ts';
import type { ClusterView, Invariant, Replica } from './invariant.ts';
import { ProducerSequences } from './producer-sequences.ts';

const READ_BYTES = 1 << 20;

interface CommittedBatch {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly leaderEpoch: number;
  readonly crc: number;
}

/** What any leader has ever declared committed in one partition, batch by batch. */
interface Committed {
  endOffset: number;
  /** The newest leader epoch in which something was committed. */
  leaderEpoch: number;
  /** By base offset. */
  readonly batches: Map<number, CommittedBatch>;
  sequences: ProducerSequences;
}

/**
 * What a leader once declared committed stays, as it was: every later leader has it from the start
 * of its epoch, and every replica has the same bytes there below its own high watermark.
 */
export const committedRecords = (): Invariant => {
  const byPartition = new Map<string, Committed>();
  const ledEpochs = new WeakMap<Partition, number>();
  /** Those that led when the last event was over. */
  const leading = new WeakSet<Partition>();
  /** How far each replica was compared, until its log is cut or its process ends. */
  const compared = new Map<PartitionLog, { cuts: number; endOffset: number }>();

  const compare = (view: ClusterView, replica: Replica, endOffset: number): void => {
    const { log } = replica.partition;
    const known = compared.get(log);
    const cuts = log.truncationCount;
    const reachedBefore = known?.cuts === cuts ? known.endOffset : 0;
    const from = Math.max(reachedBefore, log.logStartOffset);
    const committed = committedOf(byPartition, replica.partition.key);
    const reached = compareBatches(view, replica, { committed, from, endOffset });
    compared.set(log, { cuts, endOffset: reached });
  };

  return {
    name: 'committed-records',
    source: 'replication.md 5.3, 5.4, 5.8, 5.10: log matching, leader completeness',
    onEvent: (view) => {
      for (const replica of view.replicas) {
        const { partition } = replica;
        const wasLeading = leading.has(partition);
        if (partition.isLeader) leading.add(partition);
        else leading.delete(partition);
        // A leader may have committed in the event in which its disk failed, or it was deposed.
        if (!partition.isLeader && !wasLeading && !hasLed(ledEpochs, partition)) continue;
        const committed = committedOf(byPartition, partition.key);
        const leaderEpoch = epochLed(ledEpochs, partition);
        if (ledEpochs.get(partition) !== leaderEpoch) {
          ledEpochs.set(partition, leaderEpoch);
          // One that comes late, with metadata from before others led and committed, owes nothing.
          if (leaderEpoch > committed.leaderEpoch) {
            checkNewLeader(view, replica, committed);
            compare(view, replica, Math.min(committed.endOffset, partition.log.logEndOffset));
          }
        }
        if (partition.highWatermark <= committed.endOffset) continue;
        compare(view, replica, partition.highWatermark);
        committed.endOffset = partition.highWatermark;
        committed.leaderEpoch = Math.max(committed.leaderEpoch, leaderEpoch);
      }
    },
    onInterval: (view) => {
      for (const replica of view.replicas) {
        compare(view, replica, replica.partition.highWatermark);
      }
    },
    onAcknowledged: (view, { topic, partition, offset }) => {
      const topicId = view.truth.topicIdsByName.get(topic);
      const endOffset = byPartition.get(`${topicId}-${partition}`)?.endOffset ?? 0;
      if (offset < endOffset || topicId === undefined) return;
      const what = `${topic}-${partition} acknowledged ${offset}, committed is ${endOffset}`;
      view.violate('acknowledged-is-committed', what);
    },
  };
};

/** The leader epoch that it leads in, or led in last. */
const epochLed = (ledEpochs: WeakMap<Partition, number>, partition: Partition): number =>
  partition.isLeader ? partition.core.leaderEpoch : (ledEpochs.get(partition) ?? -1);

const hasLed = (ledEpochs: WeakMap<Partition, number>, partition: Partition): boolean =>
  partition.core.role === 'offline' && ledEpochs.get(partition) === partition.core.leaderEpoch;

const committedOf = (byPartition: Map<string, Committed>, key: string): Committed => {
  const known = byPartition.get(key);
  if (known !== undefined) return known;
  const fresh: Committed = {
    endOffset: 0,
    leaderEpoch: -1,
    batches: new Map(),
    sequences: new ProducerSequences(),
  };
  byPartition.set(key, fresh);
  return fresh;
};

const checkNewLeader = (view: ClusterView, replica: Replica, committed: Committed): void => {
  const { partition, machine } = replica;
  const { logEndOffset } = partition.log;
  if (logEndOffset >= committed.endOffset) return;
  if (partition.core.rules.ackDurability === 'memory' && view.hasLostPower) {
    view.mark('memory.lost');
    forgetFrom(logEndOffset, committed);
    return;
  }
  const who = `${machine.name} leads ${partition.describe()} at ${partition.core.leaderEpoch}`;
  const what = `${who} with the end ${logEndOffset}, committed is ${committed.endOffset}`;
  view.violate('leader-completeness', what);
};

/** The topic has promised no more: what comes now at these offsets is something else. */
const forgetFrom = (endOffset: number, committed: Committed): void => {
  for (const [baseOffset, { nextOffset }] of committed.batches) {
    if (nextOffset > endOffset) committed.batches.delete(baseOffset);
  }
  committed.endOffset = endOffset;
  committed.sequences = new ProducerSequences();
};

interface Span {
  readonly committed: Committed;
  readonly from: number;
  readonly endOffset: number;
}

/** Compares whole batches with what is known of them, and learns the others; where it ended. */
const compareBatches = (view: ClusterView, replica: Replica, span: Span): number => {
  const { partition, machine } = replica;
  const { committed, endOffset } = span;
  let at = span.from;
  while (at < endOffset) {
    const isDamaged = view.isDamaged(machine.nodeId, partition);
    const headers = readHeaders(partition.log, { at, endOffset, isDamaged });
    if (headers.length === 0) return at;
    for (const header of headers) {
      const batch = committedBatchOf(header);
      const known = committed.batches.get(batch.baseOffset);
      if (known === undefined) {
        committed.batches.set(batch.baseOffset, batch);
        committed.sequences.onCommitted(view, partition.key, header);
      } else if (!isAsCommitted(partition, batch, known)) {
        const who = `${partition.describe()} on ${machine.name}`;
        const what = `${who} has ${JSON.stringify(batch)}, committed was ${JSON.stringify(known)}`;
        view.violate('committed-records', what);
      }
      at = batch.nextOffset;
    }
  }
  return at;
};

/** Compaction gives batches other bytes and joins what it empties: the epoch stays. */
const isAsCommitted = (
  { log }: Partition,
  batch: CommittedBatch,
  known: CommittedBatch,
): boolean =>
  log.config.cleanupPolicy === 'delete'
    ? JSON.stringify(known) === JSON.stringify(batch)
    : known.leaderEpoch === batch.leaderEpoch;

interface ReadSpan {
  readonly at: number;
  readonly endOffset: number;
  readonly isDamaged: boolean;
}

const readHeaders = (log: PartitionLog, span: ReadSpan): BatchHeader[] => {
  const { at: fetchOffset, endOffset, isDamaged } = span;
  try {
    const request = { fetchOffset, endOffset, maxBytes: READ_BYTES, atLeastOne: true };
    return log
      .read(request)
      .parts.flatMap((part) =>
        [...splitBatches(part)].map((at) => readBatchHeader(part, at.position)),
      );
  } catch (error) {
    // It is being cut, was closed, or its disk failed: there is nothing to see now.
    if (error instanceof OttlaError && (isDamaged || error.code !== 'CORRUPT_STORE')) return [];
    throw error;
  }
};

const committedBatchOf = (header: BatchHeader): CommittedBatch => ({
  baseOffset: header.baseOffset,
  nextOffset: nextOffsetOf(header),
  leaderEpoch: header.partitionLeaderEpoch,
  crc: header.crc,
});
