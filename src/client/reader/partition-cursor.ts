import type { OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId, TopicId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import { nextOffsetOf, readBatchHeader, splitBatches } from '../../record/batch-header.ts';
import type { ReadPosition } from './reader-options.ts';

/** One fetched batch, not yet decoded: a view of what was received. */
export interface FetchedBatch {
  readonly bytes: Uint8Array;
  /** The first offset after it. */
  readonly nextOffset: Offset;
}

/**
 * Where a reader stands in one partition. `position` is what the user gets next, `fetchOffset`
 * what is asked for next; the batches between the two are in `buffered`. A seek or a pause begins
 * a new generation: what was on its way or in hand for an earlier one is dropped.
 */
export class PartitionCursor {
  readonly topic: string;
  readonly partition: PartitionId;
  topicId: TopicId = '';
  /** Still to be looked up; undefined once `position` is a number. */
  from: ReadPosition | undefined;
  isPaused = false;
  generation = 0;
  /** The request that carries this partition now; NONE: none. */
  requestId: number = NONE;
  retryAtMs = 0;
  failedAttempts = 0;
  /** Refetches of one damaged batch. */
  corruptCount = 0;
  highWatermark: Offset | undefined;
  logStartOffset: Offset | undefined;
  /** Ends the iteration when the user gets here; a seek clears it. */
  failure: OttlaError | undefined;
  readonly #buffered: FetchedBatch[] = [];
  #bufferedBytes = 0;
  #position: Offset | undefined;
  #fetchOffset: Offset = 0;

  constructor(topic: string, partition: PartitionId, from: ReadPosition) {
    this.topic = topic;
    this.partition = partition;
    this.from = from;
    this.seek(from);
  }

  /** Offset of the next record for the user; undefined until it is looked up. */
  get position(): Offset | undefined {
    return this.#position;
  }

  get fetchOffset(): Offset {
    return this.#fetchOffset;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get hasBuffered(): boolean {
    return this.#buffered.length > 0;
  }

  /** Goes on from there; an offset at once, anything else once it was looked up. */
  seek(to: ReadPosition): void {
    this.failure = undefined;
    this.retryAtMs = 0;
    if (typeof to === 'object' && 'offset' in to) this.#moveTo(to.offset);
    else {
      this.#position = undefined;
      this.from = to;
      this.#restart();
    }
  }

  /** The looked-up position; ignored when a later seek has overtaken it. */
  resolve(offset: Offset, generation: number): void {
    if (generation === this.generation && this.from !== undefined) this.#moveTo(offset);
  }

  /** Nothing of it is handed out until `isPaused` is false again; what is buffered is dropped. */
  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.refetch();
  }

  /** Drops what is buffered and on its way, and fetches from `position` again. */
  refetch(): void {
    if (this.#position === undefined) this.#restart();
    else this.#moveTo(this.#position);
  }

  /** The user has everything before `offset`. */
  advance(offset: Offset): void {
    this.#position = offset;
  }

  /**
   * Takes in the batches of an answer; `bytes` is kept in views. Throws CORRUPT_MESSAGE where it
   * is no sequence of batches, having taken those before.
   */
  take(bytes: Uint8Array): void {
    for (const { position, sizeBytes } of splitBatches(bytes)) {
      const batch = bytes.subarray(position, position + sizeBytes);
      const nextOffset = nextOffsetOf(readBatchHeader(batch));
      if (nextOffset <= this.#fetchOffset) continue;
      this.#buffered.push({ bytes: batch, nextOffset });
      this.#bufferedBytes += sizeBytes;
      this.#fetchOffset = nextOffset;
    }
  }

  /** The next batch for the user. */
  shift(): FetchedBatch | undefined {
    const batch = this.#buffered.shift();
    if (batch !== undefined) this.#bufferedBytes -= batch.bytes.length;
    return batch;
  }

  #moveTo(offset: Offset): void {
    this.#position = offset;
    this.#fetchOffset = offset;
    this.from = undefined;
    this.#restart();
  }

  #restart(): void {
    this.generation += 1;
    this.requestId = NONE;
    this.#buffered.length = 0;
    this.#bufferedBytes = 0;
  }
}
