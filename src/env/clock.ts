import { onAbort } from './abort.ts';

/** A pending timer; cancelling one that has fired or was cancelled does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Time, as everything below `src/app` sees it. Protocols use the monotonic clock only: the wall
 * clock may jump, and serves record timestamps, retention and logs.
 */
export interface Clock {
  /** Milliseconds since an arbitrary moment, with fractions; never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z, whole; may jump either way. */
  wallMs(): number;
  /** Runs `callback` once, no sooner than `delayMs` from now. Callbacks must not throw. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Runs `callback` after the current event and its promise reactions, before any timer. */
  defer(callback: () => void): void;
}

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
export const sleep = (clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = clock.setTimer(delayMs, () => {
      forget();
      resolve();
    });
    const forget = onAbort(signal, () => {
      timer.cancel();
      reject(signal?.reason);
    });
  });
