import { crc32c } from '../base/bytes/crc32c.ts';
import { OttlaError } from '../base/errors.ts';
import type { ClusterId, DirectoryId, NodeId } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile, replaceFile } from '../env/disk.ts';
import { refuseLaterJson } from '../log/later-format.ts';

/** Whose data a directory holds: the content of `meta.json`, written by `ottla format`. */
export interface DirectoryIdentity {
  readonly clusterId: ClusterId;
  readonly nodeId: NodeId;
  readonly directoryId: DirectoryId;
  /** What a program must know of to start here. Versions before it call such a file damaged. */
  readonly requires: readonly string[];
}

export const META_FILE = 'meta.json';

/** The journal may hold records that the segments do not, of logs that the checkpoint lists. */
const JOURNAL = 'log.journal.listed';
/** What earlier releases say, whose checkpoints list none: of any log. */
const JOURNAL_OF_ANY = 'log.journal';
/** The metadata log may hold sets of voters, in place of the one in the configuration. */
const VOTERS = 'raft.voters';
/** Replicas of the node may be in other directories, which a note beside the metadata names. */
const FURTHER = 'log.dirs';
/** The directory is one of those: no metadata is in it. */
const IS_FURTHER = 'log.dirs.further';
const KNOWN: readonly string[] = [JOURNAL, JOURNAL_OF_ANY, VOTERS, FURTHER, IS_FURTHER];

const VERSION = 2;
/** The first version, where what came with the second is not used. */
const versionOf = ({ requires }: DirectoryIdentity): number =>
  requires.length === 0 ? 1 : VERSION;

const textOf = (identity: DirectoryIdentity): string => {
  const { clusterId, nodeId, directoryId, requires } = identity;
  const version = versionOf(identity);
  const fields = { version, clusterId, nodeId, directoryId };
  return JSON.stringify(version === 1 ? fields : { ...fields, requires });
};

const sumOf = (identity: DirectoryIdentity): number => crc32c(Buffer.from(textOf(identity)));

/** The content of `meta.json`; its sum is over the JSON of the fields before it. */
export const encodeIdentity = (identity: DirectoryIdentity): Uint8Array => {
  const fields = { ...JSON.parse(textOf(identity)), crc32c: sumOf(identity) };
  return Buffer.from(`${JSON.stringify(fields, undefined, 2)}\n`);
};
/** Stands while `format` is at work, so that a format cut short can be begun again. */
export const FORMATTING_FILE = 'formatting';

/** Where the raft store lies. */
export const raftDirectory = (logDir: string): string => `${logDir}/raft`;

const ID = /^[A-Za-z0-9_-]{22}$/;

export const isId = (text: string): boolean => ID.test(text) && !text.startsWith('-');

const fail = (message: string): never => {
  throw new OttlaError('CONFIG', message);
};

/**
 * The identity in a directory, or `undefined` before `format`. Throws `CONFIG` on damage, and
 * UNSUPPORTED_VERSION where a later release wrote it.
 */
export const readIdentity = (disk: Disk, logDir: string): DirectoryIdentity | undefined => {
  const path = `${logDir}/${META_FILE}`;
  const bytes = readWholeFile(disk, path);
  if (bytes === undefined) return undefined;
  return parseIdentity(Buffer.from(bytes).toString('utf8'), path) ?? failDamaged(path);
};

/** Which directory a path leads to; undefined where none is, or none that can be read. */
export const directoryIdAt = (disk: Disk, path: string): DirectoryId | undefined => {
  try {
    return readIdentity(disk, path)?.directoryId;
  } catch {
    return undefined;
  }
};

const failDamaged = (path: string): never =>
  fail(
    `${path} is damaged: restore it from a backup, or format an empty directory in its place with --rejoin`,
  );

const parseIdentity = (text: string, path: string): DirectoryIdentity | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  refuseLaterJson(path, value as Fields, VERSION);
  const { clusterId, nodeId, directoryId, requires = [], ...rest } = value as Fields;
  if (typeof nodeId !== 'number' || !Number.isSafeInteger(nodeId)) return undefined;
  if (typeof clusterId !== 'string' || typeof directoryId !== 'string') return undefined;
  if (!isId(clusterId) || !isId(directoryId)) return undefined;
  if (!Array.isArray(requires) || !requires.every((name) => typeof name === 'string')) {
    return undefined;
  }
  const identity: DirectoryIdentity = { clusterId, nodeId, directoryId, requires };
  if (rest['version'] !== versionOf(identity)) return undefined;
  // A turned bit that still reads as an id would make this the directory of another cluster.
  return rest['crc32c'] === sumOf(identity) ? identity : undefined;
};

type Fields = Record<string, unknown>;

const requireKnown = (identity: DirectoryIdentity, logDir: string): DirectoryIdentity => {
  const unknown = identity.requires.find((name) => !KNOWN.includes(name));
  if (unknown === undefined) return identity;
  return fail(
    `${logDir} needs '${unknown}', which this version of ottla does not know: ` +
      `start the version that wrote it and stop it in order, then start this one`,
  );
};

/**
 * Says durably whether the journal of the directory may hold what its segments do not: then no
 * version may start here that knows nothing of it. Crash states: as it was, or said. Errors:
 * DISK_FULL, STORAGE_ERROR.
 */
