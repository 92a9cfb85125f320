import type { Clock } from '../../env/clock.ts';
import { sleep } from '../../env/clock.ts';

/** The event loop is held for about this long at a time. */
const SLICE_MS = 4;
/** And is left alone for this long in between. */
const REST_MS = 1;
/** The rate holds over stretches of this length. */
const THROTTLE_MS = 250;

export interface PaceOptions {
  readonly clock: Clock;
  /** Of reading and writing together; may be infinite. */
  readonly maxBytesPerSecond: number;
}

/** Keeps background work from holding the event loop and the disk. */
export class Pace {
  readonly #clock: Clock;
  readonly #maxBytesPerSecond: number;
  #sliceStartMs: number;
  #stretchStartMs: number;
  #stretchBytes = 0;

  constructor({ clock, maxBytesPerSecond }: PaceOptions) {
    this.#clock = clock;
    this.#maxBytesPerSecond = maxBytesPerSecond;
    this.#sliceStartMs = clock.monotonicMs();
    this.#stretchStartMs = this.#sliceStartMs;
  }

  /** Counts bytes that were read or written. */
  count(bytes: number): void {
    this.#stretchBytes += bytes;
  }

  /** True when the work should `rest` before it goes on. */
  get isRestDue(): boolean {
    return this.#clock.monotonicMs() - this.#sliceStartMs >= SLICE_MS || this.#debtMs() > 0;
  }

  /** Rejects as soon as the signal aborts. */
  async rest(signal: AbortSignal): Promise<void> {
    const debtMs = this.#debtMs();
    await sleep(this.#clock, Math.max(REST_MS, debtMs), signal);
    this.#sliceStartMs = this.#clock.monotonicMs();
    if (this.#sliceStartMs - this.#stretchStartMs < THROTTLE_MS && debtMs === 0) return;
    this.#stretchStartMs = this.#sliceStartMs;
    this.#stretchBytes = 0;
  }

  /** How long to wait so that the stretch keeps to the rate. */
  #debtMs(): number {
    const dueMs = (this.#stretchBytes / this.#maxBytesPerSecond) * 1000;
    const debtMs = dueMs - (this.#clock.monotonicMs() - this.#stretchStartMs);
    return dueMs > THROTTLE_MS ? Math.max(0, debtMs) : 0;
  }
}
