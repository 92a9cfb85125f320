import { OttlaError } from '../base/errors.ts';
import type { Logger } from '../env/logger.ts';
import type { Deadlines } from './deadlines.ts';
import type { OnFatal } from './guard.ts';

const RETRY_MS = 1000;

type Work = () => Promise<void>;

export interface PartitionWorkOptions {
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  /** The log directory of this partition failed under its work. */
  readonly onStorageFailure: (key: string) => void;
  readonly onFatal: OnFatal;
}

/**
 * What touches the files of partitions, by their keys: of one partition in one order. What a full
 * disk refuses is tried again, and what came after it waits.
 */
export class PartitionWork {
  readonly #options: PartitionWorkOptions;
  readonly #running = new Map<string, Promise<void>>();
  /** What a full disk has stopped, and what came after it, in order: nothing may overtake. */
  readonly #heldUp = new Map<string, Work[]>();
  #isClosed = false;

  constructor(options: PartitionWorkOptions) {
    this.#options = options;
  }

  /** True while something is to be done, or waits for room. */
  has(key: string): boolean {
    return this.#running.has(key) || this.#heldUp.has(key);
  }

  /** Runs after all earlier work on the same partition, which may wait for room on the disk. */
  enqueue(key: string, work: Work): void {
    const before = this.#running.get(key) ?? Promise.resolve();
    const done = before
      .then(() => this.#run(key, work))
      .then(() => {
        if (this.#running.get(key) === done) this.#running.delete(key);
      });
    this.#running.set(key, done);
  }

  /** Resolves when nothing is under way; what waits for room is not waited for. */
  async done(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Begins nothing more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Never rejects. */
  async #run(key: string, work: Work): Promise<void> {
    const heldUp = this.#heldUp.get(key);
    if (heldUp !== undefined) return void heldUp.push(work);
    try {
      if (!this.#isClosed) await work();
    } catch (error) {
      const { logger, deadlines, onStorageFailure, onFatal } = this.#options;
      if (!(error instanceof OttlaError)) return onFatal(error as Error);
      logger.error('a replica could not be prepared', { key, code: error.code });
      if (error.code === 'STORAGE_ERROR') onStorageFailure(key);
      if (error.code !== 'DISK_FULL') return;
      this.#heldUp.set(key, [work]);
      deadlines.add(RETRY_MS, () => this.#goOn(key));
    }
  }

  #goOn(key: string): void {
    const works = this.#heldUp.get(key) ?? [];
    this.#heldUp.delete(key);
    for (const work of works) this.enqueue(key, work);
  }
}
