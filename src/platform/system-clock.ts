import type { Clock, Timer } from '../env/clock.ts';

/** The longest delay `setTimeout` knows; it fires at once for a longer one. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Time of this machine. A pending timer keeps the process alive. */
export class SystemClock implements Clock {
  #deferred: Array<() => void> = [];

  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const dueMs = performance.now() + delayMs;
    const wait = (restMs: number): NodeJS.Timeout =>
      setTimeout(
        () => {
          // Deferred callbacks go before any timer, and several timers may fire in one turn.
          this.#runDeferred();
          // Node counts whole milliseconds and may be up to one too early.
          const leftMs = dueMs - performance.now();
          if (leftMs > 0) handle = wait(leftMs);
          else callback();
        },
        Math.min(Math.ceil(restMs), MAX_DELAY_MS),
      );
    let handle = wait(delayMs);
    return { cancel: () => clearTimeout(handle) };
  }

  defer(callback: () => void): void {
    if (this.#deferred.push(callback) === 1) setImmediate(() => this.#runDeferred());
  }

  /** What a deferred callback defers runs in the next turn, so that I/O gets its share. */
  #runDeferred(): void {
    if (this.#deferred.length === 0) return;
    const callbacks = this.#deferred;
    this.#deferred = [];
    for (const callback of callbacks) callback();
  }
}

/** Milliseconds since 1970, UTC, of a moment as ISO 8601 writes it; undefined where it is none. */
export const momentOf = (text: string): number | undefined => {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
};

const MAX_DATE_MS = 8_640_000_000_000_000;

/** A moment as ISO 8601 writes it, in UTC; milliseconds where it is beyond what that can. */
export const isoTime = (atMs: number): string =>
  Math.abs(atMs) <= MAX_DATE_MS ? new Date(atMs).toISOString() : `${atMs} ms`;
