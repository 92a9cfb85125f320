import { must } from '../../base/assert.ts';
import { sizeOfVarlong } from '../../base/bytes/varint.ts';
import { ByteWriter } from '../../base/bytes/writer.ts';
import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { BatchHeader } from '../../record/batch-header.ts';
import {
  CODEC_BITS,
  codecOf,
  DELETE_HORIZON_BIT,
  HEADER_BYTES,
  hasDeleteHorizon,
  isControl,
  isLogAppendTime,
  nextOffsetOf,
  writeBatchHeader,
} from '../../record/batch-header.ts';
import { openRecords } from '../../record/batch-reader.ts';
import { codecIfLoaded } from '../../record/compression.ts';
import type { RecordSpan } from '../../record/record-spans.ts';
import { spansOf } from '../../record/record-spans.ts';

/** What decides which records stay. */
export interface CompactionRules {
  /** Exclusive: batches that end above it stay as they are. */
  readonly endOffset: Offset;
  /** The newest offset of a key in what was not compacted before; undefined: it is not there. */
  readonly newestOf: (key: Uint8Array) => Offset | undefined;
  /** Wall clock. */
  readonly nowMs: number;
  /** A tombstone stays for this long after all older records of its key have gone. */
  readonly deleteRetentionMs: number;
  /** A producer's retry may still ask for the batch with this base offset. */
  readonly isRemembered: (baseOffset: Offset) => boolean;
}

/** `kept`: byte for byte. `dropped`: nothing is left but its offsets. */
export type CompactedBatch =
  | { readonly kind: 'kept' }
  | { readonly kind: 'rewritten'; readonly bytes: Uint8Array }
  | { readonly kind: 'dropped' };

const KEPT: CompactedBatch = { kind: 'kept' };
const DROPPED: CompactedBatch = { kind: 'dropped' };

/**
 * A delete horizon is not later: as good as for ever, and near enough to every time that is real
 * for the difference to be a delta.
 */
const MAX_HORIZON_MS = 2 ** 52;

/**
 * What compaction leaves of one batch. Offsets, leader epoch and producer stay as they were; a
 * batch that loses records is compressed anew by its own codec. A tombstone's batch is given its
 * delete horizon when it is first met, by which time nothing older of its keys is left: it stands
 * in the base timestamp, from which the records' deltas are then counted (KIP-534). Where a record
 * lies too far back for that its batch is given none, and the tombstones stay.
 *
 * Throws CORRUPT_MESSAGE for records that cannot be read; the codec must be loaded.
 */
export const compactBatch = (
  batch: Uint8Array,
  header: BatchHeader,
  rules: CompactionRules,
): CompactedBatch => {
  if (isControl(header.attributes) || nextOffsetOf(header) > rules.endOffset) return KEPT;
  const isRemembered = header.producerId !== NONE && rules.isRemembered(header.baseOffset);
  if (header.recordCount === 0) return isRemembered ? KEPT : DROPPED;
  const section = openRecords(batch, header);
  const spans = spansOf(header, section);
  const kept = spans.filter((span) => doesStay(span, header, rules));
  if (kept.length === 0) {
    return isRemembered ? { kind: 'rewritten', bytes: emptied(header) } : DROPPED;
  }
  const horizonMs = newHorizonOf(header, kept, rules);
  if (kept.length === spans.length && horizonMs === undefined) return KEPT;
  return { kind: 'rewritten', bytes: rewrite(header, { section, kept, horizonMs }) };
};

const doesStay = (span: RecordSpan, header: BatchHeader, rules: CompactionRules): boolean => {
  // Nobody can ask for it by its key. Producers are refused such records; older ones may be here.
  if (span.key === null) return false;
  const newest = rules.newestOf(span.key);
  if (newest !== undefined && header.baseOffset + span.offsetDelta < newest) return false;
  const isPastHorizon =
    hasDeleteHorizon(header.attributes) && rules.nowMs >= header.baseTimestampMs;
  return !span.isTombstone || !isPastHorizon;
};

/** Undefined: the batch needs none, has one, or has a record whose delta from it does not fit. */
const newHorizonOf = (
  header: BatchHeader,
  kept: readonly RecordSpan[],
  { nowMs, deleteRetentionMs }: CompactionRules,
): number | undefined => {
  if (hasDeleteHorizon(header.attributes)) return undefined;
  if (!kept.some(({ isTombstone }) => isTombstone)) return undefined;
  const horizonMs = Math.min(nowMs + deleteRetentionMs, MAX_HORIZON_MS);
  const doesFit = kept.every(({ timestampMs }) => Number.isSafeInteger(timestampMs - horizonMs));
  return doesFit ? horizonMs : undefined;
};

interface Rewrite {
  readonly section: Uint8Array;
  /** At least one. */
  readonly kept: readonly RecordSpan[];
  readonly horizonMs: number | undefined;
}

const rewrite = (header: BatchHeader, { section, kept, horizonMs }: Rewrite): Uint8Array => {
  const baseTimestampMs = horizonMs ?? header.baseTimestampMs;
  const records =
    horizonMs === undefined
      ? joined(section, kept)
      : rebased(section, kept, ({ timestampMs }) => timestampMs - horizonMs);
  const codec = must(codecIfLoaded(codecOf(header.attributes)), 'what was decompressed compresses');
  const blob = codec.compress(records);
  const batch = new Uint8Array(HEADER_BYTES + blob.length);
  batch.set(blob, HEADER_BYTES);
  const newestMs = kept.reduce((most, { timestampMs }) => Math.max(most, timestampMs), -Infinity);
  writeBatchHeader(batch, {
    ...header,
    attributes: header.attributes | (horizonMs === undefined ? 0 : DELETE_HORIZON_BIT),
    baseTimestampMs,
    maxTimestampMs: isLogAppendTime(header.attributes) ? header.maxTimestampMs : newestMs,
    recordCount: kept.length,
  });
  return batch;
};

const joined = (section: Uint8Array, kept: readonly RecordSpan[]): Uint8Array => {
  const bytes = new Uint8Array(kept.reduce((total, { start, end }) => total + end - start, 0));
  let at = 0;
  for (const { start, end } of kept) {
    bytes.set(section.subarray(start, end), at);
    at += end - start;
  }
  return bytes;
};

/** The records with other timestamp deltas, which are safe integers. */
const rebased = (
  section: Uint8Array,
  kept: readonly RecordSpan[],
  deltaOf: (span: RecordSpan) => number,
): Uint8Array => {
  const writer = new ByteWriter(section.length);
  for (const span of kept) {
    const { restStart, end } = span;
    const delta = deltaOf(span);
    const bodyBytes = 1 + sizeOfVarlong(delta) + (end - restStart);
    writer.writeVarint(bodyBytes).writeInt8(0).writeVarlong(delta);
    writer.writeBytes(section.subarray(restStart, end));
  }
  return writer.bytes();
};

/** The header alone: what the producer's sequence and epoch are known by. */
const emptied = (header: BatchHeader): Uint8Array => {
  const batch = new Uint8Array(HEADER_BYTES);
  writeBatchHeader(batch, {
    ...header,
    attributes: header.attributes & ~(CODEC_BITS | DELETE_HORIZON_BIT),
    baseTimestampMs: header.maxTimestampMs,
    recordCount: 0,
  });
  return batch;
};
