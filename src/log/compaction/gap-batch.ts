import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { BatchHeader } from '../../record/batch-header.ts';
import {
  HEADER_BYTES,
  isControl,
  nextOffsetOf,
  writeBatchHeader,
} from '../../record/batch-header.ts';

/** Offsets whose records compaction took away, all written in one leader epoch. */
export interface Gap {
  readonly baseOffset: Offset;
  /** Exclusive. */
  readonly nextOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  /** Greatest timestamp of what stood here: retention by age goes by it. */
  readonly maxTimestampMs: number;
}

/** A gap's last offset delta has 32 bits. */
export const MAX_GAP_OFFSETS: number = 2 ** 31 - 1;

/**
 * A batch without records, that stands for a gap: so the batches of a log stay contiguous, and one
 * that is missing can be told from one that was compacted away. Every Kafka client passes it over.
 */
export const gapBatch = (gap: Gap): Uint8Array => {
  const batch = new Uint8Array(HEADER_BYTES);
  writeBatchHeader(batch, {
    baseOffset: gap.baseOffset,
    partitionLeaderEpoch: gap.leaderEpoch,
    attributes: 0,
    lastOffsetDelta: gap.nextOffset - gap.baseOffset - 1,
    baseTimestampMs: gap.maxTimestampMs,
    maxTimestampMs: gap.maxTimestampMs,
    producerId: NONE,
    producerEpoch: NONE,
    baseSequence: NONE,
    recordCount: 0,
  });
  return batch;
};

/** True for a batch that says nothing but that its offsets are gone. */
export const isGap = (header: BatchHeader): boolean =>
  header.recordCount === 0 && header.producerId === NONE && !isControl(header.attributes);

export const gapOf = (header: BatchHeader): Gap => ({
  baseOffset: header.baseOffset,
  nextOffset: nextOffsetOf(header),
  leaderEpoch: header.partitionLeaderEpoch,
  maxTimestampMs: header.maxTimestampMs,
});
