import type { Load } from './layout.ts';

/** One step of a path: something that `from` can give to `to`. */
export interface Edge<Gift> {
  readonly from: Load;
  readonly to: Load;
  readonly gift: Gift;
}

export interface PathSearch<Gift> {
  readonly loads: readonly Load[];
  readonly countOf: (load: Load) => number;
  /** What `from` would best give to `to`, and none of `taken`; undefined where there is nothing. */
  readonly giftOf: (from: Load, to: Load, taken: readonly Gift[]) => Gift | undefined;
}

/**
 * The shortest way to bring one from a broker with most to one with at least two less: directly, or
 * handed on by others, whose counts stay. Undefined when there is none; then it is as even as the
 * rules allow.
 */
export const findPath = <Gift>(search: PathSearch<Gift>): Edge<Gift>[] | undefined => {
  const { loads, countOf } = search;
  const falling = [...loads].sort((a, b) => countOf(b) - countOf(a) || a.brokerId - b.brokerId);
  for (const start of falling) {
    const path = pathFrom(start, falling.toReversed(), search);
    if (path !== undefined) return path;
  }
  return undefined;
};

const pathFrom = <Gift>(
  start: Load,
  rising: readonly Load[],
  { countOf, giftOf }: PathSearch<Gift>,
): Edge<Gift>[] | undefined => {
  const isEnd = (load: Load): boolean => countOf(load) <= countOf(start) - 2;
  if (!rising.some(isEnd)) return undefined;
  const reached = new Map<Load, Edge<Gift>[]>([[start, []]]);
  for (const [from, path] of reached) {
    for (const to of rising) {
      if (reached.has(to)) continue;
      const gift = giftOf(
        from,
        to,
        path.map((edge) => edge.gift),
      );
      if (gift === undefined) continue;
      const longer = [...path, { from, to, gift }];
      if (isEnd(to)) return longer;
      reached.set(to, longer);
    }
  }
  return undefined;
};
