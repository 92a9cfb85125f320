import { describeError, OttlaError } from '../base/errors.ts';
import type { FlushedOffset } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Disk, DiskFile } from '../env/disk.ts';
import type { Logger } from '../env/logger.ts';
import type { DirectoryHealth } from './directory-health.ts';
import type { FlushMode } from './log-config.ts';

/** A lazy log is synced after this many bytes, so that writeback never blocks the loop. */
export const LAZY_FLUSH_BYTES: number = 64 * 1024 * 1024;
/** Syncs under way at once: some threads of the pool stay free for reads. */
const MAX_CONCURRENT_LOGS = 12;
const RETRY_MS = 1000;
const SLOW_ROUND_MS = 1000;

/** What must reach the device for one log to be durable as it was when this was asked for. */
export interface FlushWork {
  /** Files to be durable before the segments count: the leader-epoch history. */
  prepare(): Promise<void>;
  readonly files: readonly DiskFile[];
  /** A directory in which names were made or removed. */
  readonly directory: string | undefined;
  /** All is synced; true when the log's flushed offset has moved. */
  complete(): boolean;
  /** Called once, before `complete` or instead of it: what did not complete stays to be done. */
  release(isSynced: boolean): void;
  /** Slow extras that no one waits for: producer snapshots. */
  finish(): Promise<void>;
}

export interface FlushableLog {
  readonly flushMode: FlushMode;
  readonly unflushedBytes: number;
  /** A segment was closed since the last flush. */
  readonly isFlushDue: boolean;
  readonly flushedOffset: FlushedOffset;
  beginFlush(): FlushWork | undefined;
}

/** What a log asks of its flusher. */
export interface FlushQueue {
  markDirty(log: FlushableLog): void;
  flush(log: FlushableLog): Promise<void>;
  whenIdle(): Promise<void>;
  forget(log: FlushableLog): void;
}

export interface FlushRound {
  readonly durationMs: number;
  readonly logCount: number;
  readonly syncCount: number;
}

export interface FlusherOptions<Log extends FlushableLog> {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly health: DirectoryHealth;
  /** Must not throw. */
  readonly onFlushed: (log: Log, flushedOffset: FlushedOffset) => void;
  /** For histograms. */
  readonly onRound?: (round: FlushRound) => void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The one place that syncs segments, one a log directory. Group commit: a round takes all that was
 * appended since the last one, and one round is under way at a time, so that a slow device makes
 * larger rounds instead of more syncs. A failed sync is never tried again: the directory goes
 * offline (`DirectoryHealth`), and who waits gets STORAGE_ERROR.
 */
export class Flusher<Log extends FlushableLog> {
  readonly #options: FlusherOptions<Log>;
  readonly #due = new Set<Log>();
  readonly #lazy = new Set<Log>();
  readonly #waiters = new Map<Log, Waiter[]>();
  #idleWaiters: Array<() => void> = [];
  #isRunning = false;
  #isScheduled = false;
  #isClosed = false;
  #syncCount = 0;

  constructor(options: FlusherOptions<Log>) {
    this.#options = options;
  }

  /** The log has bytes or names that are not durable. Cheap: called on every append. */
  markDirty(log: Log): void {
    const isLazy =
      log.flushMode === 'lazy' && !log.isFlushDue && log.unflushedBytes < LAZY_FLUSH_BYTES;
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
    this.#options.clock.defer(() => {
      this.#isScheduled = false;
      if (!this.#isRunning && this.#due.size > 0) void this.#runRound();
    });
  }

  /** Never rejects: what fails ends in `#fail`. */
  async #runRound(): Promise<void> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const logs = [...this.#due];
    this.#due.clear();
    this.#isRunning = true;
    this.#syncCount = 0;
    const queue = logs.values();
    const worker = async (): Promise<void> => {
      for (const log of queue) await this.#flushLog(log);
    };
    const workerCount = Math.min(MAX_CONCURRENT_LOGS, logs.length);
    await Promise.all(Array.from({ length: workerCount }, worker));
    this.#endRound({
      durationMs: clock.monotonicMs() - startMs,
      logCount: logs.length,
      syncCount: this.#syncCount,
    });
  }

  #endRound(round: FlushRound): void {
    this.#isRunning = false;
    if (round.durationMs > SLOW_ROUND_MS) {
      this.#options.logger.warn('a round of syncs was slow', { ...round });
    }
    this.#options.onRound?.(round);
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
    if (this.#options.health.failure !== undefined) this.#rejectAll();
    else if (this.#due.size > 0) this.#schedule();
  }

  async #flushLog(log: Log): Promise<void> {
    if (this.#options.health.failure !== undefined) return;
    const waiters = this.#takeWaiters(log);
    this.#lazy.delete(log);
    try {
      const isDone = await this.#syncLog(log);
      if (isDone) for (const waiter of waiters) waiter.resolve();
      else this.#retryLater(log, waiters);
    } catch (error) {
      const failure = this.#options.health.fail(error);
      for (const waiter of waiters) waiter.reject(failure);
    }
  }

  /** False when the disk is too full to prepare; throws when a sync failed. */
  async #syncLog(log: Log): Promise<boolean> {
    const { disk, health, onFlushed } = this.#options;
    const work = log.beginFlush();
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
      await work.prepare();
      return true;
    } catch (error) {
      if (!isDiskFull(error) || this.#isClosed) throw error;
      return false;
    }
  }

  #retryLater(log: Log, waiters: readonly Waiter[]): void {
    this.#options.logger.warn('disk is full: a flush waits for space', {
      directory: this.#options.health.directory,
    });
    this.#waiters.set(log, [...waiters, ...(this.#waiters.get(log) ?? [])]);
    this.#options.clock.setTimer(RETRY_MS, () => {
      this.#due.add(log);
      this.#schedule();
    });
  }

  #takeWaiters(log: Log): readonly Waiter[] {
    const waiters = this.#waiters.get(log) ?? [];
    this.#waiters.delete(log);
    return waiters;
  }

  #rejectAll(): void {
    const { failure } = this.#options.health;
    this.#options.logger.error('syncing has stopped', { reason: describeError(failure) });
    for (const waiters of this.#waiters.values()) for (const { reject } of waiters) reject(failure);
    this.#waiters.clear();
    this.#due.clear();
  }
}

const isDiskFull = (error: unknown): boolean =>
  error instanceof OttlaError && error.code === 'DISK_FULL';
