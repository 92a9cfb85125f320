import { must } from '../../base/assert.ts';
import { OttlaError } from '../../base/errors.ts';
import type { PartitionId } from '../../base/ids.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import type { RecordOutcome } from './batch-core.ts';

/**
 * Records of one partition, in order, for one call of a handler, which may say of each how it
 * ended. Of those it says nothing: they are done where it returns, and to be retried where it
 * throws. What is said after it has returned does not count.
 */
export interface RecordBatch<K = Uint8Array, V = Uint8Array> {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly records: ReadonlyArray<ReaderRecord<K, V>>;
  /** These throw CONFIG for a record that is not of this batch. */
  done(record: ReaderRecord<K, V>): void;
  retry(record: ReaderRecord<K, V>, error?: unknown): void;
  /** No attempt is of use any more. */
  dead(record: ReaderRecord<K, V>, error?: unknown): void;
}

export interface Mark {
  readonly outcome: RecordOutcome;
  readonly error: unknown;
}

export class MarkedBatch<K, V> implements RecordBatch<K, V> {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly records: ReadonlyArray<ReaderRecord<K, V>>;
  readonly #marks = new Map<ReaderRecord<K, V>, Mark | undefined>();
  #isOver = false;

  constructor(records: ReadonlyArray<ReaderRecord<K, V>>) {
    const { topic, partition } = must(records[0], 'a batch has records');
    this.topic = topic;
    this.partition = partition;
    this.records = records;
    for (const record of records) this.#marks.set(record, undefined);
  }

  readonly done = (record: ReaderRecord<K, V>): void =>
    this.#mark(record, { outcome: 'done', error: undefined });

  readonly retry = (record: ReaderRecord<K, V>, error?: unknown): void =>
    this.#mark(record, { outcome: 'retry', error: error ?? unnamed('to be retried') });

  readonly dead = (record: ReaderRecord<K, V>, error?: unknown): void =>
    this.#mark(record, { outcome: 'dead', error: error ?? unnamed('dead') });

  /** The handler has returned, or thrown what stands in `failure`. */
  end(failure?: { readonly error: unknown }): void {
    this.#isOver = true;
    const rest: Mark =
      failure === undefined
        ? { outcome: 'done', error: undefined }
        : { outcome: 'retry', error: failure.error };
    for (const [record, mark] of this.#marks) if (mark === undefined) this.#marks.set(record, rest);
  }

  markOf(record: ReaderRecord<K, V>): Mark {
    return must(this.#marks.get(record), 'a batch that has ended has a mark for each');
  }

  #mark(record: ReaderRecord<K, V>, mark: Mark): void {
    if (!this.#marks.has(record)) {
      throw new OttlaError('CONFIG', 'the record is none of this batch: give one of its records');
    }
    if (!this.#isOver) this.#marks.set(record, mark);
  }
}

const unnamed = (what: string): Error => new Error(`the handler said that it is ${what}`);
