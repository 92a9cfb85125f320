import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../../../.data/compat', import.meta.url));

/** The folder of the clients. */
export const HERE: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A folder that `make` fills once for each content of the files; a later run finds it done. What was
 * left half made is made again.
 */
export const madeOnce = async (
  name: string,
  files: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> => {
  const folder = join(CACHE, `${name}-${sha256Of(files).slice(0, 12)}`);
  const done = join(folder, 'installed');
  if (existsSync(done)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await make(folder);
  mkdirSync(done);
  return folder;
};

/** Of the contents of files, one after the other; in hexadecimal. */
export const sha256Of = (files: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
};

export const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
