import type { FlushableLog } from '../flushable-log.ts';
import type { RoundLimits } from './round.ts';
import { decideRound } from './round.ts';

/** Of a new journal, bytes that are as dear to write as one sync. */
const BYTES_A_SYNC = 128 * 1024;

export interface JournalWorthOptions extends RoundLimits {
  readonly totalBytes: number;
  /** Called once, by the round with which it is worth its making. */
  readonly onWorth: () => void;
}

/**
 * Counts the syncs that a journal would have spared, until they have cost as much as it would have
 * to make it: so none is made where records go to few partitions, or in a test.
 */
export class JournalWorth<Log extends FlushableLog> {
  readonly #options: JournalWorthOptions;
  readonly #worthCount: number;
  #count = 0;

  constructor(options: JournalWorthOptions) {
    this.#options = options;
    this.#worthCount = Math.floor(options.totalBytes / BYTES_A_SYNC);
  }

  /** One that is small is so from the start. */
  get isWorthIt(): boolean {
    return this.#count + 1 >= this.#worthCount;
  }

  /** A round goes without a journal. */
  onRound(due: readonly Log[], mustSettle: ReadonlySet<Log>): void {
    if (this.isWorthIt) return;
    this.#count += decideRound(due, mustSettle, this.#options).journalled.length;
    if (this.isWorthIt) this.#options.onWorth();
  }
}
