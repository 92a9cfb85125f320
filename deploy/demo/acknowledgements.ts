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

  /** From the kill to the first acknowledgement on the last of its partitions. */
  get failoverMs(): number {
    return this.#failoverMs;
  }

  get isFailedOver(): boolean {
    return this.#awaited.size === 0;
  }

  onSent(): void {
    if (this.#outstanding === 0) this.#lastMs = this.#nowMs();
    this.#outstanding += 1;
  }

  onAcknowledged(partition: number): void {
    const nowMs = this.#nowMs();
    this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastMs);
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
