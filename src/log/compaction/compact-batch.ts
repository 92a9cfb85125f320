import { must } from '../../base/assert.ts';
import { sizeOfVarlong } from '../../base/bytes/varint.ts';
import { ByteWriter } from '../../base/bytes/writer.ts';
import { describeError, OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { BatchHeader } from '../../record/batch-header.ts';
import {
  codecOf,
  DELETE_HORIZON_BIT,
  HEADER_BYTES,
  hasDeleteHorizon,
  isControl,
  isHeld,
  isLogAppendTime,
  nextOffsetOf,
  writeBatchHeader,
} from '../../record/batch-header.ts';
import { openRecordsInPool } from '../../record/batch-reader.ts';
import { codecIfLoaded } from '../../record/compression.ts';
import type { RecordSpan } from '../../record/record-spans.ts';
import { requireFit, spansIn } from '../../record/record-spans.ts';
import { emptiedBatch, joinSpans } from '../../record/thinned-batch.ts';

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
  /** Of a held batch, the records that wait; undefined where that is not known. */
  readonly waiting?: ReadonlySet<Offset> | undefined;
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
 * batch that loses records is compressed anew by its own codec. Of a held one those records stay
 * that wait, whatever their keys. A tombstone's batch is given its delete horizon when it is first
 * met, by which time nothing older of its keys is left: it stands in the base timestamp, from which
 * the records' deltas are then counted (KIP-534). Where a record lies too far back for that its
 * batch is given none, and the tombstones stay.
 *
 * Throws CORRUPT_MESSAGE for records that cannot be read, UNKNOWN_SERVER_ERROR where their codec
 * fails to compress what it has decompressed; it must be loaded. What is large is opened and
 * compressed in other threads: the batch must not change meanwhile.
 */
export const compactBatch = async (
  batch: Uint8Array,
  header: BatchHeader,
  rules: CompactionRules,
): Promise<CompactedBatch> => {
  if (isControl(header.attributes) || nextOffsetOf(header) > rules.endOffset) return KEPT;
  if (isHeld(header.attributes) && rules.waiting === undefined) return KEPT;
  const isRemembered = header.producerId !== NONE && rules.isRemembered(header.baseOffset);
  if (header.recordCount === 0) return isRemembered ? KEPT : DROPPED;
  const section = await openRecordsInPool(batch, header);
  const kept = surveyOf(header, section, rules);
  if (kept.count === 0) {
    return isRemembered ? { kind: 'rewritten', bytes: emptiedBatch(header) } : DROPPED;
  }
  const horizonMs = newHorizonOf(header, kept, rules);
  if (kept.count === header.recordCount && horizonMs === undefined) return KEPT;
  return { kind: 'rewritten', bytes: await rewrite(header, { section, kept, horizonMs }) };
};

/**
 * What stays of a batch, in a byte a record: an object for each would be a hundred times the
 * batch, which may have some millions.
 */
interface Survey {
  /** 1 at the place of each record that stays. */
  readonly stays: Uint8Array;
  readonly count: number;
  /** Of the records that stay, as all below. */
  readonly sizeBytes: number;
  readonly hasTombstone: boolean;
  readonly oldestMs: number;
  readonly newestMs: number;
}

const surveyOf = (header: BatchHeader, section: Uint8Array, rules: CompactionRules): Survey => {
  requireFit(header, section);
  const stays = new Uint8Array(header.recordCount);
  const found = { count: 0, sizeBytes: 0, hasTombstone: false };
  let [oldestMs, newestMs, index] = [Infinity, -Infinity, 0];
  for (const span of spansIn(header, section)) {
    if (doesStay(span, header, rules)) {
      stays[index] = 1;
      found.count += 1;
      found.sizeBytes += span.end - span.start;
      found.hasTombstone ||= span.isTombstone;
      oldestMs = Math.min(oldestMs, span.timestampMs);
      newestMs = Math.max(newestMs, span.timestampMs);
    }
    index += 1;
  }
  return { stays, ...found, oldestMs, newestMs };
};

function* spansThatStay(
  header: BatchHeader,
  section: Uint8Array,
  { stays }: Survey,
): Generator<RecordSpan, void> {
  let index = 0;
  for (const span of spansIn(header, section)) {
    if (stays[index] === 1) yield span;
    index += 1;
  }
}

const doesStay = (span: RecordSpan, header: BatchHeader, rules: CompactionRules): boolean => {
  if (isHeld(header.attributes)) {
    return rules.waiting?.has(header.baseOffset + span.offsetDelta) ?? true;
  }
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
  kept: Survey,
  { nowMs, deleteRetentionMs }: CompactionRules,
): number | undefined => {
  if (isHeld(header.attributes) || !kept.hasTombstone) return undefined;
  if (hasDeleteHorizon(header.attributes)) return undefined;
  const horizonMs = Math.min(nowMs + deleteRetentionMs, MAX_HORIZON_MS);
  const ends = [kept.oldestMs, kept.newestMs];
  const doesFit = ends.every((timestampMs) => Number.isSafeInteger(timestampMs - horizonMs));
  return doesFit ? horizonMs : undefined;
};

interface Rewrite {
  readonly section: Uint8Array;
  /** At least one. */
  readonly kept: Survey;
  readonly horizonMs: number | undefined;
}

const rewrite = async (
  header: BatchHeader,
  { section, kept, horizonMs }: Rewrite,
): Promise<Uint8Array> => {
  const baseTimestampMs = horizonMs ?? header.baseTimestampMs;
  const spans = spansThatStay(header, section, kept);
  const records =
    horizonMs === undefined
      ? joinSpans(section, spans, kept.sizeBytes)
      : rebased(section, spans, ({ timestampMs }) => timestampMs - horizonMs);
  const blob = await compressed(header, records);
  const batch = new Uint8Array(HEADER_BYTES + blob.length);
  batch.set(blob, HEADER_BYTES);
  writeBatchHeader(batch, {
    ...header,
    attributes: header.attributes | (horizonMs === undefined ? 0 : DELETE_HORIZON_BIT),
    baseTimestampMs,
    maxTimestampMs: isLogAppendTime(header.attributes) ? header.maxTimestampMs : kept.newestMs,
    recordCount: kept.count,
  });
  return batch;
};

/** What a library throws, out of memory above all, costs this pass and not the process. */
const compressed = async (header: BatchHeader, records: Uint8Array): Promise<Uint8Array> => {
  const codec = must(codecIfLoaded(codecOf(header.attributes)), 'what was decompressed compresses');
  try {
    return await codec.compressInPool(records);
  } catch (cause) {
    throw new OttlaError(
      'UNKNOWN_SERVER_ERROR',
      `the batch at offset ${header.baseOffset} could not be compressed with ${codec.name}: ${describeError(cause)}`,
      { cause },
    );
  }
};

/** The records with other timestamp deltas, which are safe integers. */
const rebased = (
  section: Uint8Array,
  spans: Iterable<RecordSpan>,
  deltaOf: (span: RecordSpan) => number,
): Uint8Array => {
  const writer = new ByteWriter(section.length);
  for (const span of spans) {
    const { restStart, end } = span;
    const delta = deltaOf(span);
    const bodyBytes = 1 + sizeOfVarlong(delta) + (end - restStart);
    writer.writeVarint(bodyBytes).writeInt8(0).writeVarlong(delta);
    writer.writeBytes(section.subarray(restStart, end));
  }
  return writer.bytes();
};
