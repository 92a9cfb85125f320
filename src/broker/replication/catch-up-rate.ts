/** Saved up while nothing is fetched: what one second brings. */
const BURST_MS = 1000;

/**
 * A token bucket over all catch-up streams of this broker. What came is paid for afterwards: a debt
 * is waited for before the next fetch, so that the rate holds whatever the size of one answer.
 */
export class CatchUpRate {
  #maxBytesPerSecond: number;
  #tokens: number;
  #atMs: number | undefined;

  constructor(maxBytesPerSecond: number) {
    this.#maxBytesPerSecond = maxBytesPerSecond;
    this.#tokens = this.#burstBytes;
  }

  /** Bytes a second; counts from the next fetch on. */
  get maxBytesPerSecond(): number {
    return this.#maxBytesPerSecond;
  }
  set maxBytesPerSecond(rate: number) {
    this.#maxBytesPerSecond = rate;
    this.#tokens = Math.min(this.#tokens, this.#burstBytes);
  }

  take(bytes: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#tokens -= bytes;
  }

  /** How long the next fetch has to wait; 0: it may go. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs);
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#maxBytesPerSecond) * 1000);
  }

  #refill(nowMs: number): void {
    const elapsedMs = nowMs - (this.#atMs ?? nowMs);
    this.#atMs = nowMs;
    const earned = (elapsedMs / 1000) * this.#maxBytesPerSecond;
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + earned);
  }

  get #burstBytes(): number {
    return (this.#maxBytesPerSecond * BURST_MS) / 1000;
  }
}
