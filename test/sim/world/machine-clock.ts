import type { Clock, Timer } from '../../../src/env/clock.ts';

interface Due {
  isCancelled: boolean;
  readonly run: () => void;
}

/**
 * The time of one machine: its monotonic clock starts at a moment of its own, its wall clock may be
 * wrong, and while the machine is paused what falls due waits for it to go on.
 */
export class MachineClock implements Clock {
  /** How far ahead the wall clock ever was. */
  highestWallOffsetMs = 0;
  #wallOffsetMs = 0;
  readonly #world: Clock;
  readonly #bootMs: number;
  #held: Due[] | undefined;

  constructor(world: Clock, bootMs: number) {
    this.#world = world;
    this.#bootMs = bootMs;
  }

  /** How wrong the wall clock is. */
  get wallOffsetMs(): number {
    return this.#wallOffsetMs;
  }
  set wallOffsetMs(offsetMs: number) {
    this.#wallOffsetMs = offsetMs;
    this.highestWallOffsetMs = Math.max(this.highestWallOffsetMs, offsetMs);
  }

  get isPaused(): boolean {
    return this.#held !== undefined;
  }

  monotonicMs(): number {
    return this.#world.monotonicMs() + this.#bootMs;
  }

  wallMs(): number {
    return this.#world.wallMs() + this.#wallOffsetMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const due: Due = { isCancelled: false, run: callback };
    const timer = this.#world.setTimer(delayMs, () => this.#fire(due));
    return {
      cancel: () => {
        due.isCancelled = true;
        timer.cancel();
      },
    };
  }

  defer(callback: () => void): void {
    const due: Due = { isCancelled: false, run: callback };
    this.#world.defer(() => this.#fire(due));
  }

  pause(): void {
    this.#held ??= [];
  }

  /** What fell due meanwhile runs now, in its order, each as an event of its own. */
  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const due of held) this.#world.defer(() => this.#fire(due));
  }

  #fire(due: Due): void {
    if (due.isCancelled) return;
    if (this.#held === undefined) due.run();
    else this.#held.push(due);
  }
}

/** The machine's clock as one process sees it: with the process its timers are gone. */
export const processClock = (machine: MachineClock, isAlive: () => boolean): Clock => {
  const whileAlive = (callback: () => void) => (): void => {
    if (isAlive()) callback();
  };
  return {
    monotonicMs: () => machine.monotonicMs(),
    wallMs: () => machine.wallMs(),
    setTimer: (delayMs, callback) => machine.setTimer(delayMs, whileAlive(callback)),
    defer: (callback) => machine.defer(whileAlive(callback)),
  };
};
