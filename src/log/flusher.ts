import { describeError, OttlaError } from '../base/errors.ts';
import type { FlushedOffset, Offset } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Disk } from '../env/disk.ts';
import type { Logger } from '../env/logger.ts';
import type { DirectoryHealth } from './directory-health.ts';
import type { FlushableLog, FlushWork } from './flushable-log.ts';
import { cutInJournal, flushToJournal, planRound } from './journal/flush-round.ts';
import type { Journal } from './journal/journal.ts';
import type { JournalWorth } from './journal/worth.ts';

/** A lazy log is synced after this many bytes, so that writeback never blocks the loop. */
export const LAZY_FLUSH_BYTES: number = 64 * 1024 * 1024;
/**
 * Logs being synced at once, of all directories of a process: some threads of its pool stay free
 * for reads.
 */
export const MAX_CONCURRENT_LOGS = 12;
const RETRY_MS = 1000;
const SLOW_ROUND_MS = 1000;

export interface FlushRound {
  readonly durationMs: number;
  readonly logCount: number;
  /** Of these, by the journal. */
  readonly journalledCount: number;
  readonly syncCount: number;
}

export interface FlusherOptions<Log extends FlushableLog> {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly health: DirectoryHealth;
  /** Of `MAX_CONCURRENT_LOGS`, as many as are this directory's; left out: all. */
  readonly maxConcurrentLogs?: number | undefined;
  /** Must not throw. */
  readonly onFlushed: (log: Log, flushedOffset: FlushedOffset) => void;
  /** For histograms. */
  readonly onRound?: (round: FlushRound) => void;
}

interface JournalCut<Log> {
  readonly log: Log;
  readonly endOffset: Offset;
  readonly resolve: (isDone: boolean) => void;
  readonly reject: (error: unknown) => void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The one place that syncs segments and the journal, one a log directory. Group commit: a round
 * takes all that was appended since the last one, and one round is under way at a time, so that a
 * slow device makes larger rounds instead of more syncs. Where there is a journal, a round of many
 * small appends is one sync of it. A failed sync is never tried again: the directory goes offline
 * (`DirectoryHealth`), and who waits gets STORAGE_ERROR.
 */
export class Flusher<Log extends FlushableLog> {
  readonly #options: FlusherOptions<Log>;
  readonly #due = new Set<Log>();
  readonly #lazy = new Set<Log>();
  readonly #mustSettle = new Set<Log>();
  readonly #waiters = new Map<Log, Waiter[]>();
  #cuts: Array<JournalCut<Log>> = [];
  #journal: Journal<Log> | undefined;
  #worth: JournalWorth<Log> | undefined;
  #idleWaiters: Array<() => void> = [];
  #isRunning = false;
  #isScheduled = false;
  readonly #onTurn = (): void => this.#maybeRun();
  #isClosed = false;
  #syncCount = 0;

  constructor(options: FlusherOptions<Log>) {
    this.#options = options;
  }

  /** From the next round on, some may go by the journal, which is this one's alone to write. */
  useJournal(journal: Journal<Log>): void {
    this.#journal = journal;
  }

  /** Until the end of all: what is flushed then is settled. */
  get hasJournal(): boolean {
    return this.#journal !== undefined && !this.#isClosed;
  }

  /** Who is told of the rounds as long as there is no journal. */
  watchRounds(worth: JournalWorth<Log> | undefined): void {
    this.#worth = worth;
  }

  /** The log has bytes or names that are not durable. Cheap: called on every append. */
  markDirty(log: Log): void {
    const { isDue, unflushedBytes } = log.flushing;
    const isLazy = log.flushMode === 'lazy' && !isDue && unflushedBytes < LAZY_FLUSH_BYTES;
    if (isLazy) this.#lazy.add(log);
    else {
      this.#due.add(log);
      this.#schedule();
    }
  }

