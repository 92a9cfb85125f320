import type { Histogram } from './histogram.ts';
import { percentile } from './histogram.ts';
import type { Figures } from './result.ts';

const US_PER_SECOND = 1e6;
const US_PER_MS = 1000;

/** Pure: how many values a metric's buckets hold, over all its labels, by their upper bounds in us. */
export const bucketsOf = (page: string, name: string): Histogram => {
  const upTo = new Map<number, number>();
  for (const [, bound, count] of page.matchAll(
    new RegExp(`^${name}_bucket\\{(?:[^}]*,)?le="([^"]+)"[^}]*\\} (\\S+)$`, 'gm'),
  )) {
    const us = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound) * US_PER_SECOND;
    upTo.set(us, (upTo.get(us) ?? 0) + Number(count));
  }
  const sorted = [...upTo].sort(([a], [b]) => a - b);
  return sorted.map(([us, count], at) => [us, count - (sorted[at - 1]?.[1] ?? 0)] as const);
};

/** Pure: the pauses of all threads that a JVM's log (`-Xlog:gc`) tells of, in us. */
export const pausesOf = (log: string): number[] =>
  [...log.matchAll(/\bPause [^\n]* ([\d.]+)ms$/gm)].map(([, ms]) => Number(ms) * US_PER_MS);

/** Pure: values sorted into buckets of these upper bounds. */
export const inBuckets = (values: readonly number[], bounds: readonly number[]): Histogram =>
  bounds.map((bound, at) => {
    const below = bounds[at - 1] ?? Number.NEGATIVE_INFINITY;
    return [bound, values.filter((value) => value > below && value <= bound).length] as const;
  });

/** Pure: what came between two readings of the same buckets. */
export const sinceOf = (before: Histogram, after: Histogram): Histogram => {
  const earlier = new Map(before);
  return after.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)] as const);
};

/** Pure: pauses as they are spread: each figure is the upper bound of its bucket. */
export const pauseFiguresOf = (pausesUs: Histogram): Figures => {
  const filled = pausesUs.filter(([bound, count]) => count > 0 && Number.isFinite(bound));
  if (filled.length === 0) return {};
  const ms = (percent: number): number => percentile(filled, percent) / US_PER_MS;
  return { gcPauseP50Ms: ms(50), gcPauseP99Ms: ms(99), gcPauseMaxMs: ms(100) };
};
