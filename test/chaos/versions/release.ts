import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { REPOSITORY } from '../../../deploy/local/layout.ts';

/**
 * The last commit that knows metadata.version 1 alone, with replication, groups and the quorum as
 * they are on the wire today. Pinned for good: what upgrades from it has to go on doing so.
 */
export const EARLIER = '1e8395c7727739c04f5538a7bdb7bad5f85da2f3';

/** The command line of one commit, built apart from the checkout. */
export interface Release {
  readonly name: string;
  /** Its `bin/ottla`. */
  readonly program: string;
}

/** False in a shallow clone, and in what was unpacked without a repository. */
export const hasCommit = (commit: string): boolean => {
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{commit}`], {
      cwd: REPOSITORY,
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
};

/** Of a commit of this repository, with the packages that are installed now. */
export const buildCommit = async (commit: string, root: string): Promise<Release> => {
  mkdirSync(root, { recursive: true });
  const archive = join(root, 'source.tar');
  const parts = ['src', 'bin', 'package.json', 'tsconfig.json'];
  execFileSync('git', ['archive', '-o', archive, commit, ...parts], { cwd: REPOSITORY });
  execFileSync('tar', ['-xf', archive, '-C', root]);
  return bundle(root, root, commit.slice(0, 7));
};

/** Of the sources as they lie here. */
export const buildPresent = async (root: string): Promise<Release> => {
  for (const part of ['bin', 'package.json']) {
    cpSync(join(REPOSITORY, part), join(root, part), { recursive: true });
  }
  return bundle(REPOSITORY, root, 'present');
};

const bundle = async (source: string, root: string, name: string): Promise<Release> => {
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  await build({
    entryPoints: { main: join(source, 'src', 'cli', 'main.ts') },
    outdir: join(root, 'dist', 'bundle'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  return { name, program: join(root, 'bin', 'ottla') };
};
