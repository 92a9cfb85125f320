import { assert, must } from '../base/assert.ts';
import type { FlushedOffset, LeaderEpoch, Offset, SettledOffset } from '../base/ids.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import { nextOffsetOf, readBatchHeader, writeBatchHeader } from '../record/batch-header.ts';
import type { CachedTail } from './batch-cache.ts';
import { LogCompaction } from './compaction/log-compaction.ts';
import { EpochFile } from './epoch-file.ts';
import { FlushState } from './flush-state.ts';
import type { FlushableLog } from './flushable-log.ts';
import { ownBytes, readFollowerBody } from './follower-body.ts';
import type { LeaderAppend, LeaderAppendOptions } from './leader-batch.ts';
import { appendedAs, duplicateOf, requireSound, stampAsLeader, stampOf } from './leader-batch.ts';
import type { EpochEnd, LeaderEpochHistory } from './leader-epoch-history.ts';
import type { FlushMode, LogConfig } from './log-config.ts';
import type { LogContext, LogIdentity, LogState } from './log-context.ts';
import { notAvailable } from './log-context.ts';
import { LogReader } from './log-reader.ts';
import { LogWriter } from './log-writer.ts';
import { rebuildProducers, removeSnapshotsAbove } from './producer-recovery.ts';
import type { ProducerStates } from './producer-state.ts';
import type { ReadRequest, ReadResult } from './read.ts';
import { decideRetention } from './retention.ts';
import type { SegmentList } from './segment-list.ts';
import { Shortener } from './shorten.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import type { TimestampedOffset } from './time-lookup.ts';

/**
 * One replica's log: segments on disk, the newest batches in memory, leader epochs, producer
 * states. Appends and hot reads are synchronous, so that nothing comes between the choice of an
 * offset and the write. What is written is *accepted*; what lies below `flushedOffset` is
 * *durable*.
 *
 * Errors of every method: STORAGE_ERROR once the directory is offline (not before a restart),
 * REPLICA_NOT_AVAILABLE (retriable) while the log is being truncated or after it was closed.
 */
export class PartitionLog implements FlushableLog {
  /** For messages. */
  readonly name: string;
  readonly topicId: LogIdentity['topicId'];
  readonly partition: LogIdentity['partition'];
  readonly directory: string;
  config: LogConfig;
  flushMode: FlushMode = 'eager';
  readonly compaction: LogCompaction;
  readonly flushing: FlushState;
  /** The high watermark as the owner last told it; checkpointed as a hint, never used to cut. */
  highWatermarkHint: Offset;
  readonly #context: LogContext;
  readonly #segments: SegmentList;
  readonly #epochs: LeaderEpochHistory;
  readonly #epochFile: EpochFile;
  readonly #tail: CachedTail;
  readonly #snapshots: SnapshotWriter;
  readonly #reader: LogReader;
  readonly #writer: LogWriter;
  readonly #shortener: Shortener;
  #producers: ProducerStates;
  #logStartOffset: Offset;
  #logEndOffset: Offset;
  #isClosed = false;

