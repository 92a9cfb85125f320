/** A small seeded source: whole numbers in [0, maxExclusive). */
export interface SeededRandom {
  below(maxExclusive: number): number;
  /** True `percent` times out of a hundred. */
  chance(percent: number): boolean;
  pick<T>(from: readonly T[]): T | undefined;
}

export function seededRandom(seed: number): SeededRandom {
  let state = (seed * 2654435761 + 1) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (maxExclusive: number): number => next() % maxExclusive;
  return {
    below,
    chance: (percent) => below(100) < percent,
    pick: (from) => from[below(Math.max(1, from.length))],
  };
}
