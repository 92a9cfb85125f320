/** Bytes that many may hold together; who finds it spent waits until some were given back. */
export class ByteBudget {
  readonly #maxBytes: number;
  readonly #waiting = new Set<() => void>();
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** True when nothing more should be asked for. */
  get isSpent(): boolean {
    return this.#usedBytes >= this.#maxBytes;
  }

  /** True when waiting has not helped: who asks for more has to go. */
  get isFarSpent(): boolean {
    return this.#usedBytes > 2 * this.#maxBytes;
  }

  /** Never refuses: what has arrived is there, and only more of it can be held back. */
  take(bytes: number): void {
    this.#usedBytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes;
    if (this.isSpent || this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Calls `wake` once, when the budget is no longer spent; the same function waits once. */
  await(wake: () => void): void {
    this.#waiting.add(wake);
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }
}
