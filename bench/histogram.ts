/** Values with their counts, in order of value, as an HDR histogram has them. */
export type Histogram = readonly (readonly [value: number, count: number])[];

/** All that was counted in any of them: percentiles are taken of this, and never averaged. */
export const merge = (histograms: readonly Histogram[]): Histogram => {
  const counts = new Map<number, number>();
  for (const [value, count] of histograms.flat()) {
    counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return [...counts].sort(([a], [b]) => a - b);
};

/** The smallest value that at least `percent` of all are at or below; NaN of nothing. */
export const percentile = (histogram: Histogram, percent: number): number => {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.max(1, Math.ceil((total * percent) / 100));
  for (const [value, count] of histogram) {
    left -= count;
    if (left <= 0) return value;
  }
  return Number.NaN;
};

/** In ms, of values in us. */
export interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export const percentilesOf = (histogramUs: Histogram): Percentiles => {
  const ms = (percent: number): number => percentile(histogramUs, percent) / 1000;
  return { p50Ms: ms(50), p99Ms: ms(99), p999Ms: ms(99.9), maxMs: ms(100) };
};
