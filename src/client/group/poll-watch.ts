import type { Clock, Timer } from '../../env/clock.ts';

/**
 * Sees that whoever handles the records comes for more in time. One timer, which looks now and
 * then: coming and going costs next to nothing a record.
 */
export class PollWatch {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #onMissed: () => void;
  #isWaiting = false;
  #awaySinceMs = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, intervalMs: number, onMissed: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#onMissed = onMissed;
  }

  /** It is here, and waits for records. */
  arrive(): void {
    this.#isWaiting = true;
    if (this.#timer === undefined) this.#watch(this.#intervalMs);
  }

  /** It has gone to handle some, or for good. */
  depart(): void {
    this.#isWaiting = false;
    this.#awaySinceMs = this.#clock.monotonicMs();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #watch(delayMs: number): void {
    this.#timer = this.#clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      const awayMs = this.#isWaiting ? 0 : this.#clock.monotonicMs() - this.#awaySinceMs;
      if (awayMs >= this.#intervalMs) this.#onMissed();
      else this.#watch(this.#intervalMs - awayMs);
    });
  }
}
