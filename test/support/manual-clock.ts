import type { Clock, Timer } from '../../src/env/clock.ts';

interface PendingTimer {
  readonly atMs: number;
  /** Breaks ties: timers of one moment fire in the order they were set. */
  readonly order: number;
  readonly callback: () => void;
}

const START_WALL_MS = Date.UTC(2026, 0, 1);

/** What the clock ran after an `advance` too long to have an end: a loop of timers. */
const MAX_EVENTS = 10_000_000;

/**
 * Time that moves only when told. `advance` runs what falls due in order of time; `settle` also
 * lets promises react between two events, as a program under real time sees it.
 */
export class ManualClock implements Clock {
  #monotonicMs = 0;
  #wallOffsetMs = START_WALL_MS;
  #order = 0;
  readonly #timers: PendingTimer[] = [];
  #deferred: Array<() => void> = [];

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return Math.floor(this.#monotonicMs + this.#wallOffsetMs);
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    this.#order += 1;
    const atMs = this.#monotonicMs + Math.max(0, delayMs);
    const timer = { atMs, order: this.#order, callback };
    push(this.#timers, timer);
    return {
      cancel: () => {
        remove(this.#timers, timer);
      },
    };
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  /** Sets the wall clock back or forth; the monotonic one does not notice. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Timers set and neither fired nor cancelled. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** When the next timer is due, on the monotonic clock; undefined with none set. */
  get nextTimerMs(): number | undefined {
    return this.#timers[0]?.atMs;
  }

  /**
   * Runs the one event that is next: a deferred callback, else the earliest timer due by
   * `untilMs`. False when there is none; the time is then `untilMs`.
   */
  step(untilMs: number): boolean {
    const deferred = this.#deferred.shift();
    if (deferred !== undefined) {
      deferred();
      return true;
    }
    const next = this.#timers[0];
    if (next === undefined || next.atMs > untilMs) {
      this.#monotonicMs = Math.max(this.#monotonicMs, untilMs);
      return false;
    }
    remove(this.#timers, next);
    this.#monotonicMs = Math.max(this.#monotonicMs, next.atMs);
    next.callback();
    return true;
  }

  /** Moves time by `byMs` and runs all that falls due; promises react only after it returns. */
  advance(byMs: number): void {
    const untilMs = this.#monotonicMs + byMs;
    for (let events = 0; this.step(untilMs); events += 1) refuseLoop(events);
  }

  /** As `advance`, and after every event the promises it resolved run their reactions. */
  async settle(byMs = 0): Promise<void> {
    const untilMs = this.#monotonicMs + byMs;
    let events = 0;
    await stepSettled(() => {
      refuseLoop(events);
      events += 1;
      return this.step(untilMs);
    });
  }
}

const refuseLoop = (events: number): void => {
  if (events > MAX_EVENTS) throw new Error('the clock ran 10 million events: timers never end');
};

/** Resolves once all promise reactions have run: a macrotask comes after every microtask. */
export const drainPromises = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** So many immediates are asked for at once: Node polls its devices between two rounds of them. */
const ROUND = 32;

/**
 * Calls `step` until it is false, which says that it had nothing to do; each time with all promise
 * reactions of the call before done. Rejects with what `step` throws.
 */
export const stepSettled = (step: () => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    let isOver = false;
    const end = (settle: () => void): void => {
      isOver = true;
      settle();
    };
    const next = (): void => {
      if (isOver) return;
      try {
        if (!step()) end(resolve);
      } catch (error) {
        end(() => reject(error));
      }
    };
    const round = (): void => {
      if (isOver) return;
      for (let count = 0; count < ROUND; count += 1) setImmediate(next);
      setImmediate(round);
    };
    round();
  });

const isBefore = (a: PendingTimer, b: PendingTimer): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Where `timer` stands or belongs in the sorted list. */
const indexOf = (timers: readonly PendingTimer[], timer: PendingTimer): number => {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = timers[middle];
    if (at !== undefined && isBefore(at, timer)) low = middle + 1;
    else high = middle;
  }
  return low;
};

const push = (timers: PendingTimer[], timer: PendingTimer): void => {
  timers.splice(indexOf(timers, timer), 0, timer);
};

const remove = (timers: PendingTimer[], timer: PendingTimer): void => {
  const index = indexOf(timers, timer);
  if (timers[index] === timer) timers.splice(index, 1);
};
