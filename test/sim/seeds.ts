/**
 * Seeds that every check of a tree begins with: the first ones, those that have found something
 * (see docs/reliability.md), and some that meet what these do not. Together they meet every mark
 * of `coverage.ts`.
 */
export const FIXED_SEEDS = [
  1, 2, 3, 4, 14, 16, 21, 22, 106, 161, 584, 1003, 1009, 1150, 1181, 3296,
] as const;

/** The seeds that the environment asks for instead, as `7`, `1,2,3` or `1-40`. */
export const seedsAsked = (asked: string | undefined): readonly number[] => {
  if (asked === undefined || asked === '') return FIXED_SEEDS;
  const seeds = asked.split(',').flatMap((part) => {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    if (!(last >= first)) throw new Error(`SIM_SEEDS: '${asked}' is not like 1,2,3 or 1-40`);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  return [...new Set(seeds)];
};
