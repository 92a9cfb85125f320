import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../deploy/local/layout.ts';

/** Keeps what was measured in `bench/results/NAME.json`, with when, where and on which commit. */
export const keep = (name: string, measured: object): void => {
  const folder = join(REPOSITORY, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length };
  const kept = { at: new Date().toISOString(), commit: commitOf(), machine, ...measured };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(kept, undefined, 2)}\n`);
};

/** With `-dirty` where files were changed; empty where this is no checkout. */
const commitOf = (): string => {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: REPOSITORY });
  return String(stdout ?? '').trim();
};
