import type { Window } from './bystander.ts';
import { quantile } from './watch.ts';

/**
 * Whether attacks slow others down, on a machine that does other work, too. Quiet and attacked
 * windows take turns, so that a quiet one stands beside each attacked one. Two questions:
 *
 * - Is the 99th percentile more than twice what it is without? A window has a hundred requests or
 *   fewer, so that one delay by somebody else decides over it: only pairs count, and only as many as
 *   chance does not bring about (a sign test). More time finds less.
 * - Does one frame hold the node? Each request is held against what the node's main thread worked
 *   while it waited. Others' load is not in that, so that it needs no pairs, and no luck.
 */

export interface Windows {
  readonly quiet: readonly Window[];
  readonly attacked: readonly Window[];
}

export interface Verdict {
  readonly holds: boolean;
  readonly seen: string;
}

export const SLOWDOWN_MAX = 2;
/**
 * A ratio below this means nothing: two runnable neighbours' slices on a core (3 ms each), a disk's
 * sync and a collection make up so much, whatever the node does.
 */
export const FLOOR_MS = 20;
/** What a request may wait for of the node's work. */
export const WORK_MAX_MS = 50;
/**
 * So many are let pass: where neighbours keep the node from running, what two hundred connections
 * ask for is there at once when it runs again.
 */
const WORKS_SPARED = 2;
/** How often chance alone may condemn a node that is exactly twice as slow. */
const DOUBT = 0.01;
/** With fewer, not even all of them leave so little doubt. */
export const PAIRS_MIN = 7;
const P99 = 0.99;

interface Pair {
  readonly quietMs: number;
  readonly attackedMs: number;
}

export const judgeSlowdown = (windows: Windows): Verdict => {
  const pairs = pairsOf(windows);
  const slowCount = pairs.filter(isSlow).length;
  return {
    holds: pairs.length >= PAIRS_MIN && chanceOf(slowCount, pairs.length) > DOUBT,
    seen:
      `more in ${slowCount} of ${pairs.length} pairs of windows; ` +
      `in the middle ${medianOf(pairs.map(({ attackedMs }) => attackedMs))} ms, ` +
      `${medianOf(pairs.map(({ quietMs }) => quietMs))} ms without`,
  };
};

export const judgeWork = ({ quiet, attacked }: Windows): Verdict => {
  const works = attacked.flatMap(({ worksMs }) => worksMs).sort((a, b) => b - a);
  const [worstMs = 0] = works;
  const countedMs = works[WORKS_SPARED] ?? 0;
  const quietMs = Math.max(0, ...quiet.flatMap(({ worksMs }) => worksMs));
  return {
    // A node that never worked was not looked at.
    holds: worstMs > 0 && countedMs <= WORK_MAX_MS,
    seen:
      `${worstMs.toFixed(1)} ms at most, ${countedMs.toFixed(1)} ms the third of ${works.length}, ` +
      `${quietMs.toFixed(1)} ms without`,
  };
};

const pairsOf = ({ quiet, attacked }: Windows): Pair[] =>
  quiet.flatMap(({ latenciesMs }, at) => {
    const during = attacked[at]?.latenciesMs ?? [];
    if (latenciesMs.length === 0 || during.length === 0) return [];
    return [{ quietMs: quantile(latenciesMs, P99), attackedMs: quantile(during, P99) }];
  });

const isSlow = ({ quietMs, attackedMs }: Pair): boolean =>
  attackedMs > FLOOR_MS && attackedMs > quietMs * SLOWDOWN_MAX;

/** How likely it is that of so many coins as many or more fall on one side. */
export const chanceOf = (hitCount: number, count: number): number => {
  let ways = 1;
  let sum = 0;
  for (let hits = 0; hits <= count; hits += 1) {
    if (hits >= hitCount) sum += ways;
    ways = (ways * (count - hits)) / (hits + 1);
  }
  return sum / 2 ** count;
};

const medianOf = (numbers: readonly number[]): string => quantile(numbers, 0.5).toFixed(1);
