/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export const median = (values: readonly number[]): number => {
  const sorted = ascending(values);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
};

/** Both ends inclusive. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The smallest and the largest value. */
export const spread = (values: readonly number[]): Range => {
  const sorted = ascending(values);
  return { low: sorted[0] ?? Number.NaN, high: sorted.at(-1) ?? Number.NaN };
};

/** Of each run the value over that of its pair; a run without a pair is left out. */
export const pairedRatios = (ours: readonly number[], theirs: readonly number[]): number[] =>
  ours.slice(0, theirs.length).map((our, at) => our / (theirs[at] ?? Number.NaN));

const COVERAGE = 0.9;

/**
 * An interval that holds the true median with a probability of at least 90 %, by order statistics:
 * nothing is assumed of how the values are spread. Undefined where there are too few for it; of five
 * values it is the smallest to the largest (94 %).
 */
export const medianInterval = (values: readonly number[]): Range | undefined => {
  const sorted = ascending(values);
  const outside = outsideCount(sorted.length);
  const [low, high] = [sorted[outside - 1], sorted[sorted.length - outside]];
  return low === undefined || high === undefined ? undefined : { low, high };
};

/**
 * The largest k for which the k-th smallest and the k-th largest of `count` values still enclose
 * their median often enough; 0 when even the outermost do not. The median is below the k-th value
 * when fewer than k of `count` fair coins fall on heads.
 */
const outsideCount = (count: number): number => {
  let chance = 2 ** -count;
  let below = 0;
  for (let heads = 0; heads <= count; heads += 1) {
    below += chance;
    if (1 - 2 * below < COVERAGE) return heads;
    chance *= (count - heads) / (heads + 1);
  }
  return 0;
};

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
