import { OttlaError } from '../base/errors.ts';
import type { Clock, Timer } from '../env/clock.ts';
import type { Disk } from '../env/disk.ts';
import { replaceFile } from '../env/disk.ts';
import type { CheckpointEntry } from './checkpoint.ts';
import { encodeCheckpoint } from './checkpoint.ts';
import type { DirectoryHealth } from './directory-health.ts';

const INTERVAL_MS = 1000;

export interface CheckpointerOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly health: DirectoryHealth;
  readonly path: string;
  /** Throws where nothing may be written any more. */
  readonly check: () => void;
  /**
   * Makes durable what marks wait for, before a checkpoint that nobody waits for. Never rejects.
   */
  readonly prepare: () => Promise<void>;
  /** The state to write, as it is at the call. */
  readonly entries: () => readonly CheckpointEntry[];
  /** Makes room on a full disk; true when there may be some now. */
  readonly onFull: () => boolean;
  /** These entries are durable; must not throw. */
  readonly onSaved: (entries: readonly CheckpointEntry[]) => void;
}

/**
 * Writes the checkpoint of a log directory: at most once a second when something moved, at once
 * when a mark falls. Writes run one after the other, each with the state at its own beginning.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #timer: Timer | undefined;
  #isStopped = false;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  onMoved(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    this.#timer = this.#options.clock.setTimer(INTERVAL_MS, () => this.#onTimer());
  }

  /**
   * Resolves when the state at the call, or a later one, is durable. Errors: DISK_FULL (the old
   * file stands), STORAGE_ERROR (the directory is offline).
   */
  save(): Promise<void> {
    this.#next ??= this.#saveAfter(this.#running);
    return this.#next;
  }

  /** Writes no more by itself; `save` still does. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #saveAfter(previous: Promise<void> | undefined): Promise<void> {
    await previous?.catch(() => undefined);
    this.#running = this.#next;
    this.#next = undefined;
    await this.#write();
  }

  async #write(): Promise<void> {
    const { disk, health, path } = this.#options;
    this.#options.check();
    const entries = this.#options.entries();
    const bytes = encodeCheckpoint(entries);
    try {
      await replaceFile(disk, path, bytes).catch((error: unknown) => {
        // Deleting old segments waits for this file: without room for it there would never be any.
        if (!isDiskFull(error) || !this.#options.onFull()) throw error;
        return replaceFile(disk, path, bytes);
      });
    } catch (error) {
      throw isDiskFull(error) ? error : health.fail(error);
    }
    this.#options.onSaved(entries);
  }

  /** What fails here is told by `health`, or tried again with the next move. */
  #onTimer(): void {
    this.#timer = undefined;
    if (this.#options.health.failure !== undefined) return;
    void this.#options.prepare().then(() => {
      if (!this.#isStopped) this.save().catch(() => this.onMoved());
    });
  }
}

const isDiskFull = (error: unknown): boolean =>
  error instanceof OttlaError && error.code === 'DISK_FULL';
