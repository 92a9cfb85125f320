import { describe, expect, it } from 'vitest';
import { replaced } from '../../../bench/kept-run.ts';
import { BASE } from '../../../bench/matrix.ts';
import type { RowResult } from '../../../bench/result.ts';

const result = (name: string, run: string): RowResult => {
  const row = { name, kind: 'produce', load: BASE, pairs: 5, recordCount: 1 } as const;
  return { name, row, from: { run, commit: 'abc', loadAfter: 0, tookSeconds: 1 }, figures: {} };
};

describe('replaced', () => {
  it('puts rows that were measured again in their places, and new ones at the end', () => {
    const earlier = [result('a', 'first'), result('b', 'first')];

    const rows = replaced(earlier, [result('c', 'second'), result('a', 'second')]);

    expect(rows.map(({ name, from }) => `${name} ${from?.run}`)).toEqual([
      'a second',
      'b first',
      'c second',
    ]);
  });
});
