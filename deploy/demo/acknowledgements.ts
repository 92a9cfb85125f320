/** Counts acknowledgements as they come, and the pauses between them. */
export class Acknowledgements {
  readonly #nowMs: () => number;
  /** Partitions of the killed broker without an acknowledgement since. */
  #awaited = new Set<number>();
  #awaitedSinceMs = 0;
  #outstanding = 0;
  #lastMs = 0;
  #count = 0;
  #longestGapMs = 0;
  #longestGapBeganMs = 0;
  #firstSentMs: number | undefined;
  #failoverMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get count(): number {
    return this.#count;
  }

  /** The longest time in which records waited and none was acknowledged. */
  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  /** When that time began, after the first record was sent. */
  get longestGapAfterMs(): number {
    return this.#longestGapBeganMs - (this.#firstSentMs ?? 0);
  }

  /** From the kill to the first acknowledgement on the last of its partitions. */
  get failoverMs(): number {
    return this.#failoverMs;
  }

  /** When the kill was, after the first record was sent; 0 when none was sent before it. */
  get killAfterMs(): number {
    return this.#firstSentMs === undefined
      ? 0
      : Math.max(0, this.#awaitedSinceMs - this.#firstSentMs);
  }

  onSent(): void {
    if (this.#outstanding === 0) this.#lastMs = this.#nowMs();
    this.#firstSentMs ??= this.#lastMs;
    this.#outstanding += 1;
  }

  onAcknowledged(partition: number): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lastMs > this.#longestGapMs) {
      this.#longestGapMs = nowMs - this.#lastMs;
      this.#longestGapBeganMs = this.#lastMs;
    }
    this.#lastMs = nowMs;
    this.#outstanding -= 1;
    this.#count += 1;
    if (this.#awaited.delete(partition)) this.#failoverMs = nowMs - this.#awaitedSinceMs;
  }

  onFailed(): void {
    this.#outstanding -= 1;
  }

  /** From now on an acknowledgement on one of these comes from another broker. */
  onLeaderGone(partitions: readonly number[], killedAtMs: number): void {
    this.#awaited = new Set(partitions);
    this.#awaitedSinceMs = killedAtMs;
  }
}
