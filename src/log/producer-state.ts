import { OttlaError } from '../base/errors.ts';
import type { Offset, ProducerEpoch, ProducerId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { isControl, isHeld, isLogAppendTime, nextOffsetOf } from '../record/batch-header.ts';

/** Batches remembered a producer: as many as it may have in flight. */
export const REMEMBERED_BATCHES = 5;
const MAX_SEQUENCE = 2 ** 31 - 1;

/** One accepted batch of a producer. */
export interface ProducerBatch {
  readonly firstSequence: number;
  /** Inclusive. */
  readonly lastSequence: number;
  readonly baseOffset: Offset;
  /** Exclusive. */
  readonly endOffset: Offset;
  /** Its records were held until they are due: no consumer finds them at these offsets. */
  readonly isHeld?: boolean | undefined;
  /** Where the leader's clock stamped the batch; not kept in snapshots. */
  readonly logAppendTimeMs?: number | undefined;
}

export interface ProducerEntry {
  readonly producerEpoch: ProducerEpoch;
  /** Oldest first, at most five, all of this epoch. */
  readonly batches: readonly ProducerBatch[];
  /** Nothing of this producer was ever dropped: without batches it is as if never seen. */
  readonly isWhole: boolean;
  /** Exclusive end of the last batch that told something of this producer. */
  readonly endOffset: Offset;
  /** When it last wrote, by the monotonic clock. */
  readonly lastActiveMs: number;
}

/** The sequence that follows; 2^31-1 wraps to 0. */
const sequenceAfter = (sequence: number): number => (sequence === MAX_SEQUENCE ? 0 : sequence + 1);

export const lastSequenceOf = (firstSequence: number, lastOffsetDelta: number): number =>
  firstSequence > MAX_SEQUENCE - lastOffsetDelta
    ? lastOffsetDelta - (MAX_SEQUENCE - firstSequence) - 1
    : firstSequence + lastOffsetDelta;

/**
 * What a partition knows of its idempotent producers. `check` judges before a write and changes
 * nothing; `update` is called after the write succeeded (KAFKA-6683). Source: KIP-98, KIP-185.
 */
export class ProducerStates {
  readonly #entries: Map<ProducerId, ProducerEntry>;

  constructor(entries: Iterable<readonly [ProducerId, ProducerEntry]> = []) {
    this.#entries = new Map(entries);
  }

  get count(): number {
    return this.#entries.size;
  }

  get(producerId: ProducerId): ProducerEntry | undefined {
    return this.#entries.get(producerId);
  }

  all(): IterableIterator<[ProducerId, ProducerEntry]> {
    return this.#entries.entries();
  }

  /**
   * The earlier batch when this one is a repeat of one of the last five, `undefined` when it may be
   * appended. Throws INVALID_PRODUCER_EPOCH or OUT_OF_ORDER_SEQUENCE_NUMBER. A producer without
   * state may begin at any sequence: its state may have expired.
   */
  check(header: BatchHeader): ProducerBatch | undefined {
    const entry = this.#entries.get(header.producerId);
    if (header.producerId === NONE || entry === undefined) return undefined;
    const { producerId, producerEpoch, baseSequence } = header;
    if (producerEpoch < entry.producerEpoch) {
      throw new OttlaError(
        'INVALID_PRODUCER_EPOCH',
        `producer ${producerId} sent epoch ${producerEpoch}, a newer instance has ${entry.producerEpoch}`,
      );
    }
    if (isControl(header.attributes)) return undefined;
    if (producerEpoch > entry.producerEpoch) return requireSequence(header, 0);
    const lastSequence = lastSequenceOf(baseSequence, header.lastOffsetDelta);
    const earlier = entry.batches.find(
      (batch) => batch.firstSequence === baseSequence && batch.lastSequence === lastSequence,
    );
    if (earlier !== undefined) return earlier;
    const last = entry.batches.at(-1);
    return requireSequence(header, last === undefined ? 0 : sequenceAfter(last.lastSequence));
  }

  /** Takes in a batch that stands in the log. */
  update(header: BatchHeader, nowMs: number): void {
    if (header.producerId === NONE) return;
    const entry = this.#entries.get(header.producerId);
    const isNewEpoch = entry !== undefined && header.producerEpoch !== entry.producerEpoch;
    const before = entry === undefined || isNewEpoch ? [] : entry.batches;
    // Of the exact size: an array that was pushed to keeps room for many more, a producer each.
    const batches = isControl(header.attributes) ? before : before.concat(batchOf(header));
    const isFull = batches.length > REMEMBERED_BATCHES;
    this.#entries.set(header.producerId, {
      producerEpoch: header.producerEpoch,
      batches: isFull ? batches.slice(1) : batches,
      isWhole: !isNewEpoch && !isFull && (entry?.isWhole ?? !isControl(header.attributes)),
      endOffset: nextOffsetOf(header),
      lastActiveMs: nowMs,
    });
  }

  /**
   * Forgets what batches at or after `endOffset` told. False when that cannot be done exactly,
   * because something older was dropped when they came: the states must then be built again.
   */
  truncate(endOffset: Offset): boolean {
    for (const [producerId, entry] of this.#entries) {
      if (entry.endOffset <= endOffset) continue;
      const batches = entry.batches.filter((batch) => batch.endOffset <= endOffset);
      const last = batches.at(-1);
      if (last !== undefined && batches.length < entry.batches.length) {
        this.#entries.set(producerId, { ...entry, batches, endOffset: last.endOffset });
      } else if (last === undefined && entry.isWhole) {
        this.#entries.delete(producerId);
      } else return false;
    }
    return true;
  }

  /** Forgets producers idle since before `oldestMs` by the monotonic clock. */
  expire(oldestMs: number): void {
    for (const [producerId, entry] of this.#entries) {
      if (entry.lastActiveMs < oldestMs) this.#entries.delete(producerId);
    }
  }
}

const batchOf = (header: BatchHeader): ProducerBatch => ({
  firstSequence: header.baseSequence,
  lastSequence: lastSequenceOf(header.baseSequence, header.lastOffsetDelta),
  baseOffset: header.baseOffset,
  endOffset: nextOffsetOf(header),
  isHeld: isHeld(header.attributes) || undefined,
  logAppendTimeMs: isLogAppendTime(header.attributes) ? header.maxTimestampMs : undefined,
});

const requireSequence = (header: BatchHeader, expected: number): undefined => {
  if (header.baseSequence === expected) return undefined;
  throw new OttlaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `producer ${header.producerId} sent sequence ${header.baseSequence}, ${expected} was expected`,
  );
};
