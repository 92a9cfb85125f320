import type { FaultEffect } from './availability.ts';

/** Times without an acknowledgement that are promised of a machine with nothing else to do. */
interface Goal {
  readonly medianMs?: number;
  readonly longestMs: number;
}

/** Of each kind that a figure is promised for. That a killed controller fails no record is a bound. */
export const GOALS: Readonly<Record<string, Goal>> = {
  'kill-leader': { medianMs: 1_000, longestMs: 3_000 },
  'rolling-restart': { longestMs: 500 },
};

export interface GoalResult {
  readonly kind: string;
  readonly count: number;
  readonly medianMs: number;
  readonly longestMs: number;
  readonly goal: Goal;
  readonly isMet: boolean;
}

/** Of the lower middle, where the count is even. */
export const medianOf = (sorted: readonly number[]): number =>
  sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;

/** One for each kind that was promised something and has struck. */
export const measureGoals = (effects: readonly FaultEffect[]): GoalResult[] =>
  Object.entries(GOALS).flatMap(([kind, goal]) => {
    const gaps = effects
      .filter(({ fault }) => fault.kind === kind)
      .map(({ longestGapMs }) => longestGapMs)
      .sort((a, b) => a - b);
    const longestMs = gaps.at(-1);
    if (longestMs === undefined) return [];
    const medianMs = medianOf(gaps);
    const { medianMs: medianMaxMs = Number.POSITIVE_INFINITY, longestMs: longestMaxMs } = goal;
    const isMet = medianMs < medianMaxMs && longestMs < longestMaxMs;
    return [{ kind, count: gaps.length, medianMs, longestMs, goal, isMet }];
  });
