import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty directory among the system's temporary ones. */
export const makeTempDir = (prefix: string): string => mkdtempSync(join(tmpdir(), prefix));

/** Removes a directory with all in it; one that is not there is no error. */
export const removeDir = (path: string): void => {
  rmSync(path, { recursive: true, force: true });
};
