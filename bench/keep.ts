import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../deploy/local/layout.ts';

/** When, where and on which commit something was measured. */
export interface MeasuredOn {
  readonly at: string;
  readonly commit: string;
  readonly machine: { readonly node: string; readonly cpu: string; readonly cores: number };
}

export const measuredOn = (): MeasuredOn => ({
  at: new Date().toISOString(),
  commit: commitOf(),
  machine: { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length },
});

/** Where results of this name are kept. */
export const resultPath = (name: string): string =>
  join(REPOSITORY, 'bench', 'results', `${name}.json`);

/** Keeps what was measured, with when, where and on which commit, unless it says so itself. */
export const keep = (name: string, measured: object): void => {
  const path = resultPath(name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ ...measuredOn(), ...measured }, undefined, 2)}\n`);
};

/** With `-dirty` where files were changed; empty where this is no checkout. */
const commitOf = (): string => {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: REPOSITORY });
  return String(stdout ?? '').trim();
};
