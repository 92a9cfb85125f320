import { OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import type { BatchHeader } from '../../record/batch-header.ts';
import { isControl, isHeld, nextOffsetOf } from '../../record/batch-header.ts';
import { missingCodec, openRecordsInPool } from '../../record/batch-reader.ts';
import { loadCodec } from '../../record/compression.ts';
import { spansIn } from '../../record/record-spans.ts';
import type { LogConfig } from '../log-config.ts';
import type { ProducerStates } from '../producer-state.ts';
import type { Segment } from '../segment.ts';
import type { SegmentList } from '../segment-list.ts';
import { groupSegments } from './cleanable.ts';
import { CleanedSegment } from './cleaned-segment.ts';
import type { StoredBatch } from './cold-batches.ts';
import { coldBatches } from './cold-batches.ts';
import type { CompactedBatch, CompactionRules } from './compact-batch.ts';
import { compactBatch } from './compact-batch.ts';
import { OffsetMap } from './offset-map.ts';
import type { Pace } from './pace.ts';
import { swapIn } from './swap.ts';

/** What a pass needs to know of its log; read anew on every use. */
export interface CompactedLog {
  readonly name: string;
  readonly config: LogConfig;
  readonly producers: Pick<ProducerStates, 'all'>;
  epochAt(offset: Offset): LeaderEpoch;
}

/** From one offset (inclusive) to another (exclusive), all of those that wait. */
export type WaitingBetween = (start: Offset, end: Offset) => Promise<ReadonlySet<Offset>>;

export interface PassOptions {
  readonly log: CompactedLog;
  readonly segments: SegmentList;
  /** Oldest first, all of which may be compacted. */
  readonly cleanable: readonly Segment[];
  /** Exclusive: what was compacted before. */
  readonly cleanEndOffset: Offset;
  readonly nowWallMs: number;
  /** Memory for keys. */
  readonly dedupeBufferBytes: number;
  readonly pace: Pace;
  /** See `CompactionTools`. What it knows reaches to the end of the pass at least. */
  readonly waitingBetween?: WaitingBetween | undefined;
  /** Aborts when the log is cut, closed or taken away. */
  readonly signal: AbortSignal;
  /** Segments up to `endOffset` (exclusive) are others now; the directory is to be synced. */
  readonly onSwapped: (endOffset: Offset) => void;
}

export interface PassResult {
  /** Exclusive: compacted up to here now. */
  readonly cleanEndOffset: Offset;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** 0 to 1. */
  readonly bufferUtilization: number;
}

/** Segments of the pass are gone, by retention or deleted records: another pass begins anew. */
export class PassOvertaken extends Error {
  override readonly name = 'PassOvertaken';
}

/**
 * One pass over a log: notes the newest offset of every key in what was not compacted yet, then
 * writes all segments up to there anew, oldest first, without what is superseded. Segments take
 * each other's place a group at a time; a pass that ends early leaves a log as good as before, and
 * an older tombstone never goes before what it deletes. Errors: CORRUPT_STORE, CONFIG (the memory
 * holds not even one batch's keys), UNKNOWN_SERVER_ERROR (a codec), DISK_FULL, STORAGE_ERROR,
 * PassOvertaken, whatever the signal aborts with.
 */
export class CompactionPass {
  readonly #options: PassOptions;
  readonly #map: OffsetMap;
  #readBytes = 0;
  #writtenBytes = 0;

  constructor(options: PassOptions) {
    this.#options = options;
    this.#map = new OffsetMap(options.dedupeBufferBytes);
  }

  async run(): Promise<PassResult> {
    const { cleanable, log } = this.#options;
    const endOffset = await this.#noteKeys();
    const remembered = new Set<Offset>();
    for (const [, { batches }] of log.producers.all()) {
      for (const { baseOffset } of batches) remembered.add(baseOffset);
    }
    const rules: CompactionRules = {
      endOffset,
      newestOf: (key) => this.#map.get(key),
      nowMs: this.#options.nowWallMs,
      deleteRetentionMs: log.config.deleteRetentionMs,
      isRemembered: (baseOffset) => remembered.has(baseOffset),
    };
    const { segmentBytes } = log.config;
    for (const group of groupSegments(cleanable, { segmentBytes, endOffset })) {
      await this.#compactGroup(group, rules);
    }
    return {
      cleanEndOffset: endOffset,
      readBytes: this.#readBytes,
      writtenBytes: this.#writtenBytes,
      bufferUtilization: this.#map.utilization,
    };
  }

  /** Returns up to which offset (exclusive) the map knows all keys. */
  async #noteKeys(): Promise<Offset> {
    const { cleanable, cleanEndOffset, log, dedupeBufferBytes } = this.#options;
    let endOffset = cleanEndOffset;
    for (const segment of cleanable) {
      if (segment.nextOffset <= cleanEndOffset) continue;
      const position = segment.positionAtOrBelow(cleanEndOffset);
      const isWhole = await this.#eachBatch(segment, position, async ({ bytes, header }) => {
        if (nextOffsetOf(header) <= cleanEndOffset) return true;
        if (!(await this.#noteBatch(bytes, header))) return false;
        endOffset = nextOffsetOf(header);
        return true;
      });
      if (!isWhole) break;
    }
    if (endOffset > cleanEndOffset) return endOffset;
    throw new OttlaError(
      'CONFIG',
      `${log.name}: the keys of the batch at offset ${cleanEndOffset} do not fit log.cleaner.dedupe.buffer.size=${dedupeBufferBytes}: raise it`,
    );
  }

  /** False when the map is full: older records of the keys it has taken are superseded still. */
  async #noteBatch(bytes: Uint8Array, header: BatchHeader): Promise<boolean> {
    // The key of a record that waits is nobody's value yet.
    const { attributes, recordCount } = header;
    if (recordCount === 0 || isControl(attributes) || isHeld(attributes)) return true;
    const section = await readable(() => openWhole(bytes, header), undefined);
    if (section === undefined) return true;
    for (const { key, offsetDelta } of spansIn(header, section)) {
      if (key !== null && !this.#map.put(key, header.baseOffset + offsetDelta)) return false;
    }
    return true;
  }

  /**
   * Crash states: until the swap a `.cleaned` file beside the segments, which is swept; its bytes
   * are durable before its name means anything.
   */
  async #compactGroup(group: readonly Segment[], rules: CompactionRules): Promise<void> {
    const { log, segments, signal, onSwapped } = this.#options;
    const { place } = segments;
    const [first] = group;
    if (first === undefined) return;
    const cleaned = new CleanedSegment(place, first.baseOffset);
    let isSwapped = false;
    try {
      let isRewritten = false;
      for (const segment of group) {
        await this.#eachBatch(segment, 0, async ({ bytes, header }) => {
          const waiting = isHeld(header.attributes) ? await this.#waitingIn(header) : undefined;
          const compacted = await compactOrKeep(bytes, header, { ...rules, waiting });
          isRewritten ||= compacted.kind === 'rewritten';
          if (compacted.kind === 'dropped') cleaned.drop(header);
          else cleaned.keep(compacted.kind === 'kept' ? bytes : compacted.bytes);
          return true;
        });
      }
      await cleaned.finish();
      this.#writtenBytes += cleaned.writtenBytes;
      this.#options.pace.count(cleaned.writtenBytes);
      signal.throwIfAborted();
      const isSame = !isRewritten && group.length === 1;
      if (isSame && cleaned.segment.sizeBytes === first.sizeBytes) return;
      // What was made of segments that are gone is worth nothing, and this pass must not count as
      // one that was over them: their tombstones would go before what they delete.
      if (!segments.hasInRow(group)) throw new PassOvertaken(log.name);
      isSwapped = true;
      try {
        swapIn(place, group, cleaned.segment);
      } catch (cause) {
        // Half done: only a start, which goes on from there, makes a log of these files again.
        throw new OttlaError('STORAGE_ERROR', `${log.name}: segments were not swapped`, { cause });
      }
      segments.replace(group, cleaned.segment);
      onSwapped(cleaned.segment.nextOffset);
    } finally {
      if (!isSwapped) cleaned.discard();
    }
  }

  async #waitingIn(header: BatchHeader): Promise<ReadonlySet<Offset> | undefined> {
    return await this.#options.waitingBetween?.(header.baseOffset, nextOffsetOf(header));
  }

  /** Visits batches with their codecs loaded until one is answered with false; true at the end. */
  async #eachBatch(
    segment: Segment,
    position: number,
    visit: (batch: StoredBatch) => Promise<boolean>,
  ): Promise<boolean> {
    const { log, pace, segments, signal } = this.#options;
    signal.throwIfAborted();
    if (!segments.all().includes(segment)) throw new PassOvertaken(log.name);
    segment.pin();
    try {
      const epochAt = (offset: Offset): LeaderEpoch => log.epochAt(offset);
      for await (const batches of coldBatches(segment, { position, epochAt })) {
        for (const batch of batches) {
          signal.throwIfAborted();
          const missing = missingCodec(batch.bytes);
          if (missing !== undefined) await loadCodec(missing);
          if (!(await visit(batch))) return false;
          this.#readBytes += batch.bytes.length;
          pace.count(batch.bytes.length);
          if (pace.isRestDue) await pace.rest(signal);
        }
      }
      return true;
    } catch (error) {
      // What was read while the log was cut says nothing.
      signal.throwIfAborted();
      throw error;
    } finally {
      segment.unpin();
    }
  }
}

/** The records, all of which can be read. */
const openWhole = async (bytes: Uint8Array, header: BatchHeader): Promise<Uint8Array> => {
  const section = await openRecordsInPool(bytes, header);
  for (const _ of spansIn(header, section));
  return section;
};

/** Records that no consumer can read either have no keys, and stay as they are. */
const readable = async <T>(read: () => Promise<T>, otherwise: T): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    if (error instanceof OttlaError && error.code === 'CORRUPT_MESSAGE') return otherwise;
    throw error;
  }
};

const compactOrKeep = (
  bytes: Uint8Array,
  header: BatchHeader,
  rules: CompactionRules,
): Promise<CompactedBatch> =>
  readable<CompactedBatch>(() => compactBatch(bytes, header, rules), { kind: 'kept' });
