import { describeError, OttlaError } from '../base/errors.ts';
import type { BrokerEpoch, FlushedOffset, PartitionId, TopicId } from '../base/ids.ts';
import { NONE, partitionKey } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { DirLock, Disk } from '../env/disk.ts';
import type { Logger } from '../env/logger.ts';
import { BatchCache } from './batch-cache.ts';
import type { CheckpointEntry } from './checkpoint.ts';
import { Checkpointer } from './checkpointer.ts';
import type { CleanShutdown } from './clean-marker.ts';
import { takeCleanMarker, writeCleanMarker } from './clean-marker.ts';
import { DirectoryHealth } from './directory-health.ts';
import { CHECKPOINT_FILE, CLEAN_MARKER_FILE, parseAsideName } from './file-names.ts';
import type { FlushRound } from './flusher.ts';
import { Flusher } from './flusher.ts';
import type { JournalSettings } from './journal/directory-journal.ts';
import { DirectoryJournal } from './journal/directory-journal.ts';
import { IdleLogs } from './journal/idle-logs.ts';
import { EMPTY_REPLAY } from './journal/replay.ts';
import { hasListed, loadPartitions, readMarks } from './load-partitions.ts';
import type { LogContext } from './log-context.ts';
import type { PartitionIdentity } from './partition-identity.ts';
import type { ConfigOf, OpenedPartition } from './partition-loader.ts';
import { PartitionLoader, removeAside } from './partition-loader.ts';
import type { PartitionLog } from './partition-log.ts';
import { AheadRoom } from './read-ahead.ts';
import { ReadBuffers } from './read-buffers.ts';

export const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;
/** Logs being closed at once: each writes a snapshot with two syncs. */
const MAX_CONCURRENT_CLOSES = 16;
/** Histories being written at once for nobody who waits: an election's turn comes between. */
const MAX_CONCURRENT_SAVES = 8;
const FULLNESS_WARNING_MS = 10_000;

export interface LogManagerOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Must exist: a missing disk must not look like a new one (KAFKA-16157). */
  readonly directory: string;
  /** Its path leads elsewhere: its mount is gone, or another directory is in its place. */
  readonly isHidden?: () => boolean;
  readonly configOf: ConfigOf;
  /** Records newly durable; `flushedOffset` is exclusive. Must not throw. */
  readonly onFlushed: (log: PartitionLog, flushedOffset: FlushedOffset) => void;
  /** The directory has gone offline; called once. Must not throw. */
  readonly onFailure: (error: OttlaError) => void;
  readonly onFlushRound?: (round: FlushRound) => void;
  /** Memory for the newest batches of all logs; 64 MiB by default. */
  readonly cacheBytes?: number;
  /** Memory for reads from the disk; tests watch it. */
  readonly readBuffers?: ReadBuffers;
  /** What is read before it is asked for; one for all directories of a process. */
  readonly aheadRoom?: AheadRoom;
  /** As of `Flusher`. */
  readonly maxConcurrentLogs?: number;
  /** Rounds of many small appends go by a journal; one that is there is taken in, on or not. */
  readonly journal: JournalSettings;
}

export interface OpenedDirectory {
  readonly manager: LogManager;
  readonly partitions: readonly OpenedPartition[];
  /** Undefined after a crash. */
  readonly cleanShutdown: CleanShutdown | undefined;
}

/** Says now and then that nothing can be appended, however often that is tried. */
const fullnessWarning = ({ clock, logger, directory }: LogManagerOptions): (() => void) => {
  let nextMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonicMs() < nextMs) return;
    nextMs = clock.monotonicMs() + FULLNESS_WARNING_MS;
    logger.warn('disk is full, records are refused: free space, or lower retention', { directory });
  };
};

/** All partition logs of one log directory. */
export class LogManager {
  readonly directory: string;
  readonly #disk: Disk;
  readonly #isHidden: () => boolean;
  readonly #lock: DirLock;
  readonly #context: LogContext;
  readonly #health: DirectoryHealth;
  readonly #flusher: Flusher<PartitionLog>;
  readonly #checkpointer: Checkpointer;
  readonly #loader: PartitionLoader;
  readonly #journal: DirectoryJournal<PartitionLog>;
  readonly #idleLogs: IdleLogs<PartitionLog>;
  readonly #logs = new Map<string, PartitionLog>();
  readonly #creating = new Map<string, Promise<OpenedPartition>>();
  /** Deleted or set aside, as long as the journal has entries of them that are not cut. */
  readonly #gone = new Map<string, PartitionLog>();
  #isLoaded = false;

