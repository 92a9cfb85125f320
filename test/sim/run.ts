import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { Command } from 'commander';
import { planOf } from './plan.ts';
import { FIXED_SEEDS } from './seeds.ts';
import { shrink } from './shrink.ts';
import type { RunResult } from './simulate.ts';
import { simulate } from './simulate.ts';
import { describeFailure, SwarmTotals } from './swarm.ts';

interface Flags {
  readonly seconds: string;
  readonly seed?: string;
  readonly from?: string;
  readonly quiet?: boolean;
  readonly failures?: string;
  readonly first?: boolean;
}

const SHRINK_MS = 30_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Where the fresh seeds begin: given, or from the commit, so that every commit looks elsewhere. */
const freshSeedBase = (): number => {
  const given = process.env['SIM_SEED_BASE'];
  if (given !== undefined && given !== '') return Number(given);
  return Number.parseInt(commit().slice(0, 7), 16) || 1000;
};

const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
};

/** One seed again, with every line of its trace. */
const replay = async (seed: number, isQuiet: boolean): Promise<boolean> => {
  const plan = planOf(seed);
  const result = await simulate(plan, isQuiet ? undefined : say);
  if (result.violation !== undefined) for (const line of describeFailure(plan, result)) say(line);
  else say(`seed ${seed} holds: ${result.acknowledgedCount} acknowledged records`);
  say(`trace hash: ${result.traceHash}`);
  return result.violation === undefined;
};

const reportFailure = async (seed: number, result: RunResult, flags: Flags): Promise<void> => {
  const plan = planOf(seed);
  say('');
  for (const line of describeFailure(plan, result)) say(line);
  say(`  commit ${commit()}`);
  if (flags.failures !== undefined) {
    appendFileSync(flags.failures, `${seed} ${result.violation?.property} ${commit()}\n`);
  }
  if (flags.first === true) return;
  const smaller = await shrink(plan, result, performance.now() + SHRINK_MS);
  say(
    `  these of its faults are enough: ${smaller.faults.map(({ id, kind }) => `#${id} ${kind}`)}`,
  );
};

const sweep = async (flags: Flags): Promise<boolean> => {
  const startMs = performance.now();
  const endMs = startMs + Number(flags.seconds) * 1000;
  const base = flags.from === undefined ? freshSeedBase() : Number(flags.from);
  const fixed: readonly number[] = flags.from === undefined ? FIXED_SEEDS : [];
  const totals = new SwarmTotals();
  const failed: number[] = [];
  say(`fixed seeds ${fixed.join(' ')}, fresh ones from ${base}`);
  for (let at = 0; performance.now() < endMs; at += 1) {
    const seed = fixed[at] ?? base + at - fixed.length;
    const result = await simulate(planOf(seed));
    totals.add(result);
    if (result.violation === undefined) continue;
    failed.push(seed);
    await reportFailure(seed, result, flags);
    if (flags.first === true) break;
  }
  say('');
  for (const line of totals.describe(performance.now() - startMs)) say(line);
  if (failed.length > 0)
    say(`failing seeds: ${failed.join(' ')}; replay: make sim SEED=${failed[0]}`);
  return failed.length === 0;
};

const program = new Command('sim')
  .description('Runs the cluster in a simulation, seed after seed.')
  .option('--seconds <n>', 'stop after this long', '200')
  .option('--seed <n>', 'replay one seed with its trace')
  .option('--from <n>', 'seeds from here on, without the fixed ones')
  .option('--quiet', 'no trace in a replay')
  .option('--first', 'end at the first failing seed, and leave its plan as it is')
  .option('--failures <file>', 'append failing seeds to this file');

program.parse();
const flags = program.opts<Flags>();
const isGood =
  flags.seed === undefined
    ? await sweep(flags)
    : await replay(Number(flags.seed), flags.quiet === true);
process.exitCode = isGood ? 0 : 1;
