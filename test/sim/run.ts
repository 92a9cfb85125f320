import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Command } from 'commander';
import { parseReduced, planOfReduced } from './reduction.ts';
import { FIXED_SEEDS } from './seeds.ts';
import { simulate } from './simulate.ts';
import { describeFailure } from './swarm.ts';
import { sweep } from './sweep.ts';

interface Flags {
  readonly seconds: string;
  readonly seed?: string;
  readonly from?: string;
  readonly freshFrom?: string;
  readonly quiet?: boolean;
  readonly failures?: string;
  readonly first?: boolean;
  readonly quick?: boolean;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const commit = (): string => {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio }).trim();
  } catch {
    return 'unknown';
  }
};

/** One text always gives the same seeds; without one, every run looks elsewhere. */
const freshBase = ({ from, freshFrom }: Flags): number => {
  if (from !== undefined) return Number(from);
  const text = freshFrom ?? String(Date.now());
  return Number.parseInt(createHash('sha256').update(text).digest('hex').slice(0, 7), 16);
};

/** One run again, with every line of its trace. */
const replay = async (text: string, isQuiet: boolean): Promise<boolean> => {
  const reduced = parseReduced(text);
  const result = await simulate(planOfReduced(reduced), isQuiet ? undefined : say);
  if (result.violation === undefined) {
    say(`seed ${text} holds: ${result.acknowledgedCount} acknowledged records`);
    say(`trace hash: ${result.traceHash}`);
  } else for (const line of describeFailure(reduced, result, commit())) say(line);
  return result.violation === undefined;
};

const run = (flags: Flags): Promise<boolean> => {
  if (flags.seed !== undefined) return replay(flags.seed, flags.quiet === true);
  return sweep({
    fixedSeeds: flags.from === undefined ? FIXED_SEEDS : [],
    freshBase: freshBase(flags),
    seconds: Number(flags.seconds),
    isFirstOnly: flags.first === true,
    isQuick: flags.quick === true,
    failures: flags.failures,
    commit: commit(),
    say,
  });
};

const program = new Command('sim')
  .description('Runs the cluster in a simulation, seed after seed.')
  .option('--seconds <n>', 'stop after this long', '200')
  .option('--seed <run>', 'replay one run with its trace: a seed, or what a failure has printed')
  .option('--from <n>', 'seeds from here on, without the fixed ones')
  .option('--fresh-from <text>', 'draw the fresh seeds from this text, such as a commit')
  .option('--quiet', 'no trace in a replay')
  .option('--first', 'end at the first failing seed')
  .option('--quick', 'leave the plans of failing seeds as they are')
  .option('--failures <file>', 'append failing seeds to this file');

program.parse();
try {
  process.exitCode = (await run(program.opts<Flags>())) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
