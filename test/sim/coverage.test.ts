import { expect, it } from 'vitest';
import { EXPECTED, missingMarks } from './coverage.ts';

const allBut = (name: string): Map<string, number> =>
  new Map([...EXPECTED.keys()].filter((known) => known !== name).map((known) => [known, 1]));

it('a hundred seeds that never cut a log say so', () => {
  expect(missingMarks(allBut('log.cut'), 100)).toEqual([expect.stringMatching(/^log\.cut: /)]);
});

it('a run that met everything, and one of too few seeds, miss nothing', () => {
  expect(missingMarks(allBut(''), 100)).toEqual([]);
  expect(missingMarks(new Map(), 99)).toEqual([]);
});
