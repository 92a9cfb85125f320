import type { Deadline, Deadlines } from '../deadlines.ts';

/** An election takes two syncs. Whoever waits longer has to hear it: another may lead by then. */
const WAIT_MAX_MS = 500;

/**
 * What came for a partition while its broker was about to lead it, in order: refused, it would only
 * come again, and each time a little too early or too late.
 */
export class ElectionQueue {
  readonly #deadlines: Deadlines;
  #waiting: Array<() => void> = [];
  #deadline: Deadline | undefined;

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** Calls `resume` once: when the election has ended, however it did, or after 500 ms. */
  add(resume: () => void): void {
    this.#waiting.push(resume);
    this.#deadline ??= this.#deadlines.add(WAIT_MAX_MS, () => this.release());
  }

  /** In one event: nothing that comes later gets in between. */
  release(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
