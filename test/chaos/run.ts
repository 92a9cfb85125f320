import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ChaosRun, HISTORY_FILE } from './chaos-run.ts';
import { DEFAULT_FAULTS, FAULTS } from './faults/fault-kinds.ts';
import { readHistory } from './report/history-file.ts';
import { renderReport } from './report/render-report.ts';
import type { RunHistory } from './report/verdict.ts';
import { judge } from './report/verdict.ts';
import type { RunSettings } from './run-settings.ts';

/** Runs a cluster under faults and judges it, or judges an earlier run again. */

const USAGE =
  'usage: run.ts [--seconds N] [--seed TEXT] [--nodes 3|5] [--disk real|power-cut] ' +
  '[--durability fsync|memory] [--sync-ms N] [--faults KIND,...] [--keep] | --check HISTORY';

const STATUS_INTERRUPTED = 130;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const fail = (message: string): never => {
  throw new Error(`${message}\n${USAGE}`);
};

const FLAGS = {
  seconds: { type: 'string', default: '120' },
  seed: { type: 'string' },
  nodes: { type: 'string', default: '3' },
  disk: { type: 'string', default: 'real' },
  durability: { type: 'string', default: 'fsync' },
  'sync-ms': { type: 'string', default: '1' },
  faults: { type: 'string' },
  /** Leaves data and logs of the nodes there whatever the verdict. */
  keep: { type: 'boolean', default: false },
  check: { type: 'string' },
} as const;

const flags = () => parseArgs({ options: FLAGS }).values;

const wholeNumber = (name: string, text: string, min: number): number =>
  /^\d{1,6}$/.test(text) && Number(text) >= min
    ? Number(text)
    : fail(`--${name}: '${text}' is not a whole number of ${min} or more`);

const oneOf = <const T extends string>(name: string, text: string, choices: readonly T[]): T =>
  choices.find((it) => it === text) ??
  fail(`--${name}: '${text}' is none of ${choices.join(', ')}`);

const faultsAsked = (text: string | undefined): string[] => {
  if (text === undefined) return [...DEFAULT_FAULTS];
  const kinds = text.split(',').filter((it) => it !== '');
  return kinds.map((it) => oneOf('faults', it, Object.keys(FAULTS)));
};

const settingsAsked = (values: ReturnType<typeof flags>): RunSettings => ({
  seed: values.seed ?? String(Math.floor(Math.random() * 1e9)),
  seconds: wholeNumber('seconds', values.seconds, 1),
  nodeCount: wholeNumber('nodes', values.nodes, 3),
  disk: oneOf('disk', values.disk, ['real', 'power-cut']),
  durability: oneOf('durability', values.durability, ['fsync', 'memory']),
  syncMs: wholeNumber('sync-ms', values['sync-ms'], 0),
  faults: faultsAsked(values.faults),
});

const report = (history: RunHistory): boolean => {
  const verdict = judge(history);
  for (const line of renderReport(history, verdict)) say(line);
  return verdict.isGood;
};

/** The status; the data of a bad run stays, the history of every run. */
const runOnce = async (settings: RunSettings, keepsData: boolean): Promise<number> => {
  const root = mkdtempSync(join(tmpdir(), 'ottla-chaos-'));
  const run = new ChaosRun({ root, settings, say });
  const onInterrupt = (): void => {
    run.abandon();
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
    process.exit(STATUS_INTERRUPTED);
  };
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
  say(`seed ${settings.seed}: ${settings.seconds} s, ${settings.nodeCount} nodes, data in ${root}`);
  let isGood = false;
  try {
    isGood = report(await run.run());
  } finally {
    run.abandon();
    if (isGood && !keepsData) {
      for (let node = 1; node <= settings.nodeCount; node += 1) {
        rmSync(join(root, `node-${node}`), { recursive: true, force: true });
      }
    } else say(`data and logs of the nodes are kept in ${root}`);
  }
  say(`history: ${join(root, HISTORY_FILE)}`);
  return isGood ? 0 : 1;
};

const main = async (): Promise<void> => {
  try {
    const values = flags();
    process.exitCode =
      values.check === undefined
        ? await runOnce(settingsAsked(values), values.keep)
        : Number(!report(await readHistory(values.check)));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
};

await main();
