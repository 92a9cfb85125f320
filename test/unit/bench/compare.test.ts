import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const COMPARE = fileURLToPath(new URL('../../../bench/compare.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ottla-compare-'));

const kept = (name: string, rate: number): string => {
  const path = join(folder, `${name}.json`);
  const spread = { low: rate, high: rate };
  const figures = { recordsPerSecond: { ottla: { median: rate, spread } } };
  writeFileSync(path, JSON.stringify({ rows: [{ name: 'produce', figures }] }));
  return path;
};

const compare = (earlier: number, later: number) => {
  const files = [kept('earlier', earlier), kept('later', later)];
  const words = ['--import', 'tsx', COMPARE, ...files];
  return spawnSync(process.execPath, words, { encoding: 'utf8' });
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('bench-compare', () => {
  it('fails on a regression and names it', () => {
    const { status, stdout } = compare(100, 80);

    expect(status).toBe(1);
    expect(stdout).toContain('worse: produce, recordsPerSecond: 0.80 times, limit 0.9');
  });

  it('succeeds where nothing became much worse', () => {
    expect(compare(100, 95).status).toBe(0);
  });
});
