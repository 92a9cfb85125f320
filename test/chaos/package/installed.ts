import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../../deploy/local/layout.ts';

export const runFile = promisify(execFile);

interface Locked {
  readonly version: string;
  readonly dev?: true;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * Packs what the build made and installs it in an empty folder, without running any script. The
 * lock file there pins the versions of this repository's own: a new release of a stranger's package
 * changes no test, and what is in npm's cache is not fetched again.
 */
export const installPacked = async (folder: string): Promise<void> => {
  const packing = ['pack', REPOSITORY, '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await runFile('npm', packing);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const root = { name: 'newcomer', type: 'module', dependencies: { ottla: `file:${filename}` } };
  const lock = { name: root.name, lockfileVersion: 3, requires: true, packages: {} };
  lock.packages = { '': root, ...lockedPackages(join(folder, filename), filename) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(root));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await runFile('npm', ['ci', ...flags], { cwd: folder });
};

const lockedPackages = (tarball: string, filename: string): Record<string, unknown> => {
  const own = readJson(join(REPOSITORY, 'package.json'));
  const lock = readJson(join(REPOSITORY, 'package-lock.json'));
  const packages = Object.entries(lock.packages as Readonly<Record<string, Locked>>);
  const needed = packages.filter(([path, { dev }]) => path !== '' && dev === undefined);
  const digest = createHash('sha512').update(readFileSync(tarball)).digest('base64');
  const ottla = {
    version: own.version,
    resolved: `file:${filename}`,
    integrity: `sha512-${digest}`,
    dependencies: own.dependencies,
    bin: own.bin,
  };
  return { ...Object.fromEntries(needed), 'node_modules/ottla': ottla };
};

/** What a strict project of today asks of its dependencies' types: all of them are checked. */
const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
const FLAGS = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,esnext.disposable'];

/** Compiles TypeScript in the folder of `installPacked`, each file beside itself. */
export const compile = async (folder: string, sources: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text);
  const tsc = join(REPOSITORY, 'node_modules', '.bin', 'tsc');
  const words = [...STRICT, ...FLAGS, '--types', 'node', ...Object.keys(sources)];
  await runFile(tsc, words, { cwd: folder }).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
};
