import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';
import { HERE, lastLine, madeOnce } from './installed.ts';

/** The folder of the programs, built once for each content of the module. */
export const goPrograms = async (): Promise<string> => {
  if ((await run(['go', 'version'])).status !== 0) throw new Error('Go is not installed');
  const folder = join(HERE, 'go');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.go$|^go\.(mod|sum)$/.test(name))
    .sort();
  const paths = sources.map((name) => join(folder, name));
  return madeOnce('go', paths, async (target) => {
    // Not the module's own folder: a build must not change its lock file.
    const words = ['-C', folder, 'build', '-mod=readonly', '-o', `${target}/`, './cmd/...'];
    const built = await run(['go', ...words]);
    if (built.status !== 0) throw new Error(lastLine(built.stderr));
  });
};
