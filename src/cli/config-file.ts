import { OttlaError } from '../base/errors.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile } from '../env/disk.ts';

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** Reads a `server.properties`; throws `CONFIG` when there is none. */
export const readConfigFile = (disk: Disk, path: string): ConfigFile => {
  const bytes = readWholeFile(disk, path);
  if (bytes === undefined) {
    throw new OttlaError(
      'CONFIG',
      `${path} does not exist: name a server.properties file with --config`,
    );
  }
  return { path, text: Buffer.from(bytes).toString('utf8') };
};