export const requireJournal = async (
  disk: Disk,
  logDir: string,
  isRequired: boolean,
): Promise<void> => {
  await setRequired(disk, logDir, { name: JOURNAL, isRequired, insteadOf: JOURNAL_OF_ANY });
};

/** The journal is of an earlier release: it may hold records of logs that are not listed. */
export const hasJournalOfAny = ({ requires }: DirectoryIdentity): boolean =>
  requires.includes(JOURNAL_OF_ANY);

interface Requirement {
  readonly name: string;
  readonly isRequired: boolean;
  /** Another name, which goes in any case. */
  readonly insteadOf?: string;
}

const setRequired = async (
  disk: Disk,
  logDir: string,
  { name, isRequired, insteadOf }: Requirement,
): Promise<void> => {
  const identity = readIdentity(disk, logDir);
  if (identity === undefined) return;
  const requires = identity.requires.filter((one) => one !== insteadOf);
  const isSaid = requires.includes(name) === isRequired;
  if (isSaid && requires.length === identity.requires.length) return;
  if (!isSaid && isRequired) requires.push(name);
  else if (!isSaid) requires.splice(requires.indexOf(name), 1);
  const bytes = encodeIdentity({ ...identity, requires });
  await replaceFile(disk, `${logDir}/${META_FILE}`, bytes);
};

/**
 * Says durably that the metadata log here may hold sets of voters: no version may start here any
 * more that would go by its configuration. Never at the same time as `requireJournal`: raft runs
 * after the logs were opened, and is closed before they are. Crash states and errors: as there.
 */
export const requireVoters = async (disk: Disk, logDir: string): Promise<void> => {
  await setRequired(disk, logDir, { name: VOTERS, isRequired: true });
};

/**
 * Says durably whether replicas of the node may be in other directories: an earlier release would
 * begin empty ones in their place. Before anything is open here. Crash states and errors: as there.
 */
export const requireFurther = (disk: Disk, logDir: string, isRequired: boolean): Promise<void> =>
  setRequired(disk, logDir, { name: FURTHER, isRequired });

export const hasFurther = ({ requires }: DirectoryIdentity): boolean => requires.includes(FURTHER);

/** What a directory of replicas, beside the one with the metadata, has in its `meta.json`. */
export const furtherIdentity = (
  first: DirectoryIdentity,
  directoryId: DirectoryId,
): DirectoryIdentity => ({ ...first, directoryId, requires: [IS_FURTHER] });

/** Sets of voters were written here once: without one in the log, it is damaged. */
export const hasHadVoters = ({ requires }: DirectoryIdentity): boolean => requires.includes(VOTERS);

export interface Expected {
  readonly nodeId: NodeId;
  /** Left out: any cluster. */
  readonly clusterId?: ClusterId;
}

/**
 * Checks before a start that a directory is formatted, belongs to this node and cluster, and can
 * be written. Writes and removes one empty file. Throws `CONFIG`, or what the disk says.
 */
export const checkDirectory = (
  disk: Disk,
  logDir: string,
  expected: Expected,
): DirectoryIdentity => {
  const identity = checkIdentity(disk, logDir, expected);
  if (identity.requires.includes(IS_FURTHER)) {
    fail(
      `${logDir} has no metadata, which is in another of this node's directories: ` +
        'name that one first in log.dirs, or in metadata.log.dir',
    );
  }
  checkWritable(disk, logDir);
  return identity;
};

/** As `checkDirectory`, of one of replicas beside that with the metadata; writes nothing. */
export const checkFurther = (
  disk: Disk,
  logDir: string,
  { nodeId, clusterId }: DirectoryIdentity,
): DirectoryIdentity => {
  const identity = checkIdentity(disk, logDir, { nodeId, clusterId });
  if (!identity.requires.includes(IS_FURTHER)) {
    fail(
      `${logDir} has metadata of its own: name it first in log.dirs, or format an empty ` +
        'directory in its place',
    );
  }
  return identity;
};

const checkIdentity = (disk: Disk, logDir: string, expected: Expected): DirectoryIdentity => {
  const found = readIdentity(disk, logDir) ?? failUnformatted(disk, logDir, expected);
  const identity = requireKnown(found, logDir);
  if (identity.nodeId !== expected.nodeId) {
    fail(
      `${logDir} belongs to node ${identity.nodeId}, not to node ${expected.nodeId}: ` +
        `set log.dirs or node.id to match`,
    );
  }
  if (expected.clusterId !== undefined && identity.clusterId !== expected.clusterId) {
    fail(
      `${logDir} belongs to cluster ${identity.clusterId}, not to ${expected.clusterId}: ` +
        `set log.dirs to the directory of this cluster, or format an empty one`,
    );
  }
  return identity;
};

const failUnformatted = (disk: Disk, logDir: string, { nodeId }: Expected): never => {
  const state = disk.exists(`${logDir}/${FORMATTING_FILE}`)
    ? 'was not formatted to the end'
    : disk.exists(logDir)
      ? 'is not formatted'
      : 'does not exist';
  return fail(
    `${logDir} ${state}: run 'ottla format' with the configuration of node ${nodeId} first`,
  );
};

/** Fails now, in one line, rather than at the first append. */
export const checkWritable = (disk: Disk, logDir: string): void => {
  const path = `${logDir}/write-check`;
  disk.open(path, { create: true }).close();
  disk.remove(path);
};
