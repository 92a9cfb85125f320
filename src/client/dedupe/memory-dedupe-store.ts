import type { Clock } from '../../env/clock.ts';
import type { DedupeStore } from './dedupe-store.ts';

/** Looked through for those whose time is over, at each call that adds some. */
const SWEPT_AT_ONCE = 16;

/** Forgets all with its process. Ids whose time is over are let go of as others are added. */
export class MemoryDedupeStore implements DedupeStore {
  readonly #clock: Clock;
  /** In the order in which they were added. */
  readonly #endMsById = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#endMsById.size;
  }

  async seen(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const nowMs = this.#clock.monotonicMs();
    return new Set(ids.filter((id) => (this.#endMsById.get(id) ?? 0) > nowMs));
  }

  async remember(ids: readonly string[], windowMs: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    for (const id of ids) {
      this.#endMsById.delete(id);
      this.#endMsById.set(id, nowMs + windowMs);
    }
    this.#sweep(nowMs, ids.length + SWEPT_AT_ONCE);
  }

  /** Windows differ: behind one that is long, those that are over wait for it. */
  #sweep(nowMs: number, maxCount: number): void {
    let left = maxCount;
    for (const [id, endMs] of this.#endMsById) {
      if (endMs > nowMs || left === 0) return;
      this.#endMsById.delete(id);
      left -= 1;
    }
  }
}
