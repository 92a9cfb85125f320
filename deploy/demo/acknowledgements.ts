/** A partition of the killed broker that has not acknowledged anything sent after the kill. */
interface Awaited {
  /** Sent before the kill: how many acknowledgements may still be of the dead leader. */
  readonly olderCount: number;
  /** Undefined: nothing is there to be acknowledged. */
  readonly sinceMs: number | undefined;
}

/** Counts acknowledgements as they come, and the pauses between them. */
export class Acknowledgements {
  readonly #nowMs: () => number;
  /** Sent and not yet acknowledged, by partition. */
  readonly #outstandingOf = new Map<number, number>();
  readonly #awaited = new Map<number, Awaited>();
  #killedAtMs = 0;
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
   * From the kill until the last of its partitions acknowledged a record that was sent after it;
   * where none was on its way at the kill, from when the next was sent. Undefined where none was.
   */
  get failoverMs(): number | undefined {
    return this.#failoverMs;
  }

  /** When the kill was, after the first record was sent; 0 when none was sent before it. */
  get killAfterMs(): number {
    return this.#firstSentMs === undefined ? 0 : Math.max(0, this.#killedAtMs - this.#firstSentMs);
  }

  onSent(partition: number): void {
    this.#outstandingOf.set(partition, this.#waitingOn(partition) + 1);
    if (this.#outstanding === 0) this.#lastMs = this.#nowMs();
    this.#firstSentMs ??= this.#lastMs;
    this.#outstanding += 1;
    const awaited = this.#awaited.get(partition);
    if (awaited === undefined || awaited.sinceMs !== undefined) return;
    this.#awaited.set(partition, {
      ...awaited,
      sinceMs: Math.max(this.#nowMs(), this.#killedAtMs),
    });
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
    for (const partition of partitions) {
      const olderCount = this.#waitingOn(partition);
      this.#awaited.set(partition, {
        olderCount,
        sinceMs: olderCount > 0 ? killedAtMs : undefined,
      });
    }
    this.#killedAtMs = killedAtMs;
  }

  /** Acknowledgements of a partition come in the order in which its records were sent. */
  #noteSuccessor(partition: number, nowMs: number): void {
    const awaited = this.#awaited.get(partition);
    if (awaited === undefined) return;
    const { olderCount, sinceMs = nowMs } = awaited;
    if (olderCount > 0) {
      this.#awaited.set(partition, { olderCount: olderCount - 1, sinceMs });
      return;
    }
    this.#awaited.delete(partition);
    this.#failoverMs = Math.max(this.#failoverMs ?? 0, nowMs - sinceMs);
  }

  #waitingOn(partition: number): number {
    return this.#outstandingOf.get(partition) ?? 0;
  }
}
