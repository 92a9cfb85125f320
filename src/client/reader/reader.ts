import { OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import { onAbort, orAborted } from '../../env/abort.ts';
import type { TopicView } from '../cluster/cluster-view.ts';
import { isPartitionNumber } from '../cluster/cluster-view.ts';
import { listEnds } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import type { CallOptions, TimedCallOptions } from '../env.ts';
import { bytes } from '../serde/serde.ts';
import { asOttlaError, closedError, Deadline, named } from '../timing.ts';
import type { ReaderRecord } from './decode-records.ts';
import { PartitionCursor } from './partition-cursor.ts';
import type {
  Assignment,
  PartitionSelector,
  ReaderOptions,
  ReaderSettings,
  ReadPosition,
} from './reader-options.ts';
import { checkPosition, resolveReaderOptions } from './reader-options.ts';
import type { Delivery, ReaderBatch } from './record-source.ts';
import { RecordSource } from './record-source.ts';

/** How often topics are asked for, so that partitions added to them are read too. */
const METADATA_MAX_AGE_MS = 60_000;

/**
 * Reads partitions it is given, without a group: `for await (const record of reader)`. Records of
 * one partition come in order, each once for as long as nobody seeks; partitions take turns.
 * Leaders may change meanwhile. Damaged batches are fetched again, then reported as
 * CORRUPT_MESSAGE.
 *
 * An iteration that is left may be taken up by another one, which goes on behind the last record
 * handed out. `close` ends them all.
 */
export class Reader<K = Uint8Array, V = Uint8Array> {
  readonly #context: ClientContext;
  readonly #settings: ReaderSettings<K, V>;
  readonly #source: RecordSource<K, V>;
  readonly #cursors = new Map<string, PartitionCursor>();
  readonly #onClosed: () => void;
  readonly #abort = new AbortController();
  readonly #callerSignal: AbortSignal | undefined;
  #unsubscribe: () => void = () => {};
  #starting: Promise<void> | undefined;
  #isStarted = false;
  #isClosed = false;
  readonly #forgetSignal: () => void;

  /** Throws CONFIG for options that cannot be. Made by `OttlaClient.reader`. */
  constructor(context: ClientContext, options: ReaderOptions<K, V>, onClosed: () => void) {
    this.#context = context;
    this.#settings = resolveReaderOptions(options, bytes);
    this.#onClosed = onClosed;
    this.#callerSignal = options.signal;
    this.#forgetSignal = onAbort(options.signal, this.#tell);
    this.#source = new RecordSource(context, this.#settings);
    for (const { topic, partition, from } of this.#settings.assignments) {
      this.#cursorOf({ topic, partition }, from);
    }
  }

  /** Records one by one; for bulk, `batches` costs less a record. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReaderRecord<K, V>, void, undefined> {
    for await (const delivery of this.#deliveries(undefined)) {
      const { cursor, generation, batch, stop } = delivery;
      let isFinished = false;
      try {
        for (const record of batch.records) {
          if (this.#isOver(undefined)) return;
          if (cursor.generation !== generation) break;
          cursor.advance(record.offset + 1);
          yield record;
        }
        isFinished = true;
      } finally {
        // Left in the middle: the rest is fetched again by whoever goes on.
        if (!isFinished && cursor.generation === generation) cursor.refetch();
      }
      if (cursor.generation === generation) cursor.advance(stop?.offset ?? batch.nextOffset);
    }
  }

  /** Records as they were stored together. A batch that was handed out counts as read. */
  async *batches(options: CallOptions = {}): AsyncGenerator<ReaderBatch<K, V>, void, undefined> {
    for await (const { cursor, batch, stop } of this.#deliveries(options.signal)) {
      cursor.advance(stop?.offset ?? batch.nextOffset);
      if (batch.records.length > 0) yield batch;
    }
  }

  /**
   * The next record handed out of this partition is the first at or after `to`. Throws CONFIG for
   * a partition that is not this reader's; one that its topic turns out not to have ends the
   * iteration with INVALID_PARTITIONS.
   */
  seek(partition: PartitionSelector, to: ReadPosition | Offset): void {
    const position = typeof to === 'number' ? { offset: to } : to;
    checkPosition('seek', position);
    this.#expect(this.#locate(partition)).seek(position);
    this.#source.wake();
  }

  /** Hands out nothing of these partitions, or of all, until `resume`; positions stay. */
  pause(partitions?: readonly PartitionSelector[]): void {
    for (const cursor of this.#select(partitions)) cursor.pause();
  }

  resume(partitions?: readonly PartitionSelector[]): void {
    for (const cursor of this.#select(partitions)) cursor.isPaused = false;
    this.#source.wake();
  }

  /** Offset of the next record to be handed out; undefined until the reader has looked it up. */
  position(partition: PartitionSelector): Offset | undefined {
    const { topic, partition: number } = this.#locate(partition);
    return this.#cursors.get(keyOf(topic, number))?.position;
  }

  /** The partitions being read, those of a topic once it is known. */
  get partitions(): ReadonlyArray<{ readonly topic: string; readonly partition: PartitionId }> {
    return [...this.#cursors.values()].map(({ topic, partition }) => ({ topic, partition }));
  }

  /**
   * The ends (exclusive) of all partitions being read, as their leaders have them now. Retries
   * until `timeoutMs`.
   */
  endOffsets(
    options: TimedCallOptions = {},
  ): Promise<Array<{ topic: string; partition: PartitionId; endOffset: Offset }>> {
    const { signal } = options;
    return named('endOffsets', signal, async () => {
      await orAborted(this.#start(), signal, 'endOffsets');
      return await listEnds(this.#context, this.partitions, options);
    });
  }

  /** Ends all iterations and the streams, without waiting for anything. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#forgetSignal();
    this.#abort.abort();
    this.#unsubscribe();
    this.#source.close();
    this.#onClosed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#deliveries(
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Delivery<K, V>, void, undefined> {
    if (this.#isClosed) throw closedError('reader');
    const forget = onAbort(signal, this.#tell);
    try {
      await this.#startUnlessOver(signal);
      yield* this.#source.deliveries({ isOver: () => this.#isOver(signal) });
    } finally {
      forget();
    }
  }

  #isOver(signal: AbortSignal | undefined): boolean {
    return this.#isClosed || signal?.aborted === true || this.#callerSignal?.aborted === true;
  }

  readonly #tell = (): void => this.#source.tell();

  async #startUnlessOver(signal: AbortSignal | undefined): Promise<void> {
    try {
      const started = orAborted(this.#start(), this.#callerSignal, 'reading');
      await orAborted(started, signal, 'reading');
    } catch (error) {
      if (!this.#isOver(signal)) throw error;
    }
  }

  #start(): Promise<void> {
    this.#starting ??= this.#findTopics().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async #findTopics(): Promise<void> {
    const { metadata, clock, requestTimeoutMs } = this.#context;
    const lookup = {
      deadline: new Deadline(clock, requestTimeoutMs),
      signal: this.#abort.signal,
    };
    for (const name of this.#topicNames()) {
      // What is read whole is read with the partitions it has now, each from where it was asked.
      const anew = name === this.#settings.topic;
      this.#onTopic(await metadata.topic(name, { ...lookup, anew }), this.#settings.from);
    }
    for (const cursor of this.#cursors.values()) {
      await metadata.topicWith(cursor.topic, cursor.partition, lookup);
    }
    this.#isStarted = true;
    for (const cursor of this.#cursors.values()) this.#source.fetch(cursor);
    this.#watchTopics();
  }

  #topicNames(): ReadonlySet<string> {
    const { topic, assignments } = this.#settings;
    return new Set([...(topic === undefined ? [] : [topic]), ...assignments.map((it) => it.topic)]);
  }

  /** Takes the topic's id, and its partitions where all of them are read. */
  #onTopic(topic: TopicView, from: ReadPosition): void {
    if (topic.name === this.#settings.topic) {
      for (const { partition } of topic.partitions) {
        this.#cursorOf({ topic: topic.name, partition }, from);
      }
    }
    for (const cursor of this.#cursors.values()) {
      if (cursor.topic === topic.name && cursor.topicId === '') cursor.topicId = topic.topicId;
    }
  }

  /** Partitions that are added later are read too. Nobody can have had their first record. */
  #watchTopics(): void {
    const { metadata, clock } = this.#context;
    const name = this.#settings.topic;
    if (name === undefined) return;
    const stopListening = metadata.subscribe((next, previous) => {
      const topic = next.topics.get(name);
      if (topic === undefined || topic === previous.topics.get(name)) return;
      this.#grow(topic);
    });
    const refresh = (): void => {
      metadata.requestRefresh([name]);
      timer = clock.setTimer(METADATA_MAX_AGE_MS, refresh);
    };
    let timer = clock.setTimer(METADATA_MAX_AGE_MS, refresh);
    this.#unsubscribe = () => {
      stopListening();
      timer.cancel();
    };
  }

  /** Fetches the partitions that the topic has now; those that are new from their first record. */
  #grow(topic: TopicView): void {
    this.#onTopic(topic, 'earliest');
    for (const cursor of this.#cursors.values()) {
      const isThere = topic.partitions[cursor.partition] !== undefined;
      if (cursor.topic === topic.name && isThere) this.#source.fetch(cursor);
    }
  }

  #select(partitions: readonly PartitionSelector[] | undefined): PartitionCursor[] {
    if (partitions === undefined) return [...this.#cursors.values()];
    return partitions.map((partition) => this.#expect(this.#locate(partition)));
  }

  #locate(partition: PartitionSelector): { topic: string; partition: PartitionId } {
    if (typeof partition === 'object') return partition;
    const [topic, ...others] = this.#topicNames();
    if (topic !== undefined && others.length === 0) return { topic, partition };
    throw new OttlaError(
      'CONFIG',
      `partition ${partition} of which topic? This reader has several: give {topic, partition}`,
    );
  }

  /** The cursor of a partition of this reader, which its topic may not have yet. */
  #expect({ topic, partition }: Pick<Assignment, 'topic' | 'partition'>): PartitionCursor {
    const isKnown = this.#cursors.has(keyOf(topic, partition));
    if (!isKnown && (topic !== this.#settings.topic || !isPartitionNumber(partition))) {
      const message = `this reader does not read partition ${partition} of topic ${topic}: name it in assignments`;
      throw new OttlaError('CONFIG', message);
    }
    const cursor = this.#cursorOf({ topic, partition });
    if (this.#isStarted && !this.#source.isFetching(cursor)) void this.#find(cursor);
    return cursor;
  }

  /** Looks for a partition that may have been added just now. Never rejects: the cursor fails. */
  async #find(cursor: PartitionCursor): Promise<void> {
    const { metadata, clock, requestTimeoutMs } = this.#context;
    const { signal } = this.#abort;
    try {
      const deadline = new Deadline(clock, requestTimeoutMs);
      const lookup = { deadline, signal };
      this.#grow(await metadata.topicWith(cursor.topic, cursor.partition, lookup));
    } catch (error) {
      cursor.failure = asOttlaError(error);
      this.#tell();
    }
  }

  #cursorOf(
    { topic, partition }: Pick<Assignment, 'topic' | 'partition'>,
    from: ReadPosition = this.#settings.from,
  ): PartitionCursor {
    const key = keyOf(topic, partition);
    const known = this.#cursors.get(key);
    if (known !== undefined) return known;
    const cursor = new PartitionCursor(topic, partition, from);
    this.#cursors.set(key, cursor);
    this.#source.add(cursor);
    return cursor;
  }
}

const keyOf = (topic: string, partition: PartitionId): string => `${topic}/${partition}`;
