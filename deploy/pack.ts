import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveOf, layBundle, ownPlatform } from './remote/bundle.ts';

/**
 * Makes a bundle of this checkout, which is built: the package with all packages that it runs with,
 * for this machine's platform. In a directory, or for `make deploy` as a file.
 */

const packFile = async (file: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'ottla-pack-'));
  try {
    const release = await layBundle(folder, ownPlatform());
    writeFileSync(file, await archiveOf(folder));
    return release;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const [target, ...rest] = process.argv.slice(2);
if (target === undefined || rest.length > 0) {
  process.stderr.write('usage: pack.ts DIRECTORY | FILE.tgz\n');
  process.exitCode = 2;
} else {
  const release = target.endsWith('.tgz')
    ? await packFile(target)
    : await layBundle(target, ownPlatform());
  process.stdout.write(`${release} in ${target}\n`);
}
