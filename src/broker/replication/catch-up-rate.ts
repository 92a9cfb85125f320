/** Saved up while nothing is fetched: what one second brings. */
const BURST_MS = 1000;
/** Longer than this an answer takes where much else goes on, or over a slow network. */
const REST_MAX_MS = 100;

/**
 * What holds back the catch-up streams of this broker, all together. Where a rate is set: a token
 * bucket. What came is paid for afterwards: a debt is waited for before the next fetch, so that
 * the rate holds whatever the size of one answer. Where none is, copies rest as long as they have
 * worked. No number of bytes is right for every disk; how long an answer took tells how busy the
 * disks, the network and the event loops at both ends are.
 */
export class CatchUpRate {
  #maxBytesPerSecond: number;
  #tokens: number;
  #atMs: number | undefined;
  #restEndMs = Number.NEGATIVE_INFINITY;

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

  /**
   * Copies were answered, so long after they asked. The streams of several leaders rest at the same
   * time: what they take they take from the same broker.
   */
  onCopied(tookMs: number, nowMs: number): void {
    this.#restEndMs = Math.max(this.#restEndMs, nowMs + Math.min(tookMs, REST_MAX_MS));
  }

  /** How long the next fetch has to wait; 0: it may go. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs);
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#maxBytesPerSecond) * 1000);
  }

  /** Beside `waitMs`, for a stream of copies that can wait. Whoever sets a rate wants that one. */
  restMs(nowMs: number): number {
    if (this.#maxBytesPerSecond < Number.MAX_SAFE_INTEGER) return 0;
    return Math.max(0, this.#restEndMs - nowMs);
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
