import type { Clock, Timer } from '../env/clock.ts';

/** A deadline that is being kept; cancelling one that has passed does nothing. */
export interface Deadline {
  cancel(): void;
}

const SLOT_MS = 10;

/**
 * Many deadlines on one timer: a hundred thousand waiting requests cost a set entry each. Deadlines
 * are kept in slots of 10 ms, so that one runs up to that much late and never early.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #slots = new Map<number, Set<() => void>>();
  #timer: { readonly slot: number; readonly timer: Timer } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** By the monotonic clock. */
  get nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Slots in use, for tests and metrics. */
  get pendingCount(): number {
    let count = 0;
    for (const callbacks of this.#slots.values()) count += callbacks.size;
    return count;
  }

  /** Calls `onDeadline` once, unless cancelled; it must not throw. */
  add(delayMs: number, onDeadline: () => void): Deadline {
    const slot = Math.ceil((this.#clock.monotonicMs() + delayMs) / SLOT_MS);
    const callbacks = this.#slots.get(slot) ?? new Set();
    const run = (): void => onDeadline();
    callbacks.add(run);
    this.#slots.set(slot, callbacks);
    if (this.#timer === undefined || slot < this.#timer.slot) this.#arm(slot);
    return { cancel: () => void callbacks.delete(run) };
  }

  /** Drops all deadlines: none is called any more. */
  close(): void {
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#slots.clear();
  }

  #arm(slot: number): void {
    this.#timer?.timer.cancel();
    const delayMs = Math.max(0, slot * SLOT_MS - this.#clock.monotonicMs());
    this.#timer = { slot, timer: this.#clock.setTimer(delayMs, () => this.#onTimer()) };
  }

  #onTimer(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    const due = [...this.#slots.keys()].filter((slot) => slot * SLOT_MS <= nowMs);
    for (const slot of due.sort((a, b) => a - b)) {
      const callbacks = this.#slots.get(slot) ?? [];
      this.#slots.delete(slot);
      for (const run of callbacks) run();
    }
    this.#armNext();
  }

  #armNext(): void {
    let next: number | undefined;
    for (const [slot, callbacks] of this.#slots) {
      if (callbacks.size === 0) this.#slots.delete(slot);
      else if (next === undefined || slot < next) next = slot;
    }
    const armed: { readonly slot: number } | undefined = this.#timer;
    if (next !== undefined && (armed === undefined || next < armed.slot)) this.#arm(next);
  }
}
