import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';
import { HERE, lastLine, madeOnce } from './installed.ts';

/** What the clients' modules share; it needs nothing. */
const LINES = join(HERE, 'go-lines');

/** The program of a client's module, built once for each content of it. */
export const goProgram = async (name: string): Promise<string> => {
  if ((await run(['go', 'version'])).status !== 0) throw new Error('Go is not installed');
  const folder = join(HERE, name);
  const paths = [...sourcesOf(LINES), ...sourcesOf(folder)];
  const made = await madeOnce(name, paths, async (target) => {
    // A build must not change the module's lock file.
    const words = ['-C', folder, 'build', '-mod=readonly', '-o', join(target, name), '.'];
    const built = await run(['go', ...words]);
    if (built.status !== 0) throw new Error(lastLine(built.stderr));
  });
  return join(made, name);
};

const sourcesOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /\.go$|^go\.(mod|sum)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
