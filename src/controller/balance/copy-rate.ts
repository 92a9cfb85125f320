/** Older samples say nothing of now. */
const WINDOW_MS = 60_000;
/** Two samples closer than that say nothing. */
const SPAN_MIN_MS = 2000;

interface Sample {
  readonly atMs: number;
  /** Bytes copied since the first sample. */
  readonly totalBytes: number;
}

/**
 * How fast new replicas fill, from looks at how much each has, and from their ends: small ones
 * begin and end between two looks. Reads no clock.
 */
export class CopyRate {
  #samples: Sample[] = [];
  #last = new Map<string, number>();
  #totalBytes = 0;

  /** The bytes of each new replica, by any name that stays; one that is whole is left out. */
  onSample(copied: ReadonlyMap<string, number>, atMs: number): void {
    // One that is seen for the first time was empty when the last sample was taken.
    for (const [name, bytes] of copied) this.#grow(name, bytes);
    this.#last = new Map(copied);
    const kept = this.#samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS);
    this.#samples = [...kept, { atMs, totalBytes: this.#totalBytes }];
  }

  /** A new replica is whole, and in no later sample: so many bytes in all. */
  onWhole(name: string, bytes: number): void {
    this.#grow(name, bytes);
    this.#last.delete(name);
  }

  #grow(name: string, bytes: number): void {
    this.#totalBytes += Math.max(0, bytes - (this.#last.get(name) ?? 0));
  }

  /** Undefined as long as nothing can be said. */
  get bytesPerSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const spanMs = last.atMs - first.atMs;
    const bytes = last.totalBytes - first.totalBytes;
    return spanMs < SPAN_MIN_MS || bytes <= 0 ? undefined : (bytes * 1000) / spanMs;
  }
}
