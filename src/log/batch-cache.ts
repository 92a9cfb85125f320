import type { Offset } from '../base/ids.ts';
import { floorIndex } from './offset-index.ts';

/** What an entry costs besides its bytes, so that many tiny batches stay bounded too. */
const ENTRY_OVERHEAD_BYTES = 160;
const COMPACT_AFTER = 1024;
const EMPTY = new Uint8Array(0);

interface CachedBatch {
  readonly tail: CachedTail;
  readonly baseOffset: Offset;
  /** Exclusive. */
  readonly endOffset: Offset;
  /** Emptied when dropped: queues may hold on to the entry for a while. */
  bytes: Uint8Array;
  isDropped: boolean;
}

/**
 * The newest batches of all logs of a directory, in memory as they were appended: what followers
 * and consumers at the tail read. When full, the batch that was appended first goes first.
 */
export class BatchCache {
  readonly #maxBytes: number;
  #queue: CachedBatch[] = [];
  #head = 0;
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  tail(): CachedTail {
    return new CachedTail(this);
  }

  /** For `CachedTail`. */
  added(batch: CachedBatch): void {
    this.#queue.push(batch);
    this.#usedBytes += batch.bytes.length + ENTRY_OVERHEAD_BYTES;
    while (this.#usedBytes > this.#maxBytes) this.#dropOldest();
  }

  /** For `CachedTail`. */
  dropped(batch: CachedBatch): void {
    this.#usedBytes -= batch.bytes.length + ENTRY_OVERHEAD_BYTES;
    batch.isDropped = true;
    batch.bytes = EMPTY;
  }

  #dropOldest(): void {
    const oldest = this.#queue[this.#head];
    if (oldest === undefined) return;
    this.#head += 1;
    if (this.#head > COMPACT_AFTER && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (!oldest.isDropped) oldest.tail.dropFirst();
  }
}

/** The cached end of one log: contiguous batches up to the log's end, or nothing. */
export class CachedTail {
  readonly #cache: BatchCache;
  #batches: CachedBatch[] = [];
  #baseOffsets: number[] = [];
  #head = 0;

  constructor(cache: BatchCache) {
    this.#cache = cache;
  }

  /** Offset of the first cached record, or `undefined` when nothing is cached. */
  get startOffset(): Offset | undefined {
    return this.#baseOffsets[this.#head];
  }

  /** Takes over the bytes of one batch, which must follow the last one. */
  push(baseOffset: Offset, endOffset: Offset, bytes: Uint8Array): void {
    const batch = { tail: this, baseOffset, endOffset, bytes, isDropped: false };
    this.#batches.push(batch);
    this.#baseOffsets.push(baseOffset);
    this.#cache.added(batch);
  }

  /** Cached batches from the one that contains `offset`; nothing when that one is not cached. */
  *from(offset: Offset): Generator<{ readonly endOffset: Offset; readonly bytes: Uint8Array }> {
    const start = this.startOffset;
    if (start === undefined || offset < start) return;
    const first = floorIndex(this.#baseOffsets, offset);
    for (let index = Math.max(first, this.#head); index < this.#batches.length; index += 1) {
      const batch = this.#batches[index];
      if (batch !== undefined && batch.endOffset > offset) yield batch;
    }
  }

  /** Forgets batches that end after `endOffset`. */
  truncate(endOffset: Offset): void {
    while (this.#batches.length > this.#head) {
      const last = this.#batches.at(-1);
      if (last === undefined || last.endOffset <= endOffset) return;
      this.#batches.pop();
      this.#baseOffsets.pop();
      this.#cache.dropped(last);
    }
  }

  clear(): void {
    this.truncate(-1);
  }

  /** Forgets batches that begin below `offset`: files have less of them now. */
  dropBelow(offset: Offset): void {
    while ((this.startOffset ?? offset) < offset) this.dropFirst();
  }

  /** For the cache: the oldest batch of this log goes. */
  dropFirst(): void {
    const first = this.#batches[this.#head];
    if (first === undefined) return;
    this.#cache.dropped(first);
    this.#head += 1;
    if (this.#head > COMPACT_AFTER && this.#head * 2 > this.#batches.length) {
      this.#batches = this.#batches.slice(this.#head);
      this.#baseOffsets = this.#baseOffsets.slice(this.#head);
      this.#head = 0;
    }
  }
}
