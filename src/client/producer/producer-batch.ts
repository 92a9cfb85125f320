import { assert } from '../../base/assert.ts';
import { copyBytes } from '../../base/bytes/copy.ts';
import type { ErrorCode } from '../../base/errors.ts';
import type { Offset, PartitionId, ProducerEpoch, ProducerId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import { BatchBuilder } from '../../record/batch-builder.ts';
import type { ProducerStamp } from '../../record/batch-header.ts';
import { HEADER_BYTES, stampProducer } from '../../record/batch-header.ts';
import { decodeBatch } from '../../record/batch-reader.ts';
import type { Codec } from '../../record/codec.ts';
import type { RefusedRecord } from '../../record/refused-records.ts';
import { ProduceError } from './produce-error.ts';
import type { DeliveryCallback, EncodedRecord } from './producer-record.ts';

/** Who a broker takes this producer for. */
export interface ProducerIdentity {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
}

/** Where a broker has a batch. */
export interface BatchPlace {
  /** Of the first record, whom the others follow; NONE where that is not known. */
  readonly baseOffset: Offset;
  /** One a record, where repeats among them lie elsewhere. */
  readonly recordOffsets?: readonly Offset[];
  /** The time of the broker, where the topic has that. */
  readonly logAppendTimeMs?: number | undefined;
}

/**
 * `open` takes records; `ready` waits for its first sending; `inFlight` waits for an answer;
 * `retry` waits to be sent again, same bytes and sequence; `done` is settled.
 */
export type BatchState = 'open' | 'ready' | 'inFlight' | 'retry' | 'done';

export interface BatchOptions {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly maxBytes: number;
  readonly initialBytes: number;
  readonly createdMs: number;
  /** Called once when it is settled, before the records' own callbacks. */
  readonly onDone: (batch: ProducerBatch) => void;
  readonly onCallbackError: (error: unknown) => void;
}

/** Records of one partition that travel, and succeed or fail, together. */
export class ProducerBatch {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly createdMs: number;
  state: BatchState = 'open';
  /** An open batch that is sent as soon as its partition may: its linger is over. */
  isDue = false;
  attempts = 0;
  /** True once the outcome of a sending is unknown: it may stand in the log. */
  isAmbiguous = false;
  /** A record in it shall wait in the broker: only where the topic lets it. */
  isToWait = false;
  /** What the last sending failed with, for the words of a timeout. */
  lastFailure: string | undefined;
  /** NONE until the first sending; then fixed, so that the broker knows a repetition. */
  baseSequence: number = NONE;
  /** Of the send buffer. */
  bufferedBytes = 0;
  /**
   * The request that the answer must name; a late one to an earlier sending is told apart by it.
   */
  requestId: number = NONE;
  #builder: BatchBuilder | undefined;
  #encoded: Uint8Array | undefined;
  #count = 0;
  readonly #maxBytes: number;
  /** Only of the records that somebody waits for. */
  #callbacks: DeliveryCallback[] = [];
  #indexes: number[] = [];
  #timestampsMs: number[] = [];
  readonly #onDone: (batch: ProducerBatch) => void;
  readonly #onCallbackError: (error: unknown) => void;

  constructor(options: BatchOptions) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.createdMs = options.createdMs;
    this.#maxBytes = options.maxBytes;
    this.#onDone = options.onDone;
    this.#onCallbackError = options.onCallbackError;
    this.#builder = new BatchBuilder({
      maxBytes: options.maxBytes,
      initialBytes: options.initialBytes,
    });
  }

  get count(): number {
    return this.#count;
  }

  /** Uncompressed while it is open, as sent afterwards. */
  get sizeBytes(): number {
    return this.#encoded?.length ?? this.#builder?.sizeBytes ?? HEADER_BYTES;
  }

  get hasSequence(): boolean {
    return this.baseSequence !== NONE;
  }

  /** False when the batch is full or closed; the record's arrays are the caller's again. */
  append(record: EncodedRecord, callback: DeliveryCallback | undefined): boolean {
    if (this.state !== 'open' || this.#builder?.append(record) !== true) return false;
    if (callback !== undefined) {
      this.#callbacks.push(callback);
      this.#indexes.push(this.#count);
      this.#timestampsMs.push(record.timestampMs);
    }
    this.#count += 1;
    this.isToWait ||= record.waitsBy !== undefined;
    this.bufferedBytes += record.bufferedBytes;
    return true;
  }

  takes(record: EncodedRecord): boolean {
    return this.state === 'open' && this.sizeBytes + record.bufferedBytes <= this.#maxBytes;
  }

  close(): void {
    if (this.state === 'open') this.state = 'ready';
  }

  /** The bytes to send: built by the first call, the same from then on. */
  encode(stamp: ProducerStamp | undefined, codec: Codec | undefined): Uint8Array {
    if (this.#encoded === undefined) {
      assert(this.#builder !== undefined, 'a batch that is done is not sent');
      this.#encoded = this.#builder.build({
        ...stamp,
        ...(codec === undefined ? {} : { codec }),
      });
      this.#builder = undefined;
      this.baseSequence = stamp?.baseSequence ?? NONE;
    } else if (stamp !== undefined && !this.hasSequence) {
      stampProducer(this.#encoded, stamp);
      this.baseSequence = stamp.baseSequence;
    }
    return this.#encoded;
  }

  /** Takes the sequence back from a batch that surely is in no log: it is sent as if anew. */
  forgetSequence(): void {
    assert(!this.isAmbiguous, 'a batch that may be in the log keeps its sequence');
    this.baseSequence = NONE;
    this.state = 'ready';
    this.attempts = 0;
    // The transport may still hold views of the bytes that were sent.
    this.#encoded = this.#encoded === undefined ? undefined : copyBytes(this.#encoded);
  }

  /**
   * Fails these records, which surely are in no log, and goes on without them, as if they had never
   * been in it: to be numbered, and built, anew.
   */
  failRecords(refused: readonly RefusedRecord[], code: ErrorCode): void {
    assert(!this.isAmbiguous, 'a batch that may be in the log is not changed');
    const reasons = new Map(refused.map(({ index, reason }) => [index, reason]));
    this.#buildWithout(reasons);
    this.baseSequence = NONE;
    this.state = 'ready';
    this.attempts = 0;
    const waiting = this.#callbacks.map((callback, at) => ({
      callback,
      index: this.#indexes[at] ?? 0,
      timestampMs: this.#timestampsMs[at] ?? 0,
    }));
    const left = waiting.filter(({ index }) => !reasons.has(index));
    const lost = [...reasons.keys()];
    this.#callbacks = left.map(({ callback }) => callback);
    this.#indexes = left.map(({ index }) => index - lost.filter((it) => it < index).length);
    this.#timestampsMs = left.map(({ timestampMs }) => timestampMs);
    const { topic, partition } = this;
    for (const { callback, index } of waiting) {
      const reason = reasons.get(index);
      if (reason === undefined) continue;
      const words = `${topic} partition ${partition}: ${reason}`;
      const error = new ProduceError(code, words, { topic, partition, maybeApplied: false });
      this.#tell(() => callback(error, undefined));
    }
  }

  /** Settles all records. */
  succeed({ baseOffset, recordOffsets = [], logAppendTimeMs }: BatchPlace): void {
    const { topic, partition } = this;
    this.#settle((callback, index, createTimeMs) => {
      const timestampMs = logAppendTimeMs ?? createTimeMs;
      const counted = baseOffset === NONE ? NONE : baseOffset + index;
      const offset = recordOffsets[index] ?? counted;
      callback(undefined, { topic, partition, offset, timestampMs });
    });
  }

  /** Settles all records with one error, which knows whether the batch may be in the log. */
  fail(code: ErrorCode, reason: string): void {
    const { topic, partition, isAmbiguous } = this;
    const error = new ProduceError(code, reason, { topic, partition, maybeApplied: isAmbiguous });
    this.#settle((callback) => callback(error, undefined));
  }

  /** Done before anybody hears of it: those who hear may send again at once. */
  #settle(tell: (callback: DeliveryCallback, index: number, timestampMs: number) => void): void {
    const callbacks = this.#callbacks;
    this.state = 'done';
    this.#builder = undefined;
    this.#encoded = undefined;
    this.#callbacks = [];
    this.#onDone(this);
    for (let at = 0; at < callbacks.length; at += 1) {
      const callback = callbacks[at] as DeliveryCallback;
      this.#tell(() => tell(callback, this.#indexes[at] ?? 0, this.#timestampsMs[at] ?? 0));
    }
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#onCallbackError(error);
    }
  }

  #buildWithout(lost: ReadonlyMap<number, unknown>): void {
    assert(this.#encoded !== undefined, 'only what was sent is refused');
    const { records } = decodeBatch(this.#encoded, { verifyCrc: false });
    // It was within its bound with more records: how far timestamps lie apart may count otherwise.
    const maxBytes = Number.MAX_SAFE_INTEGER;
    const builder = new BatchBuilder({ maxBytes, initialBytes: this.#encoded.length });
    for (const [index, record] of records.entries()) {
      if (!lost.has(index)) builder.append(record);
    }
    this.#builder = builder;
    this.#encoded = undefined;
    this.#count = builder.count;
  }
}
