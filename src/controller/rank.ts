/** Numbers that are compared one by one: the first that differ decide. */
export type Rank = readonly number[];

/** The first of those with the lowest rank; undefined of nothing. */
export const lowest = <T>(items: Iterable<T>, rankOf: (item: T) => Rank): T | undefined => {
  let best: { readonly item: T; readonly rank: Rank } | undefined;
  for (const item of items) {
    const rank = rankOf(item);
    if (best === undefined || compareRanks(rank, best.rank) < 0) best = { item, rank };
  }
  return best?.item;
};

/** Below 0 when `a` comes first. */
export const compareRanks = (a: Rank, b: Rank): number => {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value - other;
  }
  return 0;
};
