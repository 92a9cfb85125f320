/** A turn that was given. */
export interface Turn {
  /** How many refusals had been heard by then. */
  readonly refusalsBefore: number;
}

/** What a late timer may make up for. */
const CATCH_UP_MS = 20;

/**
 * Says when the next request may go: at a rate, and after a refusal not before a pause is over.
 * Then one goes alone until one is answered: a server that comes back is not met by all that wait.
 */
export class ReplayGateCore {
  readonly #spacingMs: number;
  #refusalCount = 0;
  #refusalsInARow = 0;
  #underWayCount = 0;
  #nextMs = Number.NEGATIVE_INFINITY;
  #openMs = Number.NEGATIVE_INFINITY;

  /** `spacingMs`: between two turns, 0 for none. */
  constructor(spacingMs: number) {
    this.#spacingMs = spacingMs;
  }

  /** Since one was answered otherwise. */
  get refusalsInARow(): number {
    return this.#refusalsInARow;
  }

  /**
   * A turn; or how long to wait before asking again: undefined, until one that is under way has
   * ended.
   */
  enter(nowMs: number): Turn | number | undefined {
    if (this.#refusalsInARow > 0 && this.#underWayCount > 0) return undefined;
    const atMs = Math.max(this.#nextMs, this.#openMs);
    if (nowMs < atMs) return atMs - nowMs;
    this.#nextMs = Math.max(this.#nextMs, nowMs - CATCH_UP_MS) + this.#spacingMs;
    this.#underWayCount += 1;
    return { refusalsBefore: this.#refusalCount };
  }

  /** It was not answered, or in a way that tells nothing of the others. */
  leave(): void {
    this.#underWayCount -= 1;
  }

  /** It was answered. One that went before the last refusal tells nothing of what holds now. */
  onAnswered(turn: Turn): void {
    this.#underWayCount -= 1;
    if (turn.refusalsBefore === this.#refusalCount) this.#refusalsInARow = 0;
  }

  /** Those that were under way together count as one refusal; the longest pause holds. */
  onRefused(turn: Turn, untilMs: number): void {
    this.#underWayCount -= 1;
    this.#openMs = Math.max(this.#openMs, untilMs);
    if (turn.refusalsBefore !== this.#refusalCount) return;
    this.#refusalCount += 1;
    this.#refusalsInARow += 1;
  }
}
