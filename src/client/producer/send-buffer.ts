import { OttlaError } from '../../base/errors.ts';
import type { Clock, Timer } from '../../env/clock.ts';

interface Waiter {
  readonly bytes: number;
  readonly deadlineMs: number;
  readonly admit: () => void;
  readonly reject: (error: OttlaError) => void;
}

export interface SendBufferOptions {
  readonly clock: Clock;
  readonly limitBytes: number;
  readonly maxBlockMs: number;
}

/** Those who wait for room are woken when this share of the buffer is free again. */
const WAKE_SHARE = 0.25;

/**
 * The bound on what a producer holds: bytes taken are given back when their records are settled.
 * Those who wait for room enter in the order in which they came, and nobody overtakes them.
 */
export class SendBuffer {
  readonly #clock: Clock;
  readonly #limitBytes: number;
  readonly #maxBlockMs: number;
  readonly #waiters: Waiter[] = [];
  #roomListeners: Array<() => void> = [];
  #usedBytes = 0;
  #timer: Timer | undefined;

  constructor(options: SendBufferOptions) {
    this.#clock = options.clock;
    this.#limitBytes = options.limitBytes;
    this.#maxBlockMs = options.maxBlockMs;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Takes the bytes, or nothing and returns false. */
  tryTake(bytes: number): boolean {
    if (this.#waiters.length > 0 || this.#usedBytes + bytes > this.#limitBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /**
   * Calls `admit` once the bytes are taken: now, or synchronously when there is room; or `reject`
   * with BUFFER_FULL after `maxBlockMs`. Returns how to stop waiting.
   */
  enter(bytes: number, admit: () => void, reject: (error: OttlaError) => void): () => void {
    if (this.tryTake(bytes)) {
      admit();
      return () => {};
    }
    const deadlineMs = this.#clock.monotonicMs() + this.#maxBlockMs;
    const waiter = { bytes, deadlineMs, admit, reject };
    this.#waiters.push(waiter);
    this.#watch();
    return () => {
      const index = this.#waiters.indexOf(waiter);
      if (index < 0) return;
      this.#waiters.splice(index, 1);
      this.#admitWaiters();
    };
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#admitWaiters();
  }

  /** Resolves when a good part of the buffer is free and nobody waits for it. */
  hasRoom(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isRoomy()) resolve();
      else this.#roomListeners.push(resolve);
    });
  }

  /** Calls `callback` once all who wait now have entered or given up. */
  afterWaiters(callback: () => void): void {
    if (this.#waiters.length === 0) callback();
    else this.enter(0, callback, callback);
  }

  /** Rejects all who wait. */
  close(error: OttlaError): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { reject } of this.#waiters.splice(0)) reject(error);
    this.#tellRoom();
  }

  #isRoomy(): boolean {
    return this.#waiters.length === 0 && this.#usedBytes <= this.#limitBytes * (1 - WAKE_SHARE);
  }

  #admitWaiters(): void {
    for (;;) {
      const first = this.#waiters[0];
      if (first === undefined || this.#usedBytes + first.bytes > this.#limitBytes) break;
      this.#waiters.shift();
      this.#usedBytes += first.bytes;
      first.admit();
    }
    if (this.#roomListeners.length > 0 && this.#isRoomy()) this.#tellRoom();
  }

  #tellRoom(): void {
    const listeners = this.#roomListeners;
    this.#roomListeners = [];
    for (const listener of listeners) listener();
  }

  /** One timer, for the one who has waited longest. */
  #watch(): void {
    const first = this.#waiters[0];
    if (this.#timer !== undefined || first === undefined) return;
    const delayMs = Math.max(0, first.deadlineMs - this.#clock.monotonicMs());
    this.#timer = this.#clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#rejectLate();
      this.#watch();
    });
  }

  #rejectLate(): void {
    const nowMs = this.#clock.monotonicMs();
    while ((this.#waiters[0]?.deadlineMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      this.#waiters
        .shift()
        ?.reject(
          new OttlaError(
            'BUFFER_FULL',
            `no room within ${this.#maxBlockMs} ms in a send buffer of ${this.#limitBytes} bytes: brokers are slower than this producer, or down`,
          ),
        );
    }
    this.#admitWaiters();
  }
}
