/** Counts acknowledgements as they come, and the pauses between them. */
export class Acknowledgements {
  readonly #nowMs: () => number;
  /** Sent and not yet acknowledged, by partition. */
  readonly #outstandingOf = new Map<number, number>();
  /** Partitions of the killed broker without a successor, and how much may still come of it. */
  readonly #awaited = new Map<number, number>();
  #awaitedSinceMs = 0;
  #outstanding = 0;
  #lastMs = 0;
  #count = 0;
  #longestGapMs = 0;
  #longestGapBeganMs = 0;
  #firstSentMs: number | undefined;
  #failoverMs: number | undefined;

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

  /**
   * From the kill until the last of its partitions acknowledged a record that was sent after it.
   * Undefined where no such record was sent.
   */
  get failoverMs(): number | undefined {
    return this.#failoverMs;
  }

  /** When the kill was, after the first record was sent; 0 when none was sent before it. */
  get killAfterMs(): number {
    return this.#firstSentMs === undefined
      ? 0
      : Math.max(0, this.#awaitedSinceMs - this.#firstSentMs);
  }

  onSent(partition: number): void {
    this.#outstandingOf.set(partition, this.#waitingOn(partition) + 1);
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
    this.#outstandingOf.set(partition, this.#waitingOn(partition) - 1);
    this.#noteSuccessor(partition, nowMs);
  }

  onFailed(): void {
    this.#outstanding -= 1;
  }

  /**
   * What was sent before may have been acknowledged by the dead leader, in bytes that are still on
   * their way: only a record that is sent from now on tells of its successor.
   */
  onLeaderGone(partitions: readonly number[], killedAtMs: number): void {
    for (const partition of partitions) this.#awaited.set(partition, this.#waitingOn(partition));
    this.#awaitedSinceMs = killedAtMs;
  }

  /** Acknowledgements of a partition come in the order in which its records were sent. */
  #noteSuccessor(partition: number, nowMs: number): void {
    const older = this.#awaited.get(partition);
    if (older === undefined) return;
    if (older > 0) {
      this.#awaited.set(partition, older - 1);
      return;
    }
    this.#awaited.delete(partition);
    this.#failoverMs = nowMs - this.#awaitedSinceMs;
  }

  #waitingOn(partition: number): number {
    return this.#outstandingOf.get(partition) ?? 0;
  }
}
