import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { HAS_GROUPS } from '../workload/group-plan.ts';
import { HAS_JOURNAL } from '../workload/journal-plan.ts';
import type { Finder, Planted } from './fault.ts';
import { PLANTED_IN_GROUPS } from './in-groups.ts';
import { PLANTED_IN_JOURNAL } from './in-journal.ts';
import { environmentOf } from './plant.ts';
import { PLANTED } from './planted.ts';

/** One fault takes a few seconds; one that makes a run hang is not found by it. */
const LIMIT_MS = 300_000;
/** Of all finders on the tree as it is, one file after another. */
const TREE_LIMIT_MS = 900_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const SWARM = 'test/sim/swarm.test.ts';

const argumentsOf = (finder: Finder): string[] =>
  'seeds' in finder
    ? [SWARM, '--bail=1']
    : [`test/sim/scenarios/${finder.scenarios}.test.ts`, '-t', finder.name];

/** Runs tests, on the tree as it is or with a fault in it; the first failing test's story. */
const run = async (
  args: readonly string[],
  { fault, seeds }: { readonly fault?: Planted; readonly seeds?: string | undefined },
): Promise<string | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'ottla-planted-'));
  const report = join(folder, 'report.json');
  const env = fault === undefined ? { ...process.env } : environmentOf(fault);
  if (seeds !== undefined) env['SIM_SEEDS'] = seeds;
  const flags = ['run', '--project', 'sim', '--reporter=json', `--outputFile=${report}`];
  try {
    await vitest([...flags, ...args], env, fault === undefined ? TREE_LIMIT_MS : LIMIT_MS);
    if (!existsSync(report))
      throw new Error('the run left no report: it may have been stopped for its time');
    return firstFailure(JSON.parse(readFileSync(report, 'utf8')) as Report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const vitest = (args: readonly string[], env: NodeJS.ProcessEnv, limitMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('node_modules/.bin/vitest', args, { env, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly message: string;
    readonly assertionResults: ReadonlyArray<{
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }>;
  }>;
}

/** A file that did not load has found nothing, and a name that no test has would pass for ever. */
const firstFailure = ({ testResults }: Report): string | undefined => {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.find(({ status }) => status === 'failed');
  if (failed !== undefined) {
    const story = failed.failureMessages[0] ?? '';
    // A slow machine proves nothing.
    if (story.includes('timed out')) throw new Error(`${failed.title}: ${story}`);
    return `${failed.title}: ${story.split('\n')[0]}`;
  }
  const unloaded = testResults.find(({ assertionResults }) => assertionResults.length === 0);
  if (unloaded !== undefined) throw new Error(unloaded.message || 'a file has no test');
  if (tests.some(({ status }) => status === 'passed')) return undefined;
  throw new Error(testResults[0]?.message || 'no test ran');
};

const describe = (finder: Finder): string =>
  'seeds' in finder ? `seed ${finder.seeds}` : `scenario "${finder.name}"`;

/** One fault: found by what is written beside it, and that holds without the fault. */
const judge = async (planted: Planted): Promise<boolean> => {
  const { name, finder } = planted;
  try {
    const seeds = 'seeds' in finder ? finder.seeds : undefined;
    const found = await run(argumentsOf(finder), { fault: planted, seeds });
    const { property } = planted;
    const isFound = found?.includes(property === undefined ? '' : `${property}: `) === true;
    const what = isFound ? 'found' : `NOT FOUND${property === undefined ? '' : ` as ${property}`}`;
    say(`${name}: ${what} by ${describe(finder)}\n    ${found?.slice(0, 200) ?? 'all holds'}`);
    return isFound;
  } catch (error) {
    say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
};

/** What finds the faults holds on the tree as it is: else a finder would prove nothing. */
const judgeTree = async (faults: readonly Planted[]): Promise<boolean> => {
  const finders = faults.map(({ finder }) => finder);
  const seeds = [...new Set(finders.flatMap((it) => ('seeds' in it ? [it.seeds] : [])))];
  const files = new Set(finders.map((it) => argumentsOf(it)[0] ?? ''));
  const broken = await run([...files], { seeds: seeds.length === 0 ? undefined : seeds.join() });
  if (broken !== undefined) say(`the tree without a fault fails: ${broken}`);
  return broken === undefined;
};

const program = new Command('planted')
  .description('Plants one fault at a time; the simulator must find each.')
  .option('--only <names>', 'these faults only, separated by commas')
  .option('--seeds <range>', 'look with these seeds, as 1-40, instead of what is written');
program.parse();
const flags = program.opts<{ readonly only?: string; readonly seeds?: string }>();
const only = flags.only?.split(',');
const { seeds } = flags;
const special = [...PLANTED_IN_GROUPS, ...PLANTED_IN_JOURNAL];
const planted = [
  ...(HAS_GROUPS ? PLANTED_IN_GROUPS : []),
  ...(HAS_JOURNAL ? PLANTED_IN_JOURNAL : []),
  ...(HAS_GROUPS || HAS_JOURNAL ? [] : PLANTED.filter((fault) => !special.includes(fault))),
];
const faults = planted
  .filter(({ name }) => only === undefined || only.includes(name))
  .map((fault) => (seeds === undefined ? fault : { ...fault, finder: { seeds } }));

const startMs = performance.now();
const waiting = [...faults];
let foundCount = 0;
const work = async (): Promise<void> => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (await judge(next)) foundCount += 1;
  }
};
const isTreeGood = seeds !== undefined || (await judgeTree(faults));
await Promise.all(Array.from({ length: availableParallelism() }, work));
const failedCount = faults.length - foundCount + (isTreeGood ? 0 : 1);
say(`${faults.length} planted faults in ${Math.round((performance.now() - startMs) / 1000)} s`);
say(`${foundCount} passed, ${failedCount} failed`);
process.exitCode = failedCount === 0 ? 0 : 1;
