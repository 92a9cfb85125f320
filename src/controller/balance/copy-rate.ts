/** Older samples say nothing of now. */
const WINDOW_MS = 60_000;
/** Two samples closer than that say nothing. */
const SPAN_MIN_MS = 2000;

interface Sample {
  readonly atMs: number;
  /** Bytes copied since the first sample. */
  readonly totalBytes: number;
}

/** How fast new replicas fill, from looks at how much each has. Reads no clock. */
export class CopyRate {
  #samples: Sample[] = [];
  #last: ReadonlyMap<string, number> = new Map();

  /** The bytes of each new replica, by any name that stays; one that is whole is left out. */
  onSample(copied: ReadonlyMap<string, number>, atMs: number): void {
    let totalBytes = this.#samples.at(-1)?.totalBytes ?? 0;
    for (const [name, bytes] of copied) {
      const before = this.#last.get(name);
      // One that is seen for the first time was empty when the last sample was taken.
      totalBytes += Math.max(0, bytes - (before ?? 0));
    }
    this.#last = copied;
    const kept = this.#samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS);
    this.#samples = [...kept, { atMs, totalBytes }];
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
