import { describeError, OttlaError } from '../base/errors.ts';
import type { DirectoryId, NodeId } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { parsePartitionName } from '../log/file-names.ts';
import { readMarks } from '../log/load-partitions.ts';
import type { MissingDirectory } from '../log/log-directories.ts';
import type { DirectoryIdentity } from './directory.ts';
import {
  checkDirectory,
  checkFurther,
  checkWritable,
  directoryIdAt,
  hasFurther,
  readIdentity,
  requireFurther,
} from './directory.ts';
import { DirectoryNote } from './directory-note.ts';
import type { KnownDirectory, Noted } from './known-directories.ts';
import { readNote, writeNote } from './known-directories.ts';

/** The directories of a node, as they were found before anything in them was opened. */
export interface NodeDirectories {
  /** Of the directory with the metadata: whose node this is. */
  readonly identity: DirectoryIdentity;
  /** Where replicas are and may be made, in the order of the configuration. */
  readonly found: readonly KnownDirectory[];
  /** What may hold replicas and is not there: the node starts without. */
  readonly missing: readonly MissingDirectory[];
  /** A directory that may have held replicas is no longer asked for: they are lost. */
  readonly hasGivenUp: boolean;
  /** The cluster counts on none of the replicas in what was given up. Durable on return. */
  readonly forgetGivenUp: () => Promise<void>;
  /** Undefined where the node has had one directory only. */
  readonly note: DirectoryNote | undefined;
}

export interface DirectoriesOfNode {
  readonly nodeId: NodeId;
  readonly metadataDir: string;
  readonly logDirs: readonly string[];
}

/**
 * Finds the directories of a node and notes durably those that may hold replicas from now on. One
 * that is noted and cannot be read is left out; a new one must be formatted and empty.
 *
 * Crash states: the note first, then what keeps earlier releases out, then the first replica. A
 * node with one directory has neither, as ever.
 *
 * Errors: CONFIG for a directory of another node or cluster, one that was never formatted, one that
 * holds replicas and was given up, where all are missing, and where the node runs already;
 * UNSUPPORTED_VERSION.
 */
export const openDirectories = async (
  disk: Disk,
  { nodeId, metadataDir, logDirs }: DirectoriesOfNode,
): Promise<NodeDirectories> => {
  const identity = checkDirectory(disk, metadataDir, { nodeId });
  const first = { directoryId: identity.directoryId, path: metadataDir };
  const noted = readNote(disk, metadataDir);
  const isPlain = logDirs.length === 1 && logDirs[0] === metadataDir;
  if (noted === undefined && hasFurther(identity)) failUnnoted(metadataDir);
  if (noted === undefined && isPlain) return plain(identity, first);
  const known = noted?.known ?? [first];
  const { found, missing } = findAll(disk, { identity, first, logDirs, known });
  if (found.length === 0) failAllMissing(missing);
  const isFound = (id: DirectoryId): boolean => found.some(({ directoryId }) => directoryId === id);
  const lost = known.filter(({ directoryId }) => !isFound(directoryId));
  const rest = atMissing(lost, missing);
  const isAway = ({ path }: KnownDirectory): boolean => missing.some((one) => one.path === path);
  const now = { known: [...found, ...rest], outdated: noted?.outdated ?? [] };
  await keep(disk, metadataDir, { noted: now, isPlain });
  const note = new DirectoryNote(disk, metadataDir, now);
  return {
    identity,
    found,
    missing,
    hasGivenUp: !rest.every(isAway),
    forgetGivenUp: () => note.forget(rest.filter((one) => !isAway(one))),
    note,
  };
};

const plain = (identity: DirectoryIdentity, first: KnownDirectory): NodeDirectories => ({
  identity,
  found: [first],
  missing: [],
  hasGivenUp: false,
  forgetGivenUp: () => Promise.resolve(),
  note: undefined,
});

interface Sought {
  readonly identity: DirectoryIdentity;
  readonly first: KnownDirectory;
  readonly logDirs: readonly string[];
  readonly known: readonly KnownDirectory[];
}

const findAll = (
  disk: Disk,
  sought: Sought,
): { readonly found: KnownDirectory[]; readonly missing: MissingDirectory[] } => {
  const found: KnownDirectory[] = [];
  const missing: MissingDirectory[] = [];
  for (const path of sought.logDirs) {
    const one = path === sought.first.path ? sought.first : findFurther(disk, path, sought);
    if ('reason' in one) missing.push(one);
    else {
      refuseCopy(found, one);
      found.push(one);
    }
  }
  return { found, missing };
};

