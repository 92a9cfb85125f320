import { OttlaError } from '../base/errors.ts';
import type { DirectoryId } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile, replaceFile } from '../env/disk.ts';
import { decodeCheckedText, encodeCheckedText } from '../log/checked-text.ts';
import { parsePartitionName } from '../log/file-names.ts';
import { isId } from './directory.ts';

/** A log directory that may hold replicas of this node. */
export interface KnownDirectory {
  readonly directoryId: DirectoryId;
  /** Where it was last. */
  readonly path: string;
}

/** A replica whose copy in a directory is older than one that was made elsewhere since. */
export interface OutdatedCopy {
  readonly directoryId: DirectoryId;
  /** `<topicId>-<partition>`. */
  readonly replica: string;
}

export interface Noted {
  readonly known: readonly KnownDirectory[];
  readonly outdated: readonly OutdatedCopy[];
}

/**
 * Beside the metadata: every log directory that may hold replicas, written before the first of them
 * is made there. One that is in it and not found is what tells a replica that is lost, or only
 * away, from one that never was. And which replicas were made while a directory was not in use that
 * may have an older copy. Not there while the node has one directory only.
 */
export const KNOWN_FILE = 'log-directories';
const KIND = 'log-directories';
const OUTDATED = 'outdated ';

/** Undefined where there is no note. Errors: CONFIG on damage, UNSUPPORTED_VERSION. */
export const readNote = (disk: Disk, metadataDir: string): Noted | undefined => {
  const path = `${metadataDir}/${KNOWN_FILE}`;
  const bytes = readWholeFile(disk, path);
  if (bytes === undefined) return undefined;
  const lines = decodeCheckedText(KIND, bytes, path);
  const known: KnownDirectory[] = [];
  const outdated: OutdatedCopy[] = [];
  for (const line of lines ?? failDamaged(path)) {
    const copy = parseOutdated(line);
    if (copy === undefined) known.push(parseKnown(line) ?? failDamaged(path));
    else outdated.push(copy);
  }
  return { known, outdated };
};

/** Durable on return. Crash states: the note as it was, or as it is. */
export const writeNote = (
  disk: Disk,
  metadataDir: string,
  { known, outdated }: Noted,
): Promise<void> => {
  const lines = [
    ...known.map(({ directoryId, path }) => `${directoryId} ${path}`),
    ...outdated.map(({ directoryId, replica }) => `${OUTDATED}${directoryId} ${replica}`),
  ];
  return replaceFile(disk, `${metadataDir}/${KNOWN_FILE}`, encodeCheckedText(KIND, lines));
};

const parseKnown = (line: string): KnownDirectory | undefined => {
  const space = line.indexOf(' ');
  const [directoryId, path] = [line.slice(0, space), line.slice(space + 1)];
  return isId(directoryId) && path !== '' ? { directoryId, path } : undefined;
};

const parseOutdated = (line: string): OutdatedCopy | undefined => {
  if (!line.startsWith(OUTDATED)) return undefined;
  const [directoryId = '', replica = ''] = line.slice(OUTDATED.length).split(' ');
  const isSound = isId(directoryId) && parsePartitionName(replica) !== undefined;
  return isSound ? { directoryId, replica } : undefined;
};

const failDamaged = (path: string): never => {
  throw new OttlaError(
    'CONFIG',
    `${path} is damaged: restore it from a backup, or format empty directories in place of ` +
      'all of log.dirs with --rejoin',
  );
};
