/** Of the calls of a member's handlers that ended in about the last minute. */
export interface HandlerTimesTold {
  readonly callCount: number;
  /** One a call, or as many as its batches had. */
  readonly recordCount: number;
  /** Too high by a tenth at most. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const SPAN_MS = 30_000;
/** Eight to each doubling, from a thousandth of a millisecond to twelve days. */
const BUCKETS_A_DOUBLING = 8;
const LEAST_MS = 0.001;
const BUCKET_COUNT = 40 * BUCKETS_A_DOUBLING;

interface Span {
  readonly startMs: number;
  readonly buckets: Uint32Array;
  callCount: number;
  recordCount: number;
}

/** How long the handlers of one consumer take, whichever of its iterations calls them. */
export class HandlerTimes {
  #current = newSpan(0);
  #last = newSpan(0);

  note(durationMs: number, recordCount: number, nowMs: number): void {
    this.#turn(nowMs);
    const span = this.#current;
    const bucket = bucketOf(durationMs);
    span.buckets[bucket] = (span.buckets[bucket] as number) + 1;
    span.callCount += 1;
    span.recordCount += recordCount;
  }

  /** Undefined: no call has ended for a while. */
  told(nowMs: number): HandlerTimesTold | undefined {
    this.#turn(nowMs);
    const spans = [this.#current, this.#last];
    const callCount = spans.reduce((sum, span) => sum + span.callCount, 0);
    if (callCount === 0) return undefined;
    const recordCount = spans.reduce((sum, span) => sum + span.recordCount, 0);
    const percentile = (share: number): number => {
      let left = Math.ceil(callCount * share);
      let bucket = -1;
      while (left > 0) {
        bucket += 1;
        for (const { buckets } of spans) left -= buckets[bucket] as number;
      }
      return LEAST_MS * 2 ** ((bucket + 1) / BUCKETS_A_DOUBLING);
    };
    return { callCount, recordCount, p50Ms: percentile(0.5), p99Ms: percentile(0.99) };
  }

  #turn(nowMs: number): void {
    if (nowMs - this.#current.startMs < SPAN_MS) return;
    const isNext = nowMs - this.#current.startMs < 2 * SPAN_MS;
    this.#last = isNext ? this.#current : newSpan(nowMs);
    this.#current = newSpan(nowMs);
  }
}

const newSpan = (startMs: number): Span => ({
  startMs,
  buckets: new Uint32Array(BUCKET_COUNT),
  callCount: 0,
  recordCount: 0,
});

const bucketOf = (durationMs: number): number => {
  const bucket = Math.floor(Math.log2(durationMs / LEAST_MS) * BUCKETS_A_DOUBLING);
  return Math.min(BUCKET_COUNT - 1, Math.max(0, bucket));
};
