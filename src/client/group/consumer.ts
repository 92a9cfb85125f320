import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import { onAbort, orAborted } from '../../env/abort.ts';
import type { Timer } from '../../env/clock.ts';
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { BacklogOptions } from '../backlog/backlog-options.ts';
import { resolveBacklogOptions } from '../backlog/backlog-options.ts';
import { BacklogWatch } from '../backlog/backlog-watch.ts';
import { listEnds } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import type { DegradeOptions } from '../degrade/degrade.ts';
import type { Degraded } from '../degrade/degrade-switch.ts';
import { DegradeSwitch } from '../degrade/degrade-switch.ts';
import type { CallOptions, TimedCallOptions } from '../env.ts';
import type { BatchOptions } from '../handling/batch-options.ts';
import type { RunOptions } from '../handling/run-options.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { PartitionSelector, ReadPosition } from '../reader/reader-options.ts';
import { checkPosition } from '../reader/reader-options.ts';
import type { Delivery, ReaderBatch } from '../reader/record-source.ts';
import { RecordSource } from '../reader/record-source.ts';
import { bytes } from '../serde/serde.ts';
import { closedError, named } from '../timing.ts';
import { Companions } from './companions.ts';
import type { ConsumerOptions, ConsumerSettings, TopicPartition } from './consumer-options.ts';
import { DEFAULT_GROUP, resolveConsumerOptions, resolveSourceOptions } from './consumer-options.ts';
import { ConsumerWork } from './consumer-work.ts';
import { CoordinatorCalls } from './coordinator-calls.ts';
import type { OffsetCommit } from './group-offsets.ts';
import { GroupOffsets } from './group-offsets.ts';
import { Holdings } from './holdings.ts';
import { leaveGroup, settleMember } from './leaving.ts';
import { Membership } from './membership.ts';
import { PartitionChoice } from './partition-choice.ts';
import { nameOf } from './partition-sets.ts';
import { PollWatch } from './poll-watch.ts';
import { isAbsence } from './start-positions.ts';
import { TopicWatch } from './topic-watch.ts';

/**
 * Reads topics as a member of a group, which shares their partitions among its members:
 * `for await (const record of consumer)`. Records of one partition come in order; each is handled
 * at least once by the group. It joins with the first iteration.
 *
 * A record counts as handled when the iteration goes past it. One that was in hand when the
 * iteration was left, by `break` or an error, is handed out again by the next one, here or in
 * another member, unless it was committed by `commit`.
 *
 * When members come and go, the partitions that stay with this one go on without a pause, unless an
 * eager assignor was chosen. Heartbeats do not wait for a slow handler; one that takes longer than
 * `maxPollIntervalMs` loses its partitions to others.
 */
