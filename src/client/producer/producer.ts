import { OttlaError } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import { abortedError, onAbort, orAborted } from '../../env/abort.ts';
import { loadCodec } from '../../record/compression.ts';
import type { EncodableRecord } from '../../record/record.ts';
import type { ClientContext } from '../context.ts';
import type { CallOptions } from '../env.ts';
import { kindOf, textOrBytes } from '../serde/serde.ts';
import { asOttlaError, closedError, named, throwIfNotBegun } from '../timing.ts';
import type { AggregateOptions, AggregatorDeps, ItemSender } from './aggregator.ts';
import { Aggregator } from './aggregator.ts';
import type { Serializers } from './encode-record.ts';
import { encodeRecord, ownBytes, storedRecord } from './encode-record.ts';
import { ProduceError, SendBatchError } from './produce-error.ts';
import type { ProducerOptions, ProducerSettings } from './producer-options.ts';
import { resolveProducerOptions } from './producer-options.ts';
import type {
  DeliveryCallback,
  EncodedRecord,
  ProducerRecord,
  RecordMetadata,
} from './producer-record.ts';
import { RecordStore } from './record-store.ts';
import { SendBuffer } from './send-buffer.ts';
import { Sender } from './sender.ts';
import type { WaitingRecord } from './topic-lane.ts';
import { TopicLane } from './topic-lane.ts';
import { WaitingRoom } from './waiting-room.ts';

/**
 * Metadata older than this is asked for anew, so that partitions added to a topic come into use.
 */
const METADATA_MAX_AGE_MS = 60_000;
/**
 * By what is older no record is placed: a topic that has grown since has its keys elsewhere, and
 * whoever fences its growth counts on producers that know of it.
 */
const IDLE_MAX_AGE_MS = 2 * METADATA_MAX_AGE_MS;

/**
 * Sends records. They gather in batches by partition and are acknowledged as `acks` says; those of
 * one partition keep the order of the calls, through retries and changes of leader.
 *
 * - With acks=all (the default) a delivered record is on the disk of every in-sync replica, and no
 *   retry duplicates it (idempotence).
 * - A record that fails with `maybeApplied` (DELIVERY_TIMEOUT after a sending, for one) may
 *   nevertheless be in the log; the producer never sends it again by itself.
 * - Memory is bounded by `bufferBytes`; `send` waits for room, `enqueue` reports that there is
 *   none.
 */
export class Producer<K = string | Uint8Array, V = string | Uint8Array> {
  readonly #context: ClientContext;
  readonly #settings: ProducerSettings;
  readonly #serializers: Serializers<K, V>;
  readonly #buffer: SendBuffer;
  readonly #store: RecordStore;
  readonly #sender: Sender;
  readonly #lanes = new Map<string, TopicLane>();
  readonly #waitingRoom: WaitingRoom;
  readonly #unsubscribe: () => void;
  readonly #onClosed: () => void;
  readonly #aggregators: Array<{ flush(): void }> = [];
  #refusal: OttlaError | undefined;
  #closing: Promise<void> | undefined;

