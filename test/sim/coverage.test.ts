import { expect, it } from 'vitest';
import { EXPECTED, missingMarks } from './coverage.ts';

const allBut = (name: string): Map<string, number> =>
  new Map([...EXPECTED.keys()].filter((known) => known !== name).map((known) => [known, 1]));

it('seeds that never cut a log say so', () => {
  expect(missingMarks(allBut('log.cut'))).toEqual([expect.stringMatching(/^log\.cut: /)]);
});

it('seeds that met everything miss nothing', () => {
  expect(missingMarks(allBut(''))).toEqual([]);
});
