/**
 * How long a newcomer waits: `ottla dev` from the exec of node to ready, and `startDevCluster` from
 * the call to the first record that is acknowledged with acks=all. Each in fresh processes with new
 * data; medians, held against their bounds. Under a minute.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { OTTLA } from '../deploy/local/layout.ts';
import { freePorts } from '../src/platform/free-ports.ts';
import { keep } from './keep.ts';

const STARTS = 11;
const DEV = 'ottla dev, exec to ready';

interface Subject {
  readonly name: string;
  /** The median must be below. */
  readonly boundMs: number;
  readonly startMs: () => Promise<number>;
}

interface Row {
  readonly name: string;
  readonly boundMs: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Ends with the process; throws what it said when it failed. */
const outputOf = async (child: ChildProcess): Promise<string> => {
  let output = '';
  child.stdout?.on('data', (part) => {
    output += part;
  });
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`a measured process ended with status ${status}`);
  return output;
};

const firstRecordMs = async (nodes: number): Promise<number> => {
  const script = fileURLToPath(new URL('first-record.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, String(nodes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return Number(await outputOf(child));
};

/** On ports of its own, so that a cluster that runs is not in the way. */
const devReadyMs = async (): Promise<number> => {
  const [client, peer, admin] = await freePorts(3);
  const listeners = `CLIENT://127.0.0.1:${client},PEER://127.0.0.1:${peer},ADMIN://127.0.0.1:${admin}`;
  const settings = [`listeners=${listeners}`, `controller.quorum.voters=1@127.0.0.1:${peer}`];
  const words = [OTTLA, 'dev', '--ephemeral', ...settings.flatMap((it) => ['-X', it])];
  const begunMs = performance.now();
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = outputOf(child);
  await Promise.race([once(child.stdout, 'data'), ended]);
  const tookMs = performance.now() - begunMs;
  child.kill('SIGINT');
  const greeting = await ended;
  if (!/is ready/.test(greeting)) throw new Error(`ottla dev said: ${greeting}`);
  return tookMs;
};

const SUBJECTS: readonly Subject[] = [
  { name: DEV, boundMs: 800, startMs: devReadyMs },
  ...[1, 3].map((nodes) => ({
    name: `startDevCluster, ${nodes} node(s), call to first record`,
    boundMs: 500,
    startMs: () => firstRecordMs(nodes),
  })),
];

const measure = async ({ name, boundMs, startMs }: Subject): Promise<Row> => {
  const tookMs: number[] = [];
  for (let i = 0; i < STARTS; i += 1) tookMs.push(Math.round(await startMs()));
  tookMs.sort((a, b) => a - b);
  const at = (index: number): number => tookMs[index] ?? 0;
  const medianMs = at(Math.floor(STARTS / 2));
  return { name, boundMs, medianMs, minMs: at(0), maxMs: at(STARTS - 1) };
};

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const main = async (): Promise<number> => {
  const load = loadavg()[0] ?? 0;
  say(`${STARTS} starts each; load average before: ${load.toFixed(2)} on ${cpus().length} cores`);
  const rows: Row[] = [];
  for (const subject of SUBJECTS) {
    const row = await measure(subject);
    rows.push(row);
    say(
      `${row.name.padEnd(48)} median ${String(row.medianMs).padStart(4)} ms` +
        `  (${row.minMs} to ${row.maxMs}; bound ${row.boundMs})`,
    );
  }
  keep('start', { loadBefore: load, starts: STARTS, rows });
  return rows.every(({ medianMs, boundMs }) => medianMs < boundMs) ? 0 : 1;
};

process.exitCode = await main();