  private constructor(options: LogManagerOptions, lock: DirLock) {
    const { disk, clock, logger, directory } = options;
    this.directory = directory;
    this.#disk = disk;
    this.#isHidden = options.isHidden ?? (() => false);
    this.#lock = lock;
    this.#health = new DirectoryHealth(
      directory,
      (error) => options.onFailure(error),
      fullnessWarning(options),
    );
    this.#flusher = new Flusher<PartitionLog>({
      disk,
      clock,
      logger,
      health: this.#health,
      maxConcurrentLogs: options.maxConcurrentLogs,
      onFlushed: (log, flushedOffset) => {
        if (this.#isLoaded) options.onFlushed(log, flushedOffset);
      },
      onRound: (round) => options.onFlushRound?.(round),
    });
    this.#checkpointer = new Checkpointer({
      disk,
      clock,
      health: this.#health,
      path: `${directory}/${CHECKPOINT_FILE}`,
      check: () => this.#requireThere(),
      prepare: () => this.#saveEpochs(),
      entries: () => this.#marks(),
      onFull: () => this.list().filter((log) => log.dropDoomedIndexes()).length > 0,
      onSaved: (entries) => this.#onMarksSaved(entries),
    });
    this.#context = {
      disk,
      clock,
      logger,
      health: this.#health,
      flusher: this.#flusher,
      cache: new BatchCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES),
      readBuffers: options.readBuffers ?? new ReadBuffers(),
      aheadRoom: options.aheadRoom ?? new AheadRoom(options.clock),
      saveMarks: () => this.#checkpointer.save(),
      onMarksMoved: () => {
        if (this.#isLoaded) this.#checkpointer.onMoved();
      },
    };
    this.#loader = new PartitionLoader(this.#context, directory, options.configOf);
    this.#journal = new DirectoryJournal<PartitionLog>({ ...options, health: this.#health });
    this.#idleLogs = new IdleLogs<PartitionLog>({
      clock,
      logs: () => this.list(),
      settle: (log) => this.#flusher.settle(log),
      onSettled: () => this.#checkpointer.onMoved(),
    });
  }

  /**
   * Locks the directory, recovers every partition in it and syncs what recovery touched. Errors:
   * CONFIG when the directory is missing or in use, STORAGE_ERROR, DISK_FULL.
   *
   * Crash states: the clean marker goes first, durably; the old checkpoint stands until every log
   * is loaded and synced, so that a second start judges damage by the same marks.
   */
  static async open(options: LogManagerOptions): Promise<OpenedDirectory> {
    const { disk, directory } = options;
    if (!disk.exists(directory)) {
      throw new OttlaError(
        'CONFIG',
        `log directory ${directory} is missing: mount its disk, or run ottla format for a new one`,
      );
    }
    const lock = disk.lock(directory);
    try {
      const manager = new LogManager(options, lock);
      return await manager.#load();
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Undefined while the directory is usable. */
  get failure(): OttlaError | undefined {
    return this.#health.failure;
  }

  get(topicId: TopicId, partition: PartitionId): PartitionLog | undefined {
    return this.#logs.get(partitionKey(topicId, partition));
  }

  list(): PartitionLog[] {
    return [...this.#logs.values()];
  }

  /** Bytes of all logs. */
  get sizeBytes(): number {
    return this.list().reduce((total, log) => total + log.sizeBytes, 0);
  }

  /**
   * Creates an empty log, or returns the one there is. Its identity is durable on return. Errors:
   * DISK_FULL (retriable), STORAGE_ERROR.
   */
  async create(identity: {
    readonly topicId: TopicId;
    readonly topicName: string;
    readonly partition: PartitionId;
  }): Promise<PartitionLog> {
    this.#health.check();
    const key = partitionKey(identity.topicId, identity.partition);
    const existing = this.#logs.get(key);
    if (existing !== undefined) return existing;
    const creating = this.#creating.get(key) ?? this.#guarded(this.#create(identity));
    this.#creating.set(key, creating);
    try {
      const { log } = await creating;
      this.#logs.set(key, log);
      return log;
    } finally {
      this.#creating.delete(key);
    }
  }

  /** Before a log is deleted: a truncation of it no longer waits for room. */
  retire(topicId: TopicId, partition: PartitionId): void {
    this.get(topicId, partition)?.flushing.onEnding();
  }

  /**
   * Deletes a log; one that is not there is no error. Durable on return. Crash states: the
   * directory under its own name, complete; then under a `.deleted` name, which every start sweeps.
   */
  async delete(topicId: TopicId, partition: PartitionId): Promise<void> {
    const path = await this.#detach({ topicId, partition }, 'deleted');
    if (path !== undefined) removeAside(this.#disk, path, this.#context);
  }

  /**
   * Sets a log aside that the cluster does not know: for a person to look at. Durable on return.
   */
  async setAsideStray(topicId: TopicId, partition: PartitionId): Promise<void> {
    await this.#detach({ topicId, partition }, 'stray');
  }

  /**
   * Sets a log aside whose durable data turned out damaged (CORRUPT_STORE on a read) and begins an
   * empty one, which says `quarantined` at every start until `clearQuarantine`.
   */
  async quarantine(log: PartitionLog, detail: string): Promise<OpenedPartition> {
    const { topicId, partition } = log;
    const topicName = this.#loader.topicNameOf(log);
    this.#health.check();
    // It stays listed, so that checkpoints keep its marks until the empty log is in its place.
    await log.abandon(true);
    await this.#cutEntries(log);
    const identity = { topicId, partition, topicName };
    const opened = await this.#guarded(this.#loader.quarantine(identity, detail));
    this.#logs.set(partitionKey(topicId, partition), opened.log);
    await this.#checkpointer.save();
    return opened;
  }

  /** The replica holds everything again: it was in sync. Durable on return. */
  async clearQuarantine(topicId: TopicId, partition: PartitionId): Promise<void> {
    await this.#guarded(this.#loader.clearQuarantine({ topicId, partition }));
  }

  /** Resolves when everything appended to any log before the call is durable. */
  flushNow(): Promise<void> {
    return this.#flusher.flushNow();
  }

  /**
   * Flushes and closes all logs and gives up the lock. The clean marker is written only when every
   * step before it succeeded; false tells that the next start will check the logs. Never throws.
   */
  async close(options: { readonly brokerEpoch?: BrokerEpoch } = {}): Promise<boolean> {
    this.#checkpointer.stop();
    this.#idleLogs.stop();
    await this.#journal.stopMaking();
    try {
      await this.#flusher.close();
      await this.#closeLogs();
      await this.#checkpointer.save();
      await this.#journal.end();
      const marker = { brokerEpoch: options.brokerEpoch ?? NONE };
      await writeCleanMarker(this.#disk, `${this.directory}/${CLEAN_MARKER_FILE}`, marker);
      return true;
    } catch (error) {
      this.#context.logger.warn('log directory was not closed cleanly', {
        directory: this.directory,
        reason: describeError(error),
      });
      return false;
    } finally {
      this.#journal.dispose();
      this.#lock.release();
    }
  }

  async #load(): Promise<OpenedDirectory> {
    const { directory } = this;
    const cleanShutdown = await takeCleanMarker(this.#disk, `${directory}/${CLEAN_MARKER_FILE}`);
    const marks = readMarks(this.#disk, directory);
    const isClean = cleanShutdown !== undefined;
    const partitions = await loadPartitions(this.#loader, this.#context, {
      directory,
      marks,
      isClean,
      journal: isClean ? EMPTY_REPLAY : this.#journal.read(hasListed(marks)),
      isOfAnyLog: this.#journal.isOfAnyLog,
    });
    for (const { log } of partitions) {
      this.#logs.set(partitionKey(log.topicId, log.partition), log);
    }
    await Promise.all(this.list().map((log) => this.#flusher.flush(log)));
    // Where a full disk has no room for a history, the marks wait for it and the start does not.
    await this.#saveEpochs();
    this.#isLoaded = true;
    const areMarksSaved = await this.#saveFirstMarks();
    await this.#guarded(this.#journal.begin(this.#flusher, areMarksSaved));
    this.#sweepDeleted();
    return { manager: this, partitions, cleanShutdown };
  }

  /** A full disk must not keep retention from running: the old checkpoint stands until later. */
  async #saveFirstMarks(): Promise<boolean> {
    try {
      await this.#checkpointer.save();
      return true;
    } catch (error) {
      if (!(error instanceof OttlaError) || error.code !== 'DISK_FULL') throw error;
      this.#checkpointer.onMoved();
      return false;
    }
  }

  #sweepDeleted(): void {
    for (const { name } of this.#disk.list(this.directory)) {
      if (parseAsideName(name)?.why !== 'deleted') continue;
      removeAside(this.#disk, `${this.directory}/${name}`, this.#context);
    }
  }

  #marks(): CheckpointEntry[] {
    return this.list().map((log) => ({
      topicId: log.topicId,
      partition: log.partition,
      settledOffset: log.flushing.markOffset,
      flushedOffset: log.flushedOffset,
      isListed: log.flushing.takeListing(),
      logStartOffset: log.flushing.heldStartOffset ?? log.logStartOffset,
      highWatermark: log.highWatermarkHint,
    }));
  }

  #onMarksSaved(entries: readonly CheckpointEntry[]): void {
    for (const { topicId, partition, logStartOffset, isListed } of entries) {
      const log = this.get(topicId, partition);
      log?.removeBelow(logStartOffset);
      if (!isListed) continue;
      log?.flushing.onListed();
      this.#idleLogs.onListed();
    }
  }

  /** What a full disk has no room for is tried again before the next checkpoint. */
  async #saveEpochs(): Promise<void> {
    const unsaved = this.list().filter(({ flushing }) => flushing.hasUnsavedEpochs);
    await eachOf(unsaved, MAX_CONCURRENT_SAVES, async ({ flushing }) => {
      if (!flushing.hasUnsavedEpochs) return;
      await this.#guarded(flushing.saveEpochs()).catch(() => this.#checkpointer.onMoved());
    });
  }

  async #detach(
    name: { readonly topicId: TopicId; readonly partition: PartitionId },
    why: 'deleted' | 'stray',
  ): Promise<string | undefined> {
    const log = this.get(name.topicId, name.partition);
    if (log === undefined) return undefined;
    await this.#forget(log, why === 'stray');
    this.#requireThere();
    const path = await this.#guarded(this.#loader.setAside(name, why));
    this.#requireThere();
    await this.#checkpointer.save();
    return path;
  }

  async #forget(log: PartitionLog, isKept: boolean): Promise<void> {
    this.#health.check();
    await log.abandon(isKept);
    const key = partitionKey(log.topicId, log.partition);
    this.#logs.delete(key);
    this.#gone.set(key, log);
    for (const [name, gone] of this.#gone) {
      if (!this.#flusher.isJournalled(gone)) this.#gone.delete(name);
    }
  }

  /**
   * Entries of a log that is gone are nobody's, and a start forgets them; under a new log of its
   * name they must not come back. Crash states: no log of the name, or one behind the cut.
   */
  async #create(identity: PartitionIdentity): Promise<OpenedPartition> {
    const key = partitionKey(identity.topicId, identity.partition);
    const gone = this.#gone.get(key);
    if (gone !== undefined) await this.#cutEntries(gone);
    this.#gone.delete(key);
    this.#requireThere();
    const opened = await this.#loader.create(identity);
    this.#requireThere();
    return opened;
  }

  /**
   * Open files go on without their mount. What is done by path would be done below its mount point,
   * and be gone once it is mounted again: an older copy, or none, would then pass for this one.
   */
  #requireThere(): void {
    this.#health.check();
    if (!this.#isHidden()) return;
    throw this.#health.fail(
      new OttlaError('STORAGE_ERROR', `${this.directory} leads elsewhere: its mount is gone`),
    );
  }

  /** Errors: DISK_FULL (retriable), STORAGE_ERROR. */
  async #cutEntries(log: PartitionLog): Promise<void> {
    if (await this.#flusher.cut(log, 0)) return;
    throw new OttlaError('DISK_FULL', `${log.name}: no room to forget it; free space, try again`);
  }

  async #closeLogs(): Promise<void> {
    await eachOf(this.list(), MAX_CONCURRENT_CLOSES, (log) => log.close());
  }

  /** A failure of the directory itself, other than a full disk, takes it offline. */
  async #guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof OttlaError && error.code === 'DISK_FULL') throw error;
      throw this.#health.fail(error);
    }
  }
}

/** Does one after the other, a bounded number at once; the first that fails ends the wait. */
const eachOf = async <T>(
  items: readonly T[],
  limit: number,
  act: (item: T) => Promise<void>,
): Promise<void> => {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
};
