/**
 * Renders a result of `full.ts` into `docs/performance.md` and its pictures. Argument: the file; the
 * one that `targets.json` came from by default.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../deploy/local/layout.ts';
import type { KeptRun } from './kept-run.ts';
import { short } from './print.ts';
import { barChart } from './report/bars.ts';
import { barsOf, CHARTS, renderPage } from './report/page.ts';
import { judge } from './targets.ts';

const RESULTS = join(REPOSITORY, 'bench', 'results');
const DOCS = join(REPOSITORY, 'docs');
const PICTURES = join(DOCS, 'performance');

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

const judgedRun = (): string => {
  const { run } = read(join(RESULTS, 'targets.json')) as { run: string };
  return join(RESULTS, `${run}.json`);
};

const run = read(process.argv[2] || judgedRun()) as KeptRun;
mkdirSync(PICTURES, { recursive: true });
for (const { file, title, figure } of CHARTS) {
  const bars = barsOf(run.rows, figure);
  if (bars.length > 0) writeFileSync(join(PICTURES, file), barChart(title, bars, short));
}
writeFileSync(join(DOCS, 'performance.md'), renderPage(run, judge(run.rows)));