export class Consumer<K = Uint8Array, V = Uint8Array> {
  readonly #context: ClientContext;
  readonly #settings: ConsumerSettings;
  readonly #source: RecordSource<K, V>;
  readonly #offsets: GroupOffsets;
  readonly #membership: Membership;
  readonly #holdings: Holdings;
  readonly #work: ConsumerWork<K, V>;
  readonly #topics: TopicWatch;
  readonly #choice: PartitionChoice;
  readonly #degrade: DegradeSwitch;
  readonly #polls: PollWatch;
  readonly #backlogs: BacklogWatch[] = [];
  readonly #companions = new Companions();
  readonly #onClosed: () => void;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #forgetSignal: () => void;
  #commitTimer: Timer | undefined;
  #failure: OttlaError | undefined;
  #isRefused = false;
  #isIterating = false;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Throws CONFIG for options that cannot be. Made by `OttlaClient.consumer`. */
  constructor(context: ClientContext, options: ConsumerOptions<K, V>, onClosed: () => void) {
    this.#context = context;
    this.#settings = resolveConsumerOptions(options, context.clientId);
    this.#source = new RecordSource(context, resolveSourceOptions(options, bytes));
    this.#onClosed = onClosed;
    this.#callerSignal = options.signal;
    this.#forgetSignal = onAbort(options.signal, this.#tell);
    const settings = this.#settings;
    this.#degrade = new DegradeSwitch({
      context,
      groupId: settings.groupId,
      onChange: () => this.#onRestrained(),
    });
    const calls = new CoordinatorCalls(context, settings.groupId);
    this.#membership = new Membership({ context, settings, calls, listener: this.#listener() });
    const { instanceId } = settings;
    this.#offsets = new GroupOffsets({ context, calls, instanceId, member: this.#membership });
    this.#holdings = new Holdings({
      context,
      settings,
      source: this.#source,
      offsets: this.#offsets,
      companions: this.#companions,
      onError: (error) => this.#fail(error),
    });
    this.#work = new ConsumerWork({
      context,
      settings,
      holdings: this.#holdings,
      degrade: this.#degrade,
      times: this.#membership.handlerTimes,
      tell: this.#tell,
      throwIfBusy: () => this.#throwIfBusy(),
      isClosing: () => this.#closing !== undefined,
      generation: () => this.#membership.identity.generation,
      accompany: (topic) => this.#accompany(topic),
      deliveries: (signal, hasRoom) => this.#deliveries(signal, hasRoom),
    });
    this.#topics = new TopicWatch({
      context,
      topics: settings.topics,
      pattern: settings.pattern,
      maxAgeMs: settings.metadataMaxAgeMs,
      alsoWatched: () => this.#membership.watchedTopics,
      onTopics: (topics) => this.#membership.subscribe(topics),
      onSizes: (sizeOf) => this.#membership.onTopicSizes(sizeOf),
    });
    this.#choice = new PartitionChoice(this.#holdings, () => this.#topics.topics);
    this.#polls = new PollWatch(context.clock, settings.maxPollIntervalMs, () =>
      this.#onPollsMissed(),
    );
    if (options.groupId === undefined) {
      context.logger.info(`no groupId was given: joining group ${DEFAULT_GROUP}`);
    }
  }

  get groupId(): string {
    return this.#settings.groupId;
  }

  /** Records one by one; for bulk, `batches` costs less a record. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReaderRecord<K, V>, void, undefined> {
    for await (const delivery of this.#deliveries(undefined)) {
      const { cursor, generation, batch, stop } = delivery;
      for (const record of batch.records) {
        if (cursor.generation !== generation) break;
        if (this.#isOver(undefined) || this.#degrade.isPaused) {
          // Not `return`: the deliveries tell at their end what they ended by.
          cursor.refetch();
          break;
        }
        cursor.advance(record.offset + 1);
        if (this.#degrade.skips(record)) continue;
        this.#handOut(cursor, record.offset);
        yield record;
        this.#handBack();
      }
      // It may go on for a while with what is no record for the user.
      if (cursor.generation === generation) cursor.advance(stop?.offset ?? batch.nextOffset);
    }
  }

  /** Records as they were stored together. */
  async *batches(options: CallOptions = {}): AsyncGenerator<ReaderBatch<K, V>, void, undefined> {
    for await (const delivery of this.#deliveries(options.signal)) {
      const { cursor, batch, stop } = delivery;
      const fromOffset = cursor.position ?? batch.nextOffset;
      cursor.advance(stop?.offset ?? batch.nextOffset);
      const records = batch.records.filter((record) => !this.#degrade.skips(record));
      if (records.length === 0) continue;
      this.#handOut(cursor, fromOffset);
      yield records.length === batch.records.length ? batch : { ...batch, records };
      this.#handBack();
    }
  }

  /**
   * Hands records to many handlers at once, in order per key, per partition or in none; a slow key
   * holds up itself only. Resolves when the consumer is closed or the signal has fired, and what
   * was begun is done, or had `drainTimeoutMs`; rejects with what ended it: the error of a handler
   * that `onFailure` does not retry or skip, or an error of the group, of fetching or decoding.
   *
   * What is committed, as `autoCommit` says, is the offset below which all is finished, and in its
   * metadata what is finished above. Whoever runs the partition next, here or in another member,
   * repeats nothing of that; what was finished since the last commit is handled again after a
   * crash. A member that does not know of it, an iteration of this consumer included, may repeat
   * records and skips none. A handler that never ends holds its key until the partition goes.
   *
   * It is an iteration: one at a time. A handler does not wait for `close`, which waits for it.
   */
  run(options: RunOptions<K, V>): Promise<void> {
    return this.#work.run(options);
  }

  /**
   * As `run`, in batches of one partition each, one of a partition at a time: when `maxRecords` or
   * `maxBytes` are there, or the first has waited for `maxWaitMs`. What of a batch counts as
   * finished where it failed in part is up to `onFailure.partial`; what does not is handled again.
   */
  eachBatch(options: BatchOptions<K, V>): Promise<void> {
    return this.#work.eachBatch(options);
  }

  /**
   * As `run`, of topics that `producer.aggregate` sends to, one item at a time, each with its own
   * key and in the order of that: the offset of a record is finished when all its items are. The
   * value deserializer is `aggregated`. What was finished of a record that was not is repeated.
   */
  runItems<I>(this: Consumer<K, Aggregate<K, I>>, options: RunOptions<K, I>): Promise<void> {
    return this.#work.runItems(options as unknown as RunOptions<K, Aggregate<K, I>>);
  }

  /**
   * As `run`, of topics in which `eachBatch` has parked records: a handler is given each as it was
   * where it was read first, and its attempts count on. Other records are given as they are.
   */
  runParked(options: RunOptions<K, V>): Promise<void> {
    return this.#work.runParked(options);
  }

  /**
   * Commits the given offsets, or where all partitions are after what was handed out, what is in
   * hand included. A batch can be given as it is. Resolves when they are on the disks of the
   * in-sync replicas; waits through a rebalance. Throws ILLEGAL_GENERATION where a partition has
   * gone to another member, which handles its records again.
   */
  commit(offsets?: readonly OffsetCommit[], { signal }: CallOptions = {}): Promise<void> {
    return named('commit', signal, async () => {
      const commits =
        offsets === undefined
          ? this.#holdings.positions('handedOut')
          : offsets.map((offset) => this.#choice.commitOf(offset));
      if (commits.length > 0) await this.#holdings.commit(commits, signal);
    });
  }

  /** What the group has committed of the partitions this consumer has; undefined: nothing yet. */
  async committed(
    options: TimedCallOptions = {},
  ): Promise<Array<TopicPartition & { readonly nextOffset: Offset | undefined }>> {
    const committed = await named('committed', options.signal, () => this.#offsets.fetch(options));
    return this.partitions.map((at) => ({ ...at, nextOffset: committed.get(nameOf(at))?.offset }));
  }

  /**
   * The next record handed out of this partition is the first at or after `to`. Throws CONFIG for a
   * partition that this consumer does not have now.
   */
  seek(partition: PartitionSelector, to: ReadPosition | Offset): void {
    const position = typeof to === 'number' ? { offset: to } : to;
    checkPosition('seek', position);
    const cursor = this.#choice.expect(partition);
    this.#holdings.onSeek(cursor);
    cursor.seek(position);
    this.#source.wake();
  }

  /** Hands out nothing of these partitions, or of all it has now, until `resume` or their loss. */
  pause(partitions?: readonly PartitionSelector[]): void {
    for (const cursor of this.#choice.select(partitions)) cursor.pause();
  }

  resume(partitions?: readonly PartitionSelector[]): void {
    for (const cursor of this.#choice.select(partitions)) cursor.isPaused = false;
    this.#source.wake();
    this.#onRestrained();
  }

  /**
   * Leaves out what is named, from now on and until the next call; `degrade({})` ends it. What the
   * group is told by `ottla group degrade` adds to it. Skipped records count as finished.
   */
  degrade(options: DegradeOptions): void {
    this.#degrade.setOwn(options);
  }

  /** What is left out now, by the group too. */
  get degraded(): Degraded {
    return this.#degrade.state;
  }

  /** Offset of the next record to be handed out; undefined until it was looked up. */
  position(partition: PartitionSelector): Offset | undefined {
    return this.#choice.expect(partition).position;
  }

  /** The partitions this consumer has now. */
  get partitions(): readonly TopicPartition[] {
    return this.#holdings.cursors.map(({ topic, partition }) => ({ topic, partition }));
  }

  /** The ends (exclusive) of the partitions this consumer has, as their leaders have them now. */
  async endOffsets(
    options: TimedCallOptions = {},
  ): Promise<Array<TopicPartition & { readonly endOffset: Offset }>> {
    return named('endOffsets', options.signal, () =>
      listEnds(this.#context, this.partitions, options),
    );
  }

  /**
   * Looks at the backlog of the partitions this consumer has, until it closes or `stop` is called,
   * and tells an application when to stop and when to begin its side work again. Throws CONFIG for
   * options that cannot be, CLOSED after `close`.
   */
  onBacklog(options: BacklogOptions): Pick<BacklogWatch, 'isHigh' | 'stop'> {
    if (this.#closing !== undefined) throw closedError('consumer');
    const places = (): ReturnType<Holdings['places']> => this.#holdings.places();
    const deps = { context: this.#context, groupId: this.groupId, places };
    const watch = new BacklogWatch(deps, resolveBacklogOptions(options));
    this.#backlogs.push(watch);
    return watch;
  }

  /**
   * Ends the iteration, commits what was handled (with `autoCommit`), gives the partitions up and
   * leaves the group; a static member stays in it until its session is over. Does not wait for a
   * record in hand, so that it may be called from the loop: to have it counted, let the loop end
   * first. Of `run` it waits for what was begun, `drainTimeoutMs` long. Where the signal fires, or
   * has, it closes at once: what was not committed by then is handled again, and the group may
   * learn only at the end of the session that this member is gone.
   */
  close(options: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close({ signal }: CallOptions): Promise<void> {
    this.#forgetSignal();
    this.#holdings.beginClosing();
    this.#commitTimer?.cancel();
    this.#polls.stop();
    for (const watch of this.#backlogs) watch.stop();
    this.#tell();
    if (this.#holdings.isWorkedOn) await settleMember(this.#membership, this.#context, signal);
    this.#topics.close();
    const { logger } = this.#context;
    const { groupId } = this;
    if (!this.#isRefused) await leaveGroup(this.#membership, { logger, groupId }, signal);
    this.#holdings.close();
    this.#source.close();
    this.#onClosed();
  }

  #throwIfBusy(): void {
    if (this.#closing !== undefined) throw closedError('consumer');
    if (this.#isIterating || this.#holdings.isWorkedOn) {
      throw new OttlaError('CONFIG', 'a consumer is iterated once at a time: make another one');
    }
  }

  /** Has this topic read beside the group's. */
  #accompany(topic: string | undefined): void {
    this.#companions.use(topic, this.#holdings, this.#membership.identity.generation);
  }

  async *#deliveries(
    signal: AbortSignal | undefined,
    hasRoom?: (cursor: PartitionCursor) => boolean,
  ): AsyncGenerator<Delivery<K, V>, void, undefined> {
    if (hasRoom === undefined) {
      this.#throwIfBusy();
      this.#accompany(undefined);
    }
    this.#isIterating = true;
    const forget = onAbort(signal, this.#tell);
    try {
      await this.#startUnlessOver(signal);
      this.#poll();
      yield* this.#source.deliveries({
        isOver: () => this.#isOver(signal),
        hasRoom: (cursor) => !this.#degrade.isPaused && hasRoom?.(cursor) !== false,
        onFailure: (cursor, error) => this.#mend(cursor, error),
      });
      this.#throwFailure();
    } finally {
      this.#isIterating = false;
      this.#holdings.dropHand();
      this.#polls.depart();
      forget();
    }
  }

  #handOut(cursor: PartitionCursor, fromOffset: Offset): void {
    this.#holdings.handOut(cursor, fromOffset);
    this.#polls.depart();
  }

  #handBack(): void {
    this.#holdings.handBack();
    this.#poll();
  }

  /** The handler is here: whoever was taken for stuck joins again. */
  #poll(): void {
    this.#polls.arrive();
    if (this.#closing === undefined) this.#membership.join(this.#topics.topics);
  }

  #isOver(signal: AbortSignal | undefined): boolean {
    return (
      this.#failure !== undefined ||
      this.#closing !== undefined ||
      signal?.aborted === true ||
      this.#callerSignal?.aborted === true
    );
  }

  /** An error is told once; a refusal of the group every time. */
  #throwFailure(): void {
    const failure = this.#failure;
    if (failure === undefined || this.#closing !== undefined) return;
    if (!this.#isRefused) this.#failure = undefined;
    throw failure;
  }

  async #startUnlessOver(signal: AbortSignal | undefined): Promise<void> {
    try {
      const started = orAborted(this.#start(), this.#callerSignal, 'joining');
      await orAborted(started, signal, 'joining');
    } catch (error) {
      if (!this.#isOver(signal)) throw error;
    }
  }

  #start(): Promise<void> {
    this.#starting ??= this.#topics.start().then(
      () => this.#commitLater(),
      (error: unknown) => {
        this.#starting = undefined;
        throw error;
      },
    );
    return this.#starting;
  }

  #commitLater(): void {
    const { isAutoCommit, autoCommitIntervalMs } = this.#settings;
    if (!isAutoCommit || this.#closing !== undefined) return;
    this.#commitTimer = this.#context.clock.setTimer(autoCommitIntervalMs, () => {
      void this.#holdings.commitHandled().then(() => this.#commitLater());
    });
  }

  #listener(): ConstructorParameters<typeof Membership>[0]['listener'] {
    return {
      countPartitions: (topics) => this.#topics.count(topics),
      onJoining: () => this.#holdings.onJoining(),
      onAssigned: (partitions, generation) => {
        this.#holdings.onAssigned(this.#companions.with(partitions), generation);
        this.#topics.check();
      },
      onRevoke: (partitions) => this.#holdings.onRevoke(this.#companions.with(partitions)),
      onLost: (partitions) => this.#holdings.onLost(this.#companions.with(partitions)),
      onDegrade: this.#degrade.onGroup,
      onFailed: (error) => {
        this.#isRefused = true;
        this.#fail(error);
      },
    };
  }

  #onPollsMissed(): void {
    const { groupId, maxPollIntervalMs } = this.#settings;
    this.#context.logger.warn(
      `nobody came for more records within maxPollIntervalMs=${maxPollIntervalMs}: the partitions go to others`,
      { groupId },
    );
    this.#membership.onPollsMissed();
  }

  /** A topic that is gone, or was made anew, also with fewer partitions, ends no consumer. */
  #mend(cursor: PartitionCursor, { code, message }: OttlaError): boolean {
    if (!isAbsence(code)) return false;
    this.#context.logger.warn(message, { groupId: this.groupId });
    if (code === 'UNKNOWN_TOPIC_ID') {
      this.#holdings.forget(cursor);
      cursor.seek('earliest');
    } else this.#holdings.beginAgain(cursor);
    this.#source.wake();
    this.#topics.refresh();
    return true;
  }

  #fail(error: OttlaError): void {
    this.#failure ??= error;
    this.#tell();
  }

  /** More, or less, may be handed out than before. */
  #onRestrained(): void {
    this.#tell();
    this.#holdings.wakeWork();
  }

  readonly #tell = (): void => this.#source.tell();
}