  constructor(
    context: LogContext,
    identity: LogIdentity,
    start: { readonly state: LogState; readonly config: LogConfig },
  ) {
    const { state } = start;
    const { topicId, partition, directory } = identity;
    const { segments } = state;
    this.name = `log ${topicId}-${partition}`;
    this.topicId = topicId;
    this.partition = partition;
    this.directory = directory;
    this.config = start.config;
    this.#context = context;
    this.#segments = segments;
    this.#epochs = state.epochs;
    this.#epochFile = new EpochFile(context.disk, directory, {
      history: state.epochs,
      unsavedFrom: state.unsavedEpochsFrom,
    });
    this.#tail = context.cache.tail();
    this.#snapshots = new SnapshotWriter(context.disk, directory);
    this.#producers = state.producers;
    this.#logStartOffset = state.logStartOffset;
    this.#logEndOffset = Math.max(segments.active.nextOffset, state.logStartOffset);
    this.flushing = new FlushState({
      endOffset: () => this.#logEndOffset,
      directory,
      segments,
      epochFile: this.#epochFile,
      snapshots: this.#snapshots,
      settledOffset: state.settledOffset,
      onMoved: context.onMarksMoved,
      hasJournal: () => context.flusher.hasJournal,
    });
    this.highWatermarkHint = state.logStartOffset;
    this.compaction = new LogCompaction({
      context,
      log: this,
      segments,
      cleanEndOffset: state.cleanEndOffset,
      onSwapped: (endOffset) => {
        this.#tail.dropBelow(endOffset);
        context.flusher.markDirty(this);
      },
    });
    this.#reader = new LogReader({ segments, tail: this.#tail, range: this, ...context });
    this.#writer = new LogWriter({
      ...context,
      segments,
      config: () => this.config,
      onRoll: () => this.#onRoll(),
      onCutBack: () => this.flushing.onCutBack(),
    });
    this.#shortener = new Shortener(context, this);
  }

  /** First offset that may be read. */
  get logStartOffset(): Offset {
    return this.#logStartOffset;
  }

  /** Offset of the next record; exclusive end of the log. */
  get logEndOffset(): Offset {
    return this.#logEndOffset;
  }

  /** Exclusive: every record below is durable. Falls only when the log is truncated. */
  get flushedOffset(): FlushedOffset {
    return this.flushing.flushedOffset;
  }

  /** Exclusive: every record below is durable in its segment. */
  get settledOffset(): SettledOffset {
    return this.flushing.settledOffset;
  }

  /** Counts the truncations: what was learnt before one says nothing after it. */
  get truncationCount(): number {
    return this.flushing.truncationCount;
  }
  get sizeBytes(): number {
    return this.#segments.sizeBytes;
  }
  get segmentCount(): number {
    return this.#segments.count;
  }
  get producers(): Pick<ProducerStates, 'all' | 'count'> {
    return this.#producers;
  }

  /** The epoch of the newest leader known here, or NONE. */
  latestEpoch(): LeaderEpoch {
    return this.#epochs.latestEpoch;
  }

  /** The epoch in which the record at `offset` was written, or NONE. */
  epochAt(offset: Offset): LeaderEpoch {
    return this.#epochs.epochAt(offset);
  }

  /** Where `epoch` ends here; `NONE` twice where this log cannot tell. Source: KIP-101, KIP-279. */
  endOffsetForEpoch(epoch: LeaderEpoch): EpochEnd {
    return this.#epochs.endOffsetFor(epoch, this.#logEndOffset);
  }

  /**
   * Records that `epoch` begins at `startOffset`. Durable on return: a leader calls it before it
   * serves, even without a record to write. Errors: DISK_FULL (retriable).
   */
  async assignEpoch(epoch: LeaderEpoch, startOffset: Offset): Promise<void> {
    this.#requireWritable();
    assert(startOffset <= this.#logEndOffset, 'an epoch begins within the log or at its end');
    this.#epochs.assign(epoch, startOffset);
    try {
      await this.#epochFile.persist();
    } catch (error) {
      throw this.#writer.refuse(error);
    }
  }

  /**
   * Appends exactly one batch as the leader of `leaderEpoch`: verifies its CRC, stamps base offset,
   * epoch and, with LogAppendTime, the time in place in the caller's buffer, which is then the
   * log's. Accepted on return, not durable. A repeat of one of the last five of its producer is not
   * appended: the answer names the first one, which may not be durable or committed either. Errors:
   * CORRUPT_MESSAGE, INVALID_RECORD, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE
   * (above segment.bytes), OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH,
   * FENCED_LEADER_EPOCH, DISK_FULL (nothing was appended); `requireKeys`, `requireTimely`.
   */
  appendAsLeader(
    batch: Uint8Array,
    leaderEpoch: LeaderEpoch,
    options: LeaderAppendOptions = {},
  ): LeaderAppend {
    this.#requireWritable();
    const nowWallMs = this.#context.clock.wallMs();
    const stamp = stampOf(this, { leaderEpoch, nowWallMs }, options);
    requireSound(batch, stamp);
    const sent = readBatchHeader(batch);
    const earlier = this.#producers.check(sent);
    if (earlier !== undefined) return duplicateOf(earlier);
    const header = stampAsLeader(batch, sent, stamp);
    try {
      this.#write(batch, [header]);
    } catch (error) {
      // As it was sent, so that the same bytes may be tried again.
      writeBatchHeader(batch, sent);
      throw error;
    }
    return appendedAs(header);
  }

  /**
   * Appends whole batches fetched from a leader, as they are: each with a right CRC, contiguous
   * from the end of the log, none of a newer epoch than the one that was fetched in (KAFKA-18723).
   * The buffer is the log's from then on. Accepted on return. After DISK_FULL a first part may be
   * appended: `logEndOffset` tells. Errors: CORRUPT_MESSAGE (fetch again), DISK_FULL.
   */
  appendAsFollower(
    batches: Uint8Array,
    maxLeaderEpoch: LeaderEpoch,
  ): { readonly endOffset: Offset } {
    this.#requireWritable();
    const isEmpty = this.#segments.count === 1 && this.#segments.active.sizeBytes === 0;
    const headers = readFollowerBody(batches, {
      name: this.name,
      endOffset: this.#logEndOffset,
      minLeaderEpoch: this.#epochs.epochAt(this.#logEndOffset - 1),
      maxLeaderEpoch,
      mayBeginWithin: isEmpty,
    });
    const first = headers[0];
    if (first === undefined) return { endOffset: this.#logEndOffset };
    this.#writer.guarded(() => {
      if (isEmpty && first.baseOffset < this.#segments.active.baseOffset) {
        // The leader's log starts within its first batch (KAFKA-6975): the segment is named after
        // it.
        this.#segments.reset(first.baseOffset);
      }
    });
    this.#write(batches, headers);
    return { endOffset: this.#logEndOffset };
  }

  /**
   * Whole batches from the one that contains `fetchOffset`, from memory or from one segment; bytes
   * from disk are verified. Synchronous: for data that is in memory or in the page cache. Errors:
   * OFFSET_OUT_OF_RANGE, CORRUPT_STORE (rot; names file and byte; the owner quarantines).
   */
  read(request: ReadRequest): ReadResult {
    this.#requireOpen();
    return this.#reader.read(request);
  }

  /** As `read`, in the pool: for data that is not in memory. Nothing when it was cut meanwhile. */
  async readCold(request: ReadRequest): Promise<ReadResult> {
    this.#requireOpen();
    const result = await this.#reader.readCold(request);
    this.#requireOpen();
    return result;
  }

  /** True when `read` at this offset needs no disk. */
  isCached(offset: Offset): boolean {
    return this.#reader.isCached(offset);
  }

  /**
   * The first record at or after `timestampMs` that lies below `endOffset` (exclusive; the end of
   * the log by default). Exact where its batch is uncompressed or its codec loaded, else the first
   * offset of that batch with the batch's greatest timestamp.
   */
  offsetForTimestamp(
    timestampMs: number,
    endOffset: Offset = this.#logEndOffset,
  ): TimestampedOffset | undefined {
    this.#requireOpen();
    return this.#reader.offsetForTimestamp(timestampMs, endOffset);
  }

  /** Greatest timestamp of any record, -1 where none has one. */
  maxTimestampMs(): number {
    return Math.max(...this.#segments.all().map((segment) => segment.maxTimestampMs));
  }

  /**
   * Cuts the log so that nothing at or above `endOffset` stays, and forgets epochs that begin
   * there, even when no record is cut (KAFKA-10706). Below the log's start it restarts there. The
   * offsets fall before the first await. Durable on return; until then appends are refused, because
   * a power cut could otherwise mix what was cut with what came after it.
   *
   * Crash states: the lowered mark is durable before a byte or an epoch is cut (a flush under way
   * would write the epochs), so that a shorter log is no loss; then segments go from the last to
   * the first and the last one is cut: any prefix of that holds everything below the cut.
   */
  async truncateTo(endOffset: Offset): Promise<void> {
    this.#requireWritable();
    if (endOffset < this.#logStartOffset) return this.resetTo(endOffset);
    const cut = endOffset < this.#logEndOffset ? this.#segments.cutPoint(endOffset) : undefined;
    const newEndOffset = cut?.endOffset ?? this.#logEndOffset;
    // The batch that is cut contains the log's start: what is left lies below it.
    if (newEndOffset < this.#logStartOffset) return this.resetTo(this.#logStartOffset);
    await this.#shorten(newEndOffset, newEndOffset, () => {
      this.#epochs.truncateFromEnd(cut === undefined ? endOffset : newEndOffset);
      if (cut === undefined) return;
      this.#segments.truncate(cut);
      removeSnapshotsAbove(this.#context.disk, this.directory, newEndOffset);
      if (!this.#producers.truncate(newEndOffset)) this.#producers = this.#rebuildProducers();
    });
  }

  /**
   * Drops everything and starts anew, empty, at `newStartOffset`: for a follower whose leader no
   * longer has what it needs. Durable on return. Crash states: with the new start checkpointed
   * first, old segments below it are swept at the next start and what remains above is cut or
   * fetched anew. One below the old start is checkpointed when the journal has nothing above it.
   */
  async resetTo(newStartOffset: Offset): Promise<void> {
    this.#requireWritable();
    const isLowered = newStartOffset < this.#logStartOffset;
    if (isLowered && this.#context.flusher.isJournalled(this)) {
      this.flushing.holdStart(this.#logStartOffset);
    }
    this.#logStartOffset = newStartOffset;
    this.#tail.clear();
    await this.#shorten(newStartOffset, 0, () => {
      this.#epochs.clear();
      this.#segments.reset(newStartOffset);
      removeSnapshotsAbove(this.#context.disk, this.directory, -1);
      this.#producers = this.#rebuildProducers();
    });
  }

  /**
   * Raises the first readable offset; a lower one does nothing. The caller keeps it at or below its
   * high watermark. Files go once the new start is checkpointed (`removeBelow`); until then a crash
   * brings the old start back.
   */
  raiseLogStart(offset: Offset): void {
    assert(offset <= this.#logEndOffset, 'a log starts at or before its end');
    if (offset <= this.#logStartOffset) return;
    this.#logStartOffset = offset;
    this.#context.onMarksMoved();
  }

  /** Resolves when start and flushed offset are checkpointed. Errors: DISK_FULL, STORAGE_ERROR. */
  saveMarks(): Promise<void> {
    return this.#context.saveMarks();
  }

  /** Removes segments below `durableStartOffset`, a start that the checkpoint has. */
  removeBelow(durableStartOffset: Offset): void {
    if (this.#shortener.isBusy || this.#isClosed || this.#context.health.failure !== undefined)
      return;
    const startOffset = Math.min(durableStartOffset, this.#logStartOffset);
    // Not before: the history must reach back to the start that a crash would bring back.
    this.#epochs.truncateFromStart(startOffset);
    this.#writer.guarded(() => this.#segments.removeBelow(startOffset));
  }

  /** Wins a little space on a full disk; false when there was none to win. */
  dropDoomedIndexes(): boolean {
    return !this.#isClosed && this.#segments.dropIndexesBelow(this.#logStartOffset);
  }

  /**
   * Deletes what retention allows, whole segments below `limitOffset` (exclusive), at most the high
   * watermark, forgets idle producers and lets go of idle files. Call it now and then.
   */
  applyRetention(nowWallMs: number, limitOffset: Offset): void {
    if (this.#shortener.isBusy || this.#isClosed || this.#context.health.failure !== undefined)
      return;
    const nowMs = this.#context.clock.monotonicMs();
    this.#producers.expire(nowMs - this.config.producerExpirationMs);
    this.#segments.releaseIdle();
    const endOffset = this.retentionEnd(nowWallMs, limitOffset);
    if (endOffset === undefined) return;
    const { active } = this.#segments;
    const isRolled = endOffset <= active.baseOffset || this.#writer.maybeRoll(this.#logEndOffset);
    this.raiseLogStart(isRolled ? endOffset : active.baseOffset);
  }

  /** Up to where retention would delete below `highWatermark` (exclusive); undefined: nothing. */
  retentionEnd(nowWallMs: number, highWatermark: Offset): Offset | undefined {
    return decideRetention(this.#segments.all(), this.config, { nowWallMs, highWatermark });
  }

  /**
   * Flushes, writes indexes and a producer snapshot and lets go of the files; the log refuses all
   * use from the call on. Throws when something could not be made durable: the stop was not clean.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    // A cut lowers the end first and producers last; a snapshot of both would be of no state.
    const isWhole = await this.#shortener.ended();
    await this.compaction.stop();
    await this.#context.flusher.settle(this);
    await this.#context.flusher.whenIdle();
    this.#segments.active.seal();
    if (isWhole) this.#takeSnapshot();
    await this.#snapshots.write();
    await this.#release();
  }

  /**
   * Ends the use, whatever the disk has room for; where `isKept`, with all of it in its segments. A
   * cut under way ends first. Entries stay in the journal: the directory must go before they do.
   */
  async abandon(isKept: boolean): Promise<void> {
    const { flusher } = this.#context;
    this.#isClosed = true;
    this.flushing.onEnding();
    await this.#shortener.ended();
    await this.compaction.stop();
    // What a round writes right now counts when it ends: only then is it known who is behind.
    await flusher.whenIdle();
    if (isKept && this.flushing.isBehind) {
      await flusher.settle(this);
      await flusher.whenIdle();
    }
    await this.#release();
  }

  /** One line for logs and tools. */
  describe(): string {
    return `${this.name} offsets ${this.#logStartOffset}..${this.#logEndOffset} flushed ${this.flushedOffset} settled ${this.settledOffset} epoch ${this.latestEpoch()} segments ${this.segmentCount} bytes ${this.sizeBytes}`;
  }

  #requireOpen(): void {
    this.#context.health.check();
    if (this.#isClosed) throw notAvailable(`${this.name} is closed`);
  }

  #requireWritable(): void {
    this.#requireOpen();
    if (this.#shortener.isBusy) throw notAvailable(`${this.name} is being truncated`);
  }

  #write(body: Uint8Array, headers: readonly BatchHeader[]): void {
    this.#writer.write(body, headers, (bytes, written) => {
      // The bytes stand: the end first, so that no later failure lets an offset be given out twice.
      this.#logEndOffset = nextOffsetOf(must(written.at(-1), 'a run has a batch'));
      const own = ownBytes(bytes);
      this.flushing.onAppended(own, this.flushMode === 'eager');
      this.#admit(own, written);
      this.#context.flusher.markDirty(this);
    });
  }

  #admit(bytes: Uint8Array, headers: readonly BatchHeader[]): void {
    const nowMs = this.#context.clock.monotonicMs();
    let at = 0;
    for (const header of headers) {
      const end = at + header.sizeBytes;
      this.#epochFile.admit(header.partitionLeaderEpoch, header.baseOffset);
      this.#producers.update(header, nowMs);
      const batch = end - at === bytes.length ? bytes : bytes.subarray(at, end);
      this.#tail.push(header.baseOffset, nextOffsetOf(header), batch);
      at = end;
    }
  }

  #onRoll(): void {
    this.flushing.onRoll();
    this.#takeSnapshot();
    this.#context.flusher.markDirty(this);
  }

  #takeSnapshot(): void {
    const nowMs = this.#context.clock.monotonicMs();
    this.#snapshots.take(this.#producers, this.#logEndOffset, nowMs);
  }

  /** Lowers the end at once, then on disk. */
  async #shorten(endOffset: Offset, keptOffset: Offset, cut: () => void): Promise<void> {
    this.#logEndOffset = endOffset;
    this.flushing.onTruncation(endOffset);
    this.#tail.truncate(endOffset);
    this.#snapshots.drop();
    const isEnded = (): boolean => this.#isClosed || this.flushing.isEnding;
    await this.#shortener.shorten({ endOffset, keptOffset, cut, isEnded });
  }

  #rebuildProducers(): ProducerStates {
    const { directory } = this;
    const log = { directory, segments: this.#segments, endOffset: this.#logEndOffset };
    const { disk, clock } = this.#context;
    return rebuildProducers({ ...log, disk, nowMs: clock.monotonicMs() });
  }

  async #release(): Promise<void> {
    this.#context.flusher.forget(this);
    await this.#epochFile.whenIdle();
    this.#reader.close();
  }
}
