import type { RowResult } from './result.ts';

export interface Regression {
  readonly row: string;
  readonly figure: string;
  /** Later : earlier, of our own medians. */
  readonly ratio: number;
  readonly limit: number;
}

interface Gate {
  readonly isOf: (figure: string) => boolean;
  readonly limit: number;
  readonly isBroken: (ratio: number) => boolean;
}

const GATES: readonly Gate[] = [
  { isOf: (it) => it === 'recordsPerSecond', limit: 0.9, isBroken: (ratio) => ratio < 0.9 },
  // Of clients: pauses of the collector are told by bounds, of which the next is twice as much.
  {
    isOf: (it) => /^(ack|endToEnd|round)P99Ms$/.test(it),
    limit: 1.25,
    isBroken: (ratio) => ratio > 1.25,
  },
  { isOf: (it) => /rssMb$/i.test(it), limit: 1.25, isBroken: (ratio) => ratio > 1.25 },
];

export interface Compared {
  /** Figures that both runs have and a gate is for. */
  readonly count: number;
  readonly regressions: readonly Regression[];
}

/** Pure: where the later run is too much worse than the earlier one, by rows that both have. */
export const regressionsOf = (
  earlier: readonly RowResult[],
  later: readonly RowResult[],
): Compared => {
  const before = new Map(earlier.map((result) => [result.name, result]));
  const pairs = later.flatMap(({ name, figures }) =>
    Object.entries(figures).flatMap(([figure, { ottla }]) => {
      const gate = GATES.find(({ isOf }) => isOf(figure));
      const base = before.get(name)?.figures[figure]?.ottla;
      if (gate === undefined || ottla === undefined || base === undefined) return [];
      return [{ row: name, figure, ratio: ottla.median / base.median, gate }];
    }),
  );
  const regressions = pairs
    .filter(({ ratio, gate }) => gate.isBroken(ratio))
    .map(({ gate, ...rest }) => ({ ...rest, limit: gate.limit }));
  return { count: pairs.length, regressions };
};
