import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { whyNoHub } from './network/hub.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const STATUS_INTERRUPTED = 130;

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** A run that would last for minutes, once its first fault is over. */
const underWay = async (network: string, fault: string) => {
  const temporary = mkdtempSync(join(tmpdir(), 'ottla-interrupt-'));
  directories.push(temporary);
  const words = ['--seconds', '300', '--shape', '3', '--network', network, '--faults', fault];
  const run = spawn(
    process.execPath,
    ['--import', 'tsx', join('test', 'chaos', 'run.ts'), ...words],
    { cwd: REPOSITORY, env: { ...process.env, TMPDIR: temporary }, stdio: ['ignore', 'pipe', 2] },
  );
  const ended = once(run, 'exit');
  for await (const line of createInterface({ input: run.stdout as Readable })) {
    if (line.includes('whole after')) break;
  }
  return { run, ended, temporary };
};

/** Processes whose command names this directory. */
const processesOf = (directory: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(pid).includes(directory));

const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

const KINDS = [
  ['none', 'kill-follower'],
  ['proxies', 'break-connections'],
  ...(whyNoHub() === undefined ? [['namespaces', 'break-connections'] as const] : []),
] as const;

describe.skipIf(!existsSync('/proc/self/cmdline'))('a run that is ended by SIGTERM', () => {
  it.each(KINDS)('leaves no process and no file behind (network: %s)', async (...kind) => {
    const { run, ended, temporary } = await underWay(...kind);
    const before = processesOf(temporary);

    run.kill('SIGTERM');
    const [status] = await ended;

    expect(before.length).toBeGreaterThanOrEqual(3);
    expect(status).toBe(STATUS_INTERRUPTED);
    expect(processesOf(temporary)).toEqual([]);
    expect(readdirSync(temporary).filter((name) => name.startsWith('ottla'))).toEqual([]);
  });
});
