/**
 * Holds a later result of `full.ts` against an earlier one and fails on a regression. Arguments: the
 * two files, the earlier one first.
 */
import { readFileSync } from 'node:fs';
import { regressionsOf } from './regressions.ts';
import type { RowResult } from './result.ts';

const rowsOf = (path: string): readonly RowResult[] => {
  const { rows } = JSON.parse(readFileSync(path, 'utf8')) as { rows?: readonly RowResult[] };
  if (Array.isArray(rows) && rows.every((row) => 'figures' in row)) return rows;
  throw new Error(`${path} holds no rows of bench-full: name a file that it wrote`);
};

const main = ([earlier = '', later = '']: readonly string[]): number => {
  const { count, regressions } = regressionsOf(rowsOf(earlier), rowsOf(later));
  for (const { row, figure, ratio, limit } of regressions) {
    process.stdout.write(`worse: ${row}, ${figure}: ${ratio.toFixed(2)} times, limit ${limit}\n`);
  }
  if (count === 0) process.stdout.write('the two have no row in common\n');
  else process.stdout.write(`${count} figures compared, ${regressions.length} worse\n`);
  return count > 0 && regressions.length === 0 ? 0 : 1;
};

process.exitCode = main(process.argv.slice(2));