  /** Throws CONFIG for options that cannot be. Made by `OttlaClient.producer`. */
  constructor(context: ClientContext, options: ProducerOptions<K, V>, onClosed: () => void) {
    const settings = resolveProducerOptions(options);
    const { clock, logger } = context;
    this.#context = context;
    this.#settings = settings;
    this.#onClosed = onClosed;
    this.#serializers = serializersOf(options);
    this.#buffer = new SendBuffer({
      clock,
      limitBytes: settings.bufferBytes,
      maxBlockMs: settings.maxBlockMs,
    });
    this.#sender = new Sender(context, settings);
    this.#store = new RecordStore({
      clock,
      logger,
      settings,
      onReady: (queue) => this.#sender.wake(queue),
      onReleased: (bytes) => this.#buffer.release(bytes),
    });
    this.#waitingRoom = new WaitingRoom({
      context,
      settings,
      place: (lane, { record, callback, sinceMs }) => this.#place(lane, record, callback, sinceMs),
      refuse: (waiting, error) => this.#refuse(waiting, error),
      onNoTopic: ({ topic }) => this.#lanes.delete(topic),
    });
    this.#unsubscribe = context.metadata.subscribe((next) => {
      for (const lane of this.#lanes.values()) {
        const view = next.topics.get(lane.topic);
        if (view === undefined || view === lane.view || lane.view === undefined) continue;
        lane.onView(view);
        this.#waitingRoom.onView(lane);
      }
    });
    loadCodec(settings.compression).then(
      (codec) => this.#sender.useCodec(codec),
      (error: unknown) => this.#refuseAll(asOttlaError(error)),
    );
  }

  /**
   * Sends one record; resolves when it is acknowledged as `acks` says, with acks=0 as soon as it
   * is in the send buffer, before any of it is sent. Waits up to `maxBlockMs` while the buffer is
   * full. Rejects with SERIALIZATION, INVALID_RECORD or MESSAGE_TOO_LARGE (nothing sent),
   * BUFFER_FULL (nothing sent, retriable), DELIVERY_TIMEOUT, ABORTED (`maybeApplied` tells
   * whether the record may be sent all the same) or the broker's code as `ProduceError`.
   */
  send(record: ProducerRecord<K, V>, options: CallOptions = {}): Promise<RecordMetadata> {
    return this.#send(() => this.#encode(record), options);
  }

  /**
   * As `send`, of a record in bytes: nothing is serialized, and names of headers may repeat. The
   * bytes are the producer's until this settles.
   */
  sendStored(
    record: EncodableRecord & { readonly topic: string; readonly partition?: number },
    options: CallOptions = {},
  ): Promise<RecordMetadata> {
    return this.#send(
      () => this.#checked({ ...storedRecord(record), partition: record.partition }),
      options,
    );
  }

  /**
   * Sends records in this order; resolves when all are acknowledged, with their places in the same
   * order. None is sent where one cannot be serialized. Rejects with `SendBatchError`, after all
   * are settled, where some failed: it tells which.
   */
  sendBatch(
    records: ReadonlyArray<ProducerRecord<K, V>>,
    options: CallOptions = {},
  ): Promise<RecordMetadata[]> {
    let encoded: EncodedRecord[];
    try {
      throwIfNotBegun(options.signal, 'sendBatch');
      if (!Array.isArray(records)) {
        const message = `sendBatch takes a list of records, not ${kindOf(records)}`;
        throw new ProduceError('INVALID_RECORD', message, { topic: '' });
      }
      encoded = records.map((record: ProducerRecord<K, V>) => this.#encode(record));
    } catch (error) {
      return Promise.reject(error);
    }
    const work = new Promise<RecordMetadata[]>((resolve, reject) => {
      let remainingCount = encoded.length;
      const delivered: Array<RecordMetadata | undefined> = new Array(encoded.length);
      const failures: Array<OttlaError | undefined> = [];
      const finishOne = (): void => {
        remainingCount -= 1;
        if (remainingCount > 0) return;
        if (failures.length === 0) resolve(delivered as RecordMetadata[]);
        else
          reject(
            new SendBatchError(
              delivered,
              Array.from(delivered, (_, at) => failures[at]),
            ),
          );
      };
      if (encoded.length === 0) resolve([]);
      encoded.forEach((record, index) => {
        const onDelivered = (metadata: RecordMetadata): void => {
          delivered[index] = metadata;
          finishOne();
        };
        this.#enter(record, onDelivered, (error) => {
          failures[index] = error;
          finishOne();
        });
      });
    });
    return orAborted(work, options.signal, 'sendBatch');
  }

  /**
   * The cheap way for bulk: takes the record and returns true, or takes nothing and returns false
   * when the send buffer is full (then await `hasRoom()` and call again). `onDelivery` hears how
   * it ended; without it a failure is only logged. Throws SERIALIZATION, INVALID_RECORD,
   * MESSAGE_TOO_LARGE or CLOSED.
   */
  enqueue(record: ProducerRecord<K, V>, onDelivery?: DeliveryCallback): boolean {
    const encoded = this.#encode(record);
    if (!this.#buffer.tryTake(encoded.bufferedBytes)) return false;
    this.#admit(encoded, onDelivery);
    return true;
  }

  /**
   * Gathers small items into records, by the key that `by` gives them: one record holds what came
   * within `windowMs`, `max` items at most. `flush` and `close` of the producer send what is
   * gathered. It is read with `aggregated`. Throws CONFIG for options that cannot be.
   */
  aggregate(options: AggregateOptions<K, V>): ItemSender<K, V> {
    const deps: AggregatorDeps<K, V> = {
      clock: this.#context.clock,
      encode: (record) => this.#encode(record),
      send: (record) => this.sendStored(record),
    };
    const aggregator = new Aggregator<K, V>(deps, options);
    this.#aggregators.push(aggregator);
    return aggregator;
  }

  /** Resolves when `enqueue` takes records again, or the producer is closed. */
  hasRoom(options: CallOptions = {}): Promise<void> {
    const { signal } = options;
    return named('hasRoom', signal, () => orAborted(this.#buffer.hasRoom(), signal, 'hasRoom'));
  }

  /** Bytes of records taken and not yet settled. */
  get bufferedBytes(): number {
    return this.#buffer.usedBytes;
  }

  /**
   * Sends what is there without lingering; resolves when every record taken before this call is
   * settled, delivered or failed: each tells its own caller.
   */
  flush({ signal }: CallOptions = {}): Promise<void> {
    const work = async (): Promise<void> => {
      this.#sendGathered();
      await new Promise<void>((resolve) => this.#buffer.afterWaiters(resolve));
      await this.#waitingRoom.settled();
      await this.#store.flush();
    };
    return named('flush', signal, () => orAborted(work(), signal, 'flush'));
  }

  /**
   * Takes no more records, sends the rest and ends the streams. What is left when the signal fires
   * fails with CLOSED. A second call waits for the first.
   */
  close(options: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: CallOptions): Promise<void> {
    this.#sendGathered();
    this.#refusal ??= closedError('producer');
    try {
      await this.flush(options);
    } catch (error) {
      this.#context.logger.warn('producer closed with records unsent', { error: String(error) });
    }
    this.#unsubscribe();
    this.#buffer.close(closedError('producer'));
    this.#waitingRoom.close(this.#lanes.values(), closedError('producer'));
    this.#store.abandon('the producer was closed before the record was acknowledged');
    this.#sender.close();
    this.#onClosed();
  }

  #send(encode: () => EncodedRecord, { signal }: CallOptions): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      try {
        const encoded = encode();
        if (signal === undefined) this.#enter(encoded, resolve, reject);
        else this.#enterAbortably(encoded, { resolve, reject, signal });
      } catch (error) {
        reject(error);
      }
    });
  }

  #sendGathered(): void {
    for (const aggregator of this.#aggregators) aggregator.flush();
  }

  #encode(record: ProducerRecord<K, V>): EncodedRecord {
    if (this.#refusal !== undefined) throw this.#refusal;
    const nowMs = this.#context.clock.wallMs();
    return this.#checked(encodeRecord(record, this.#serializers, nowMs));
  }

  #checked(encoded: EncodedRecord): EncodedRecord {
    if (this.#refusal !== undefined) throw this.#refusal;
    this.#lanes.get(encoded.topic)?.checkSize(encoded);
    if (encoded.bufferedBytes <= this.#buffer.limitBytes) return encoded;
    const { topic, bufferedBytes } = encoded;
    throw new ProduceError(
      'MESSAGE_TOO_LARGE',
      `a record of ${bufferedBytes} bytes is above bufferBytes=${this.#buffer.limitBytes}`,
      { topic },
    );
  }

  /** Into the buffer now or when there is room; the two hear of the outcome. */
  #enter(
    record: EncodedRecord,
    resolve: (metadata: RecordMetadata) => void,
    reject: (error: OttlaError) => void,
  ): () => void {
    const admit = (): void => {
      if (this.#settings.acks === 0) {
        this.#admit(record, undefined);
        const { topic, partition = NONE, timestampMs } = record;
        resolve({ topic, partition, offset: NONE, timestampMs });
        return;
      }
      this.#admit(record, (error, metadata) => {
        if (metadata !== undefined) resolve(metadata);
        else reject(error ?? closedError('producer'));
      });
    };
    return this.#buffer.enter(record.bufferedBytes, admit, reject);
  }

  #enterAbortably(
    record: EncodedRecord,
    caller: {
      readonly resolve: (metadata: RecordMetadata) => void;
      readonly reject: (error: OttlaError) => void;
      readonly signal: AbortSignal;
    },
  ): void {
    const { resolve, reject, signal } = caller;
    throwIfNotBegun(signal, 'send');
    const forget = onAbort(signal, () => {
      leave();
      reject(abortedError('send', signal));
    });
    const leave = this.#enter(
      record,
      (metadata) => {
        forget();
        resolve(metadata);
      },
      (error) => {
        forget();
        reject(error);
      },
    );
  }

  /**
   * The record's bytes of the buffer are taken: places it, or keeps it until its topic is known.
   */
  #admit(record: EncodedRecord, callback: DeliveryCallback | undefined): void {
    const lane = this.#laneOf(record.topic);
    if (lane.isAwaited) {
      const sinceMs = this.#context.clock.monotonicMs();
      lane.waiting.push({ record: ownBytes(record), callback, sinceMs });
      return;
    }
    this.#place(lane, record, callback);
  }

  /** `sinceMs` tells when it was taken, where it has waited; undefined: now. */
  #place(
    lane: TopicLane,
    record: EncodedRecord,
    callback: DeliveryCallback | undefined,
    sinceMs?: number,
  ): void {
    try {
      lane.checkSize(record);
      if (record.waitsBy !== undefined && !lane.letsWait) {
        const takenMs = sinceMs ?? this.#context.clock.monotonicMs();
        this.#waitingRoom.awaitDelays(lane, {
          record: ownBytes(record),
          callback,
          sinceMs: takenMs,
        });
        return;
      }
      const partition = lane.choose(record);
      const queue = lane.queues[partition];
      if (queue === undefined) {
        const takenMs = sinceMs ?? this.#context.clock.monotonicMs();
        const own = ownBytes({ ...record, partition });
        const waiting = { record: own, callback, sinceMs: takenMs };
        const isChosen = record.partition === undefined;
        this.#waitingRoom.awaitPartition(lane, waiting, { partition, isChosen });
        return;
      }
      const { maxBatchBytes } = lane;
      this.#store.add(queue, record, { maxBatchBytes, callback, sinceMs });
    } catch (error) {
      // Anything else is a bug, and not the record's fault.
      if (!(error instanceof OttlaError)) {
        this.#buffer.release(record.bufferedBytes);
        throw error;
      }
      this.#context.logger.warn('record refused', { topic: lane.topic, code: error.code });
      this.#refuse({ record, callback }, error);
    }
  }

  #refuse(
    { record, callback }: Pick<WaitingRecord, 'record' | 'callback'>,
    error: OttlaError,
  ): void {
    this.#buffer.release(record.bufferedBytes);
    try {
      callback?.(error, undefined);
    } catch (thrown) {
      this.#context.logger.error('a delivery callback threw', { error: String(thrown) });
    }
  }

  #laneOf(topic: string): TopicLane {
    let lane = this.#lanes.get(topic);
    if (lane === undefined) {
      lane = new TopicLane(topic, this.#settings, this.#context.random);
      this.#lanes.set(topic, lane);
      const known = this.#context.metadata.view.topics.get(topic);
      if (known === undefined) this.#waitingRoom.awaitTopic(lane);
      else lane.onView(known);
    }
    if (lane.view === undefined || lane.isAwaited) return lane;
    const ageMs = this.#context.clock.monotonicMs() - lane.view.refreshedAtMs;
    if (ageMs > IDLE_MAX_AGE_MS) this.#waitingRoom.awaitTopic(lane);
    else if (ageMs > METADATA_MAX_AGE_MS) this.#context.metadata.requestRefresh([topic]);
    return lane;
  }

  #refuseAll(error: OttlaError): void {
    this.#refusal ??= error;
    this.#store.abandon(error.message);
  }
}

const serializersOf = <K, V>({ serializers = {} }: ProducerOptions<K, V>): Serializers<K, V> => ({
  key: serializers.key ?? (textOrBytes as unknown as Serializers<K, V>['key']),
  value: serializers.value ?? (textOrBytes as unknown as Serializers<K, V>['value']),
});
