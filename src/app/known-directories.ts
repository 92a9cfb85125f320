import { OttlaError } from '../base/errors.ts';
import type { DirectoryId } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile, replaceFile } from '../env/disk.ts';
import { decodeCheckedText, encodeCheckedText } from '../log/checked-text.ts';
import { isId } from './directory.ts';

/** A log directory that may hold replicas of this node. */
export interface KnownDirectory {
  readonly directoryId: DirectoryId;
  /** Where it was last. */
  readonly path: string;
}

/**
 * Beside the metadata: every log directory that may hold replicas, written before the first of them
 * is made there. One that is in it and not found is what tells a replica that is lost, or only
 * away, from one that never was. Not there while the node has one directory only.
 */
export const KNOWN_FILE = 'log-directories';
const KIND = 'log-directories';

/** Undefined where there is no note. Errors: CONFIG on damage, UNSUPPORTED_VERSION. */
export const readKnown = (disk: Disk, metadataDir: string): KnownDirectory[] | undefined => {
  const path = `${metadataDir}/${KNOWN_FILE}`;
  const bytes = readWholeFile(disk, path);
  if (bytes === undefined) return undefined;
  const lines = decodeCheckedText(KIND, bytes, path);
  const known = lines?.map(parseLine);
  if (known === undefined || known.includes(undefined)) {
    throw new OttlaError(
      'CONFIG',
      `${path} is damaged: restore it from a backup, or format empty directories in place of ` +
        'all of log.dirs with --rejoin',
    );
  }
  return known.flatMap((one) => one ?? []);
};

/** Durable on return. Crash states: the note as it was, or as it is. */
export const writeKnown = (
  disk: Disk,
  metadataDir: string,
  known: readonly KnownDirectory[],
): Promise<void> => {
  const lines = known.map(({ directoryId, path }) => `${directoryId} ${path}`);
  return replaceFile(disk, `${metadataDir}/${KNOWN_FILE}`, encodeCheckedText(KIND, lines));
};

const parseLine = (line: string): KnownDirectory | undefined => {
  const space = line.indexOf(' ');
  const [directoryId, path] = [line.slice(0, space), line.slice(space + 1)];
  return isId(directoryId) && path !== '' ? { directoryId, path } : undefined;
};
