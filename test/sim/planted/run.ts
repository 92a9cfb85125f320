import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Planted } from './planted.ts';
import { PLANTED } from './planted.ts';

/** What a run of the simulator needs of the tree. */
const PARTS = ['src', 'test', 'proto', 'package.json', 'tsconfig.json'];

interface Flags {
  readonly seconds: string;
  readonly only?: string;
  readonly from: string;
}

/** A copy of the tree with one fault in it. */
const plant = ({ path, original, fault }: Planted): string => {
  const root = mkdtempSync(join(tmpdir(), 'ottla-planted-'));
  for (const part of PARTS) cpSync(part, join(root, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  const target = join(root, path);
  const text = readFileSync(target, 'utf8');
  if (text.split(original).length !== 2) throw new Error(`${path} has not once: ${original}`);
  writeFileSync(
    target,
    text.replace(original, () => fault),
  );
  return root;
};

/** The line that names the first failing seed, or undefined when all that was tried held. */
const find = (planted: Planted, flags: Flags): string | undefined => {
  const root = plant(planted);
  try {
    const args = ['test/sim/run.ts', '--seconds', flags.seconds, '--from', flags.from, '--first'];
    const { stdout } = spawnSync(resolve('node_modules/.bin/tsx'), args, {
      cwd: root,
      encoding: 'utf8',
    });
    return stdout.split('\n').find((line) => line.includes(' breaks '));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

const program = new Command('planted')
  .description('Plants one fault at a time in a copy of the tree; the simulator must find each.')
  .option('--seconds <n>', 'give up on a fault after this long', '120')
  .option('--only <names>', 'these faults only, separated by commas')
  .option('--from <n>', 'the first seed', '1');

program.parse();
const flags = program.opts<Flags>();
const only = flags.only?.split(',');
const missed: string[] = [];
for (const planted of PLANTED) {
  if (only !== undefined && !only.includes(planted.name)) continue;
  const found = find(planted, flags);
  if (found === undefined) missed.push(planted.name);
  process.stdout.write(`${planted.name}: ${found?.slice(0, 160) ?? 'NOT FOUND'}\n`);
}
process.stdout.write(missed.length === 0 ? 'all were found\n' : `missed: ${missed.join(', ')}\n`);
process.exitCode = missed.length === 0 ? 0 : 1;