const findFurther = (
  disk: Disk,
  path: string,
  sought: Sought,
): KnownDirectory | MissingDirectory => {
  const { identity: first, known } = sought;
  try {
    const { directoryId } = checkFurther(disk, path, first);
    if (!known.some((one) => one.directoryId === directoryId)) {
      requireEmpty(disk, path);
      const hidden = hiddenAt(disk, path, sought);
      if (hidden !== undefined) return { path, reason: reasonOfHidden(path, hidden) };
    }
    requireWritable(disk, path);
    return { directoryId, path };
  } catch (error) {
    const isNoted = known.some((one) => one.path === path);
    if (!isNoted || !isAbsence(disk, path, error)) throw error;
    return { path, reason: describeError(error) };
  }
};

/**
 * What held replicas at this place and is at none that is asked for. An empty one in its place may
 * be what was formatted before the disk was mounted: who means to give replicas up says so.
 */
const hiddenAt = (
  disk: Disk,
  path: string,
  { known, logDirs }: Sought,
): KnownDirectory | undefined =>
  known.find(
    (one) =>
      one.path === path && logDirs.every((dir) => directoryIdAt(disk, dir) !== one.directoryId),
  );

const reasonOfHidden = (path: string, { directoryId }: KnownDirectory): string =>
  `it is another directory than the one that held replicas here (${directoryId}): mount that ` +
  `one, or start once without ${path} in log.dirs, which gives it up`;

/**
 * Throws STORAGE_ERROR where nothing can be written: a device that failed may leave its file system
 * read-only; a full one has room again some day.
 */
export const requireWritable = (disk: Disk, path: string): void => {
  try {
    checkWritable(disk, path);
  } catch (error) {
    if (!(error instanceof OttlaError)) throw error;
    if (error.code !== 'DISK_FULL') throw new OttlaError('STORAGE_ERROR', error.message);
  }
};

/** Nothing that says whose it is can be read there, or nothing written: it is as good as gone. */
const isAbsence = (disk: Disk, path: string, error: unknown): boolean => {
  if (!(error instanceof OttlaError)) return false;
  if (error.code === 'UNSUPPORTED_VERSION') return false;
  try {
    return error.code !== 'CONFIG' || readIdentity(disk, path) === undefined;
  } catch {
    return true;
  }
};

/** Of replicas that only its checkpoint knows, empty ones would be made in their place there. */
const requireEmpty = (disk: Disk, path: string): void => {
  const names = disk.list(path).map(({ name }) => name);
  const replicas = names.filter((name) => parsePartitionName(name) !== undefined);
  const [replica] = [...replicas, ...(readMarks(disk, path)?.keys() ?? [])];
  if (replica === undefined) return;
  throw new OttlaError(
    'CONFIG',
    `${path} holds replicas, such as ${replica}, and this node does not know it: it was ` +
      'given up, and they are out of date; format an empty directory in its place',
  );
};

/**
 * Where they will be looked for: devices may have changed places, so that one that is not there was
 * elsewhere when it was seen last, and stands for the path that has none.
 */
const atMissing = (
  lost: readonly KnownDirectory[],
  missing: readonly MissingDirectory[],
): KnownDirectory[] => {
  const paths = missing.map(({ path }) => path);
  const free = paths.filter((path) => lost.every((one) => one.path !== path));
  return lost.map((one) =>
    paths.includes(one.path) ? one : { ...one, path: free.shift() ?? one.path },
  );
};

const refuseCopy = (found: readonly KnownDirectory[], one: KnownDirectory): void => {
  const other = found.find(({ directoryId }) => directoryId === one.directoryId);
  if (other === undefined) return;
  throw new OttlaError(
    'CONFIG',
    `${one.path} is ${other.path} once more, or a copy of it: take one of them out of log.dirs`,
  );
};

/** As little as is needed: where all are known, and where they were, nothing is written. */
const keep = async (
  disk: Disk,
  metadataDir: string,
  { noted, isPlain }: { readonly noted: Noted; readonly isPlain: boolean },
): Promise<void> => {
  const lock = disk.lock(metadataDir);
  try {
    const before = readNote(disk, metadataDir);
    if (JSON.stringify(before) !== JSON.stringify(noted)) await writeNote(disk, metadataDir, noted);
    // With the last of the others forgotten, any release may start here again.
    await requireFurther(disk, metadataDir, !isPlain || noted.known.length > 1);
  } finally {
    lock.release();
  }
};

const failUnnoted = (metadataDir: string): never => {
  throw new OttlaError(
    'CONFIG',
    `${metadataDir} has lost its note of the other log directories: restore it from a backup, or ` +
      'format empty directories in place of all of log.dirs with --rejoin',
  );
};

const failAllMissing = (missing: readonly MissingDirectory[]): never => {
  const reasons = missing.map(({ path, reason }) => `${path} (${reason})`).join(', ');
  throw new OttlaError('CONFIG', `no log directory can be used: ${reasons}; mount their disks`);
};
