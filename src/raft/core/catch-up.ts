import type { LogIndex } from '../../base/ids.ts';

/**
 * Whether an observer keeps up, judged in rounds (thesis, §4.2.1): a round ends when the observer
 * has what the leader had at the round's begin. One that took no longer than an election timeout
 * says that the observer, made a voter, would not hold the others up.
 */
export class CatchUp {
  /** Undefined until the first round has begun. */
  #goalIndex: LogIndex | undefined;
  #ticks = 0;
  #isDone = false;

  /** The last round was short enough, and the one that has begun is so far. */
  get isDone(): boolean {
    return this.#isDone;
  }

  tick(maxTicks: number): void {
    this.#ticks += 1;
    if (this.#ticks > maxTicks) this.#isDone = false;
  }

  /** The observer holds the log up to `matchIndex`, the leader up to `lastIndex`. */
  onMatch(matchIndex: LogIndex, lastIndex: LogIndex, maxTicks: number): void {
    const goalIndex = this.#goalIndex;
    if (goalIndex !== undefined && matchIndex < goalIndex) return;
    this.#isDone = goalIndex !== undefined && this.#ticks <= maxTicks;
    this.#goalIndex = lastIndex;
    this.#ticks = 0;
  }

  restart(): void {
    this.#goalIndex = undefined;
    this.#isDone = false;
  }
}
