import { OttlaError } from '../base/errors.ts';
import { abortedError, onAbort } from '../env/abort.ts';
import type { Clock } from '../env/clock.ts';
import type { Random } from '../env/random.ts';

/** A moment on the monotonic clock by which something must be done. */
export class Deadline {
  readonly atMs: number;
  readonly #clock: Clock;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.atMs = clock.monotonicMs() + timeoutMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.atMs - this.#clock.monotonicMs());
  }

  get hasPassed(): boolean {
    return this.remainingMs === 0;
  }
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** For what a failover ends: quick at first, never a hammer. */
export const RETRY_BACKOFF: BackoffOptions = { firstMs: 20, maxMs: 1000 };

/** The pause before attempt `attempt` + 1 (0 and up): doubling, half of it drawn at random. */
export const backoffMs = (attempt: number, options: BackoffOptions, random: Random): number => {
  const wholeMs = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt, 16));
  const halfMs = Math.floor(wholeMs / 2);
  return wholeMs - halfMs + random.below(halfMs + 1);
};

/** Throws ABORTED, with `maybeApplied` false, when the signal has fired before the call began. */
export const throwIfNotBegun = (signal: AbortSignal | undefined, what: string): void => {
  if (signal?.aborted !== true) return;
  const text = `${what} was aborted by the caller before it began`;
  throw new OttlaError('ABORTED', text, { cause: signal.reason, maybeApplied: false });
};

/**
 * A call under the name that its caller knows it by: ABORTED, with `maybeApplied` false, where the
 * signal has fired already; ABORTED of anything within tells of the call.
 */
export const named = async <T>(
  what: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> => {
  throwIfNotBegun(signal, what);
  try {
    return await work();
  } catch (error) {
    const isAborted = signal?.aborted === true && asOttlaError(error).code === 'ABORTED';
    throw isAborted ? abortedError(what, signal) : error;
  }
};

export const closedError = (what: string): OttlaError =>
  new OttlaError('CLOSED', `the ${what} is closed: make a new one`);

/** Throws ABORTED when the signal has already fired. */
export const throwIfAborted = (signal: AbortSignal | undefined, what: string): void => {
  if (signal?.aborted === true) throw abortedError(what, signal);
};

/** The outcome of `work`, or `undefined` when the deadline passes first; the work goes on. */
export const orTimedOut = <T>(
  work: Promise<T>,
  clock: Clock,
  timeoutMs: number,
): Promise<T | undefined> =>
  new Promise<T | undefined>((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () => resolve(undefined));
    work.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });

/** Resolves after `delayMs`; rejects with ABORTED as soon as the signal fires. */
export const pause = (
  clock: Clock,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortedError('the wait', signal));
      return;
    }
    const timer = clock.setTimer(delayMs, () => {
      forget();
      resolve();
    });
    const forget = onAbort(signal, () => {
      timer.cancel();
      reject(abortedError('the wait', signal));
    });
  });

/** Any thrown thing as an operating error; what has no code is UNKNOWN_SERVER_ERROR. */
export const asOttlaError = (error: unknown): OttlaError => {
  if (error instanceof OttlaError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new OttlaError('UNKNOWN_SERVER_ERROR', message, { cause: error });
};
