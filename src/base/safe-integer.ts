/** The safe integer nearest to an integer that may lie beyond 2^53. */
export const nearestSafeInteger = (value: number): number =>
  Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
