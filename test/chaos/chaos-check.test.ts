import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { NewOperation } from './checker/history.ts';
import { History } from './checker/history.ts';
import { FINAL_READER } from './load/final-read.ts';
import type { RunSettings } from './run-settings.ts';

const settings: RunSettings = {
  seed: 'kept',
  seconds: 1,
  shape: '3',
  disk: 'real',
  durability: 'fsync',
  syncMs: 1,
  faults: [],
  network: 'none',
};

const directory = mkdtempSync(join(tmpdir(), 'ottla-chaos-check-'));
const REPOSITORY = join(import.meta.dirname, '..', '..');

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Two records acknowledged; the last reader finds so many of them. */
const keptHistory = (foundCount: number): string => {
  const history = new History();
  const add = (operation: NewOperation): number => history.add(operation);
  const values = ['1', '2'];
  for (const [offset, value] of values.entries()) {
    const sent = { key: 'chaos-0', value };
    const begun = {
      f: 'send',
      type: 'invoke',
      process: 'p',
      timeMs: offset,
      sent: [sent],
    } as const;
    const invocation = add(begun);
    add({ ...begun, type: 'ok', invocation, sent: [{ ...sent, offset }] });
  }
  const records = values.slice(0, foundCount).map((value, offset) => [offset, value] as const);
  const polled = [{ key: 'chaos-0', records }];
  add({ f: 'poll', type: 'ok', process: FINAL_READER, timeMs: 9, polled });
  const lines = [{ f: 'run', settings }, ...history.operations];
  return fileOf(lines.map((line) => JSON.stringify(line)));
};

const fileOf = (lines: readonly string[]): string => {
  const path = join(directory, 'history.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

const check = (path: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync('make', ['-s', 'chaos-check', `HISTORY=${path}`], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });

describe('make chaos-check', () => {
  it('ends with 0 for a kept history in which nothing is wrong', () => {
    const { status, stdout } = check(keptHistory(2));

    expect(stdout).toMatch(/^GOOD: nothing acknowledged was lost, doubled or turned \(seed kept/m);
    expect(status).toBe(0);
  });

  it('ends with another status for one with a lost record, and names it', () => {
    const { status, stdout } = check(keptHistory(1));

    expect(stdout).toMatch(/^unseen: 1, such as unseen on chaos-0: 2 acknowledged at 1$/m);
    expect(stdout).toMatch(/^FAILED: 1 anomalies, 1 vanished of 2 acknowledged/m);
    expect(status).not.toBe(0);
  });

  it('says in one line that a file is no history', () => {
    const path = fileOf(['root:x:0:0']);

    const { status, stderr } = check(path);

    expect(stderr).toContain(`${path}, line 1: this is no line of a history`);
    expect(status).not.toBe(0);
  });
});
