import type { Persist } from './core/types.ts';
import type { RaftStore } from './raft-store.ts';

interface PersisterOptions {
  readonly store: RaftStore;
  readonly onPersisted: (seq: number) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Group commit: while one write is being synced, what the core asks for next is gathered, and goes
 * to disk as one. Writes keep the core's order; after a failed one nothing is written any more.
 */
export class Persister {
  readonly #options: PersisterOptions;
  #waiting: Persist[] = [];
  #isWriting = false;
  #isBroken = false;
  #round: Promise<void> = Promise.resolve();

  constructor(options: PersisterOptions) {
    this.#options = options;
  }

  add(persist: Persist): void {
    if (this.#isBroken) return;
    this.#waiting.push(persist);
    if (!this.#isWriting) void this.#writeAll();
  }

  /** Drops what waits, as a crash would: the core that asked for it is not to be trusted. */
  stop(): void {
    this.#isBroken = true;
    this.#waiting = [];
  }

  /** Resolves once nothing waits. */
  async idle(): Promise<void> {
    while (this.#isWriting) await this.#round;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0 && !this.#isBroken) {
      const batch = this.#waiting;
      this.#waiting = [];
      this.#round = this.#write(batch);
      await this.#round;
    }
    this.#isWriting = false;
  }

  async #write(batch: readonly Persist[]): Promise<void> {
    try {
      await this.#options.store.persist(batch);
      this.#options.onPersisted(batch.at(-1)?.seq ?? 0);
    } catch (error) {
      this.stop();
      this.#options.onFailure(error);
    }
  }
}
