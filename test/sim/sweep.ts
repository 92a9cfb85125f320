import { appendFileSync } from 'node:fs';
import { missingMarks } from './coverage.ts';
import type { ReducedSeed } from './reduction.ts';
import { planOfReduced } from './reduction.ts';
import { shrink } from './shrink.ts';
import type { RunResult } from './simulate.ts';
import { simulate } from './simulate.ts';
import { describeFailure, SwarmTotals } from './swarm.ts';

export interface SweepOptions {
  /** These first, then `freshBase` and up, until the time is over. */
  readonly fixedSeeds: readonly number[];
  readonly freshBase: number;
  readonly seconds: number;
  /** End at the first failing seed. */
  readonly isFirstOnly: boolean;
  /** Leave plans as they are. */
  readonly isQuick: boolean;
  /** A file to which failing seeds are appended. */
  readonly failures: string | undefined;
  readonly commit: string;
  readonly say: (line: string) => void;
}

/** A failing plan is made smaller for so long. */
const SHRINK_MS = 60_000;

/**
 * Runs seed after seed. Each failing one is told when it is met, and once more, with what of its
 * plan is enough, as the last thing said before the count. True: all held, and the fixed seeds
 * and those behind them met all that must be met.
 */
export const sweep = async (options: SweepOptions): Promise<boolean> => {
  const { fixedSeeds, freshBase, say } = options;
  const startMs = performance.now();
  const startUsage = process.cpuUsage();
  const endMs = startMs + options.seconds * 1000;
  const totals = new SwarmTotals();
  const failures: string[][] = [];
  say(`fixed seeds ${fixedSeeds.join(' ')}; fresh ones from ${freshBase}`);
  for (let at = 0; performance.now() < endMs; at += 1) {
    const seed = fixedSeeds[at] ?? freshBase + at - fixedSeeds.length;
    const result = await simulate(planOfReduced({ seed, reduction: {} }));
    totals.add(result);
    if (result.violation === undefined) continue;
    failures.push(await onFailure({ seed, result }, options));
    if (options.isFirstOnly) break;
  }
  say('');
  const { user, system } = process.cpuUsage(startUsage);
  const pace = { tookMs: performance.now() - startMs, processorMs: (user + system) / 1000 };
  for (const line of totals.describe(pace)) say(line);
  const hasRunFixed = fixedSeeds.length > 0 && totals.seedCount >= fixedSeeds.length;
  const missing = hasRunFixed ? missingMarks(totals.marks) : [];
  for (const line of missing) say(`NOT REACHED: ${line}`);
  for (const lines of failures) for (const line of ['', ...lines]) say(line);
  say('');
  // Too slow a machine has not shown what the fixed seeds are for.
  const unrun = options.isFirstOnly ? 0 : Math.max(0, fixedSeeds.length - totals.seedCount);
  if (unrun > 0) say(`NOT RUN: ${unrun} of the fixed seeds`);
  const failed = failures.length + missing.length + unrun;
  say(`${totals.seedCount - failures.length} passed, ${failed} failed`);
  return failed === 0;
};

interface Failed {
  readonly seed: number;
  readonly result: RunResult;
}

/** Tells it; the lines of the smallest plan that fails alike. */
const onFailure = async ({ seed, result }: Failed, options: SweepOptions): Promise<string[]> => {
  const { say, commit, failures } = options;
  const whole: ReducedSeed = { seed, reduction: {} };
  const lines = describeFailure(whole, result, commit);
  say('');
  for (const line of lines) say(line);
  if (failures !== undefined) {
    appendFileSync(failures, `${seed} ${result.violation?.property} ${commit}\n`);
  }
  if (options.isQuick) return lines;
  const endMs = performance.now() + SHRINK_MS;
  const reduction = await shrink(seed, result, { mayGoOn: () => performance.now() < endMs });
  const reduced = { seed, reduction };
  return describeFailure(reduced, await simulate(planOfReduced(reduced)), commit);
};
