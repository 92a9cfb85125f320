import type { Clock, Timer } from '../../env/clock.ts';
import type { Random } from '../../env/random.ts';

export interface BackoffRange {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Doubling pauses between attempts, each drawn from its upper half so that peers spread out. */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #range: BackoffRange;
  #nextMs: number;
  #timer: Timer | undefined;

  constructor(env: { readonly clock: Clock; readonly random: Random }, range: BackoffRange) {
    this.#clock = env.clock;
    this.#random = env.random;
    this.#range = range;
    this.#nextMs = range.firstMs;
  }

  /** Runs `attempt` after the next pause; replaces one that is waiting. */
  schedule(attempt: () => void): void {
    this.cancel();
    this.#timer = this.#clock.setTimer(this.takeMs(), attempt);
  }

  /** The next pause, for loops that sleep by themselves. */
  takeMs(): number {
    const half = this.#nextMs / 2;
    this.#nextMs = Math.min(this.#nextMs * 2, this.#range.maxMs);
    return half + this.#random.below(Math.max(1, Math.round(half)));
  }

  /** An attempt succeeded: the next pause is the shortest again. */
  reset(): void {
    this.#nextMs = this.#range.firstMs;
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
