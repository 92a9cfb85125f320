import type { OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import { nextOffsetOf } from '../../record/batch-header.ts';
import { decodeBatch, missingCodec } from '../../record/batch-reader.ts';
import { loadCodec } from '../../record/compression.ts';
import type { DecodedRecord } from '../../record/record.ts';
import type { ClientContext } from '../context.ts';
import type { Deserializer } from '../serde/serde.ts';
import { asOttlaError } from '../timing.ts';
import type { DecodeStop, ReaderRecord } from './decode-records.ts';
import { decodeRecords } from './decode-records.ts';
import type { FetcherSettings } from './fetcher.ts';
import { Fetcher } from './fetcher.ts';
import type { FetchedBatch, PartitionCursor } from './partition-cursor.ts';
import { PositionLookup } from './position-lookup.ts';
import type { DecodeFailureHandler } from './reader-options.ts';

/** Records of one partition that were stored together, in order; at least one. */
export interface ReaderBatch<K = Uint8Array, V = Uint8Array> {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly records: ReadonlyArray<ReaderRecord<K, V>>;
  /** Where the partition goes on after this batch. */
  readonly nextOffset: Offset;
  /** End of what could be read when the batch was fetched (exclusive). */
  readonly highWatermark: Offset;
}

/** A batch, which may be without records, and what the iteration has to know of it. */
export interface Delivery<K, V> {
  readonly batch: ReaderBatch<K, V>;
  readonly cursor: PartitionCursor;
  /** Of the cursor: another one means that the rest of the batch is not wanted any more. */
  readonly generation: number;
  readonly stop: DecodeStop | undefined;
  /** The records as they are stored, those left out of the batch too. */
  readonly stored: readonly DecodedRecord[];
}

export interface SourceSettings<K, V> extends FetcherSettings {
  readonly key: Deserializer<K>;
  readonly value: Deserializer<V>;
  readonly onDecodeFailure: DecodeFailureHandler;
}

export interface DeliveryOptions {
  /** Asked before each delivery; `tell` has it asked again. May throw, which ends the iteration. */
  readonly isOver: () => boolean;
  /** True: the cursor has been put right, or taken out, and the iteration goes on. */
  readonly onFailure?: (cursor: PartitionCursor, error: OttlaError) => boolean;
  /** False: nothing of it now, others have their turn; `tell` has it asked again. */
  readonly hasRoom?: (cursor: PartitionCursor) => boolean;
}

/**
 * What is fetched of a set of partitions that may change, decoded and handed out: partitions take
 * turns, and records of one come in order. Which partitions, and what counts as read, is up to its
 * user.
 */
export class RecordSource<K, V> {
  readonly #settings: SourceSettings<K, V>;
  readonly #fetcher: Fetcher;
  readonly #lookup: PositionLookup;
  #cursors: readonly PartitionCursor[] = [];
  #wakers: Array<() => void> = [];
  #turn = 0;

  constructor(context: ClientContext, settings: SourceSettings<K, V>) {
    this.#settings = settings;
    this.#lookup = new PositionLookup(context, {
      onFound: () => this.#fetcher.wake(),
      onFailed: (cursor, error) => {
        cursor.failure = error;
        this.tell();
      },
    });
    this.#fetcher = new Fetcher({
      context,
      settings,
      lookup: this.#lookup,
      onChange: () => this.tell(),
    });
  }

  isFetching(cursor: PartitionCursor): boolean {
    return this.#fetcher.has(cursor);
  }

  /** Gives it its turns, in which a failure of it is told; nothing is fetched yet. */
  add(cursor: PartitionCursor): void {
    if (!this.#cursors.includes(cursor)) this.#cursors = [...this.#cursors, cursor];
  }

  /** Fetches it from now on. */
  fetch(cursor: PartitionCursor): void {
    this.add(cursor);
    this.#fetcher.add(cursor);
  }

  /** Nothing of it is handed out any more, the rest of a batch in hand included. */
  remove(cursor: PartitionCursor): void {
    this.#cursors = this.#cursors.filter((each) => each !== cursor);
    this.#fetcher.remove(cursor);
    cursor.refetch();
  }

  /** A cursor of it has changed: there may be something to fetch. */
  wake(): void {
    this.#fetcher.wake();
  }

  /** Wakes every iteration that waits. */
  tell(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }

  /** Ends the streams; iterations end by their own `isOver`. */
  close(): void {
    this.#lookup.close();
    this.#fetcher.close();
    this.tell();
  }

  async *deliveries(options: DeliveryOptions): AsyncGenerator<Delivery<K, V>, void, undefined> {
    while (!options.isOver()) {
      const cursor = this.#nextCursor(options);
      if (cursor === undefined) {
        await new Promise<void>((resolve) => this.#wakers.push(resolve));
        continue;
      }
      const fetched = cursor.shift();
      if (fetched === undefined) {
        if (cursor.failure === undefined) continue;
        if (options.onFailure?.(cursor, cursor.failure) === true) continue;
        throw cursor.failure;
      }
      const delivery = await this.#decode(cursor, fetched);
      this.#fetcher.wake();
      if (delivery !== undefined) yield delivery;
      if (delivery?.stop !== undefined) onStop(delivery);
    }
  }

  /** Undefined: damaged, or the cursor has moved on; either way there is nothing to hand out. */
  async #decode(
    cursor: PartitionCursor,
    fetched: FetchedBatch,
  ): Promise<Delivery<K, V> | undefined> {
    const { generation } = cursor;
    try {
      const codec = missingCodec(fetched.bytes);
      if (codec !== undefined) await loadCodec(codec);
      const startOffset = cursor.position;
      if (cursor.generation !== generation || startOffset === undefined) return undefined;
      const decoded = decodeBatch(fetched.bytes);
      cursor.corruptCount = 0;
      const { topic, partition } = cursor;
      const { key, value, onDecodeFailure } = this.#settings;
      const raw = decoded.isControl ? [] : decoded.records;
      const { records, stop } = decodeRecords(raw, startOffset, {
        topic,
        partition,
        key,
        value,
        onDecodeFailure,
      });
      const nextOffset = nextOffsetOf(decoded.header);
      const highWatermark = cursor.highWatermark ?? nextOffset;
      const batch = { topic, partition, records, nextOffset, highWatermark };
      return { batch, cursor, generation, stop, stored: raw };
    } catch (error) {
      const failure = asOttlaError(error);
      if (failure.code !== 'CORRUPT_MESSAGE') throw error;
      if (cursor.generation === generation) this.#fetcher.onCorrupt(cursor, failure);
      return undefined;
    }
  }

  /** The partition whose turn it is among those that have something, or have failed. */
  #nextCursor({ hasRoom }: DeliveryOptions): PartitionCursor | undefined {
    const cursors = this.#cursors;
    for (let step = 0; step < cursors.length; step += 1) {
      const index = (this.#turn + step) % cursors.length;
      const cursor = cursors[index];
      if (cursor === undefined || cursor.isPaused) continue;
      if (!cursor.hasBuffered && cursor.failure === undefined) continue;
      if (hasRoom?.(cursor) === false) continue;
      this.#turn = index + 1;
      return cursor;
    }
    return undefined;
  }
}

/**
 * A record that cannot be decoded ends the iteration, every time, until somebody seeks past it.
 */
const onStop = ({ cursor, generation, stop }: Delivery<unknown, unknown>): void => {
  if (stop === undefined || cursor.generation !== generation) return;
  cursor.refetch();
  throw stop.error;
};
