import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ChaosRun, HISTORY_FILE } from './chaos-run.ts';
import type { NetworkMode } from './cluster/chaos-cluster.ts';
import { parseShape } from './cluster/shape.ts';
import { FAULTS, wantsHub, whyNot } from './faults/fault-kinds.ts';
import { isInHub, runInHub, whyNoHub } from './network/hub.ts';
import { readHistory } from './report/history-file.ts';
import { renderReport } from './report/render-report.ts';
import type { RunHistory } from './report/verdict.ts';
import { judge } from './report/verdict.ts';
import type { RunSettings } from './run-settings.ts';

/** Runs a cluster under faults and judges it, or judges an earlier run again. */

const USAGE =
  'usage: run.ts [--seconds N] [--seed TEXT] [--shape 3+3|5] [--faults KIND,...] [--strikes N] ' +
  '[--directories N] [--network namespaces|proxies|none] [--disk real|power-cut] [--durability fsync|memory] ' +
  '[--sync-ms N] [--journal] [--goals] [--keep] | --check HISTORY';

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
  shape: { type: 'string', default: '3+3' },
  disk: { type: 'string', default: 'real' },
  durability: { type: 'string', default: 'fsync' },
  'sync-ms': { type: 'string', default: '1' },
  faults: { type: 'string' },
  strikes: { type: 'string' },
  /** Log directories of each broker. */
  directories: { type: 'string', default: '1' },
  network: { type: 'string' },
  /** Every round goes by a small journal. */
  journal: { type: 'boolean', default: false },
  /** Holds the run to the figures that are promised of an idle machine. */
  goals: { type: 'boolean', default: false },
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

const NETWORKS = ['namespaces', 'proxies', 'none'] as const;

/** Kinds as they were asked for; all that there are where nobody asked. */
const kindsAsked = (text: string | undefined): string[] => {
  const all = Object.keys(FAULTS);
  const kinds = text?.split(',').filter((it) => it !== '') ?? all;
  return kinds.map((it) => oneOf('faults', it, all));
};

/** Proxies blur the figures of a kill: nothing stands between nodes where no fault needs it. */
const networkAsked = (text: string | undefined, kinds: readonly string[]): NetworkMode => {
  if (text !== undefined) return oneOf('network', text, NETWORKS);
  if (!kinds.some(wantsHub)) return 'none';
  const missing = whyNoHub();
  if (missing === undefined) return 'namespaces';
  say(`network: TCP proxies, because ${missing}`);
  return 'proxies';
};

/** Of kinds that cannot be made here those that nobody asked for by name are left out. */
const settingsAsked = (values: ReturnType<typeof flags>): RunSettings => {
  const kinds = kindsAsked(values.faults);
  const network = networkAsked(values.network, kinds);
  const disk = oneOf('disk', values.disk, ['real', 'power-cut']);
  const nodes = parseShape(values.shape);
  const hasSeparateRoles = nodes.every(({ roles }) => roles.length === 1);
  const controllerCount = nodes.filter(({ roles }) => roles.includes('controller')).length;
  const directories = wholeNumber('directories', values.directories, 1);
  const faults = kinds.filter((kind) => {
    const surroundings = { network, disk, hasSeparateRoles, controllerCount, directories };
    const missing = whyNot(kind, surroundings);
    if (missing === undefined) return true;
    if (values.faults !== undefined) fail(`--faults: ${kind}: ${missing}`);
    say(`left out: ${kind}, which ${missing}`);
    return false;
  });
  const strikes =
    values.strikes === undefined ? {} : { strikes: wholeNumber('strikes', values.strikes, 1) };
  return {
    seed: values.seed ?? String(Math.floor(Math.random() * 1e9)),
    seconds: wholeNumber('seconds', values.seconds, 1),
    shape: values.shape,
    disk,
    durability: oneOf('durability', values.durability, ['fsync', 'memory']),
    syncMs: wholeNumber('sync-ms', values['sync-ms'], 0),
    faults,
    network,
    directories,
    hasJournal: values.journal,
    hasGoals: values.goals,
    ...strikes,
  };
};

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
    run.removeDisks();
    rmSync(root, { recursive: true, force: true, maxRetries: 10 });
    process.exit(STATUS_INTERRUPTED);
  };
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
  const { seed, seconds, shape, network } = settings;
  say(`seed ${seed}: ${seconds} s, shape ${shape}, network ${network}, data in ${root}`);
  let isGood = false;
  try {
    isGood = report(await run.run());
  } finally {
    run.abandon();
    if (isGood && !keepsData) {
      run.removeDisks();
      for (const name of readdirSync(root).filter((it) => it.startsWith('node-'))) {
        removeNode(join(root, name));
      }
    } else say(`data and logs of the nodes are kept in ${root}`);
  }
  say(`history: ${join(root, HISTORY_FILE)}`);
  return isGood ? 0 : 1;
};

/** Of a disk of its own only the files can go, which goes with its namespace. */
const removeNode = (directory: string): void => {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
  }
};

const main = async (): Promise<void> => {
  try {
    const values = flags();
    if (values.check !== undefined) {
      process.exitCode = Number(!report(await readHistory(values.check)));
      return;
    }
    // A hub is entered once, with the same words; all that is said is said there.
    const isHubAsked = !isInHub() && (values.network ?? 'namespaces') === 'namespaces';
    const needsHub = kindsAsked(values.faults).some(wantsHub);
    process.exitCode =
      isHubAsked && (needsHub || values.network !== undefined) && whyNoHub() === undefined
        ? await runInHub()
        : await runOnce(settingsAsked(values), values.keep);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
};

await main();
