/**
 * Bytes that all connections hold together, and who waits for them to become fewer. Above
 * `maxBytes` connections stop reading; above twice that, where only frames half received lead, the
 * one that asks for more has to go.
 */
export class ByteBudget {
  readonly #maxBytes: number;
  readonly #waiters = new Set<() => void>();
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  get isOver(): boolean {
    return this.#usedBytes > this.#maxBytes;
  }

  get isFarOver(): boolean {
    return this.#usedBytes > 2 * this.#maxBytes;
  }

  /** Adds to what is held; a negative number gives back. */
  add(bytes: number): void {
    const wasOver = this.isOver;
    this.#usedBytes += bytes;
    if (!wasOver || this.isOver) return;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const resume of waiters) resume();
  }

  /** Calls `resume` once, when there is room again. */
  wait(resume: () => void): void {
    this.#waiters.add(resume);
  }

  forget(resume: () => void): void {
    this.#waiters.delete(resume);
  }
}