  /** Resolves when all that the log is at the call is durable. Errors: STORAGE_ERROR. */
  flush(log: Log): Promise<void> {
    const { failure } = this.#options.health;
    if (failure !== undefined) return Promise.reject(failure);
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(log) ?? [];
      waiters.push({ resolve, reject });
      this.#waiters.set(log, waiters);
      this.#due.add(log);
      this.#schedule();
    });
  }

  /** As `flush`, with all durable in its segments, and the history of its epochs. */
  settle(log: Log): Promise<void> {
    this.#mustSettle.add(log);
    return this.flush(log);
  }

  /** The journal may have bytes of the log, settled or not. */
  isJournalled(log: Log): boolean {
    return this.#journal?.holds(log) === true;
  }

  /**
   * To be called before bytes of a log go that may be in the journal, or others come under its
   * name: true when it says, durably, that none at or above `endOffset` come back; 0 forgets the
   * log. False where a full disk leaves no room to say so: it may or may not say it then. No entry
   * of the log may be made after the call, before it is cut. Errors: STORAGE_ERROR.
   */
  cut(log: Log, endOffset: Offset): Promise<boolean> {
    const { failure } = this.#options.health;
    if (failure !== undefined) return Promise.reject(failure);
    if (this.#journal?.holds(log) !== true) return Promise.resolve(true);
    this.#journal.lower(log, endOffset);
    return new Promise((resolve, reject) => {
      this.#cuts.push({ log, endOffset, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when all that was appended to any log before the call is durable. */
  async flushNow(): Promise<void> {
    await this.whenIdle();
    this.#options.health.check();
    await Promise.all([...this.#lazy, ...this.#due].map((log) => this.flush(log)));
  }

  /** Resolves when no round is under way; none begins before the caller has run on. */
  whenIdle(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Drops a log that is gone. */
  forget(log: Log): void {
    this.#due.delete(log);
    this.#lazy.delete(log);
    this.#mustSettle.delete(log);
    this.#journal?.forget(log);
    for (const waiter of this.#takeWaiters(log)) waiter.resolve();
  }

  /** Flushes all, once; from then on a full disk is an error and no longer waited out. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flushNow();
  }

  #schedule(): void {
    if (this.#isRunning || this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.clock.defer(this.#onTurn);
  }

  #maybeRun(): void {
    this.#isScheduled = false;
    if (!this.#isRunning && this.#hasWork) void this.#runRound();
  }

  /** Never rejects: what fails ends in `#fail`. */
  async #runRound(): Promise<void> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const logs = [...this.#due];
    this.#due.clear();
    this.#isRunning = true;
    this.#syncCount = 0;
    const journalledCount = await this.#flushLogs(logs);
    this.#endRound({
      durationMs: clock.monotonicMs() - startMs,
      logCount: logs.length,
      journalledCount,
      syncCount: this.#syncCount,
    });
  }

  /** Returns how many went by the journal. */
  async #flushLogs(due: readonly Log[]): Promise<number> {
    const journal = this.#journal;
    if (journal !== undefined) await this.#writeCuts(journal);
    // Who stops wants all settled.
    if (journal === undefined || this.#isClosed) {
      this.#worth?.onRound(due, this.#mustSettle);
      await this.#flushEach(due);
      return 0;
    }
    const plan = planRound(journal, due, this.#mustSettle);
    const direct = this.#flushEach(plan.direct);
    for (const log of plan.idle) for (const waiter of this.#takeWaiters(log)) waiter.resolve();
    await this.#flushToJournal(journal, plan);
    await direct;
    // Only now: the device would be slower for those who wait. While they answer, and others send
    // more, it has nothing to do.
    await this.#flushEach(plan.overdue);
    return plan.journalled.length;
  }

  async #flushEach(logs: readonly Log[]): Promise<void> {
    const queue = logs.values();
    const worker = async (): Promise<void> => {
      for (const log of queue) await this.#flushLog(log);
    };
    const { maxConcurrentLogs = MAX_CONCURRENT_LOGS } = this.#options;
    const workerCount = Math.min(maxConcurrentLogs, logs.length);
    await Promise.all(Array.from({ length: workerCount }, worker));
  }

  /**
   * One sync for all of them, and none of the segments: these are to be settled later, or now where
   * the disk has no room for the frame.
   */
  async #flushToJournal(
    journal: Journal<Log>,
    plan: { readonly journalled: readonly Log[]; readonly wantsNotice: boolean },
  ): Promise<void> {
    const { journalled } = plan;
    if (this.#options.health.failure !== undefined) return;
    if (journalled.length === 0 && !plan.wantsNotice) return;
    const waiting = this.#takeAllWaiters(journalled);
    for (const log of journalled) this.#lazy.delete(log);
    try {
      this.#syncCount += 1;
      const complete = await flushToJournal(journal, journalled);
      this.#options.health.check();
      if (complete === undefined) {
        this.#options.health.noteFull();
        for (const { log, waiters } of waiting) this.#giveBack(log, waiters);
        return await this.#flushEach(journalled);
      }
      for (const log of complete()) this.#options.onFlushed(log, log.flushedOffset);
      for (const { waiters } of waiting) for (const waiter of waiters) waiter.resolve();
    } catch (error) {
      const failure = this.#options.health.fail(error);
      for (const { waiters } of waiting) for (const waiter of waiters) waiter.reject(failure);
    }
  }

  async #writeCuts(journal: Journal<Log>): Promise<void> {
    const cuts = this.#cuts;
    this.#cuts = [];
    if (cuts.length === 0) return;
    try {
      this.#options.health.check();
      const isDone = await cutInJournal(journal, cuts, (logs) => this.#flushEach(logs));
      this.#options.health.check();
      for (const { resolve } of cuts) resolve(isDone);
    } catch (error) {
      const failure = this.#options.health.fail(error);
      for (const { reject } of cuts) reject(failure);
    }
  }

  get #hasWork(): boolean {
    return this.#due.size > 0 || this.#cuts.length > 0;
  }

  #endRound(round: FlushRound): void {
    this.#isRunning = false;
    if (round.durationMs > SLOW_ROUND_MS) {
      this.#options.logger.warn('a round of syncs was slow', { ...round });
    }
    this.#options.onRound?.(round);
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
    if (this.#options.health.failure !== undefined) this.#rejectAll();
    else if (this.#hasWork) this.#schedule();
  }

  async #flushLog(log: Log): Promise<void> {
    if (this.#options.health.failure !== undefined) return;
    const waiters = this.#takeWaiters(log);
    this.#lazy.delete(log);
    const isWhole = this.#mustSettle.delete(log);
    try {
      const isDone = await this.#syncLog(log, isWhole);
      if (isDone) for (const waiter of waiters) waiter.resolve();
      else this.#retryLater(log, waiters);
    } catch (error) {
      const failure = this.#options.health.fail(error);
      for (const waiter of waiters) waiter.reject(failure);
    }
  }

  /** False when the disk is too full to prepare; throws when a sync failed. */
  async #syncLog(log: Log, isWhole: boolean): Promise<boolean> {
    const { disk, health, onFlushed } = this.#options;
    const work = log.flushing.begin(isWhole);
    if (work === undefined) return true;
    let isSynced = false;
    try {
      if (!(await this.#prepare(work))) return false;
      const syncs = work.files.map((file) => file.sync());
      if (work.directory !== undefined) syncs.push(disk.syncDir(work.directory));
      this.#syncCount += syncs.length;
      await Promise.all(syncs);
      isSynced = true;
    } finally {
      work.release(isSynced);
    }
    // Another log's sync failed meanwhile: nothing of this directory is acknowledged any more.
    health.check();
    if (work.complete()) onFlushed(log, log.flushedOffset);
    await work.finish();
    return true;
  }

  async #prepare(work: FlushWork): Promise<boolean> {
    try {
      await work.prepare?.();
      return true;
    } catch (error) {
      if (!isDiskFull(error) || this.#isClosed) throw error;
      return false;
    }
  }

  /** Only who is to be whole prepares anything that a full disk can refuse. */
  #retryLater(log: Log, waiters: readonly Waiter[]): void {
    this.#mustSettle.add(log);
    this.#options.logger.warn('disk is full: a flush waits for space', {
      directory: this.#options.health.directory,
    });
    this.#giveBack(log, waiters);
    this.#options.clock.setTimer(RETRY_MS, () => {
      // Done meanwhile, or gone: then it has no files any more.
      if (!this.#mustSettle.has(log)) return;
      this.#due.add(log);
      this.#schedule();
    });
  }

  #takeWaiters(log: Log): readonly Waiter[] {
    const waiters = this.#waiters.get(log) ?? [];
    this.#waiters.delete(log);
    return waiters;
  }

  /** Of those that have any. */
  #takeAllWaiters(logs: readonly Log[]): { log: Log; waiters: readonly Waiter[] }[] {
    if (this.#waiters.size === 0) return [];
    return logs
      .filter((log) => this.#waiters.has(log))
      .map((log) => ({ log, waiters: this.#takeWaiters(log) }));
  }

  #giveBack(log: Log, waiters: readonly Waiter[]): void {
    this.#waiters.set(log, [...waiters, ...(this.#waiters.get(log) ?? [])]);
  }

  #rejectAll(): void {
    const { failure } = this.#options.health;
    this.#options.logger.error('syncing has stopped', { reason: describeError(failure) });
    for (const waiters of this.#waiters.values()) for (const { reject } of waiters) reject(failure);
    this.#waiters.clear();
    for (const { reject } of this.#cuts.splice(0)) reject(failure);
    this.#due.clear();
  }
}

const isDiskFull = (error: unknown): boolean =>
  error instanceof OttlaError && error.code === 'DISK_FULL';
