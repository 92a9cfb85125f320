import { OttlaError } from '../base/errors.ts';
import type { ClusterId, DirectoryId, NodeId } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { parentOf, replaceFile } from '../env/disk.ts';
import type { Random } from '../env/random.ts';
import { randomId } from '../env/random.ts';
import type { DirectoryIdentity } from './directory.ts';
import {
  encodeIdentity,
  FORMATTING_FILE,
  isId,
  META_FILE,
  raftDirectory,
  readIdentity,
} from './directory.ts';

export interface FormatDeps {
  readonly disk: Disk;
  readonly random: Random;
  /** Lays an empty raft store that may vote into a directory; its content is durable after. */
  readonly initialiseRaft: (raftDirectory: string, directoryId: DirectoryId) => Promise<void>;
}

export interface FormatOptions {
  readonly logDir: string;
  readonly nodeId: NodeId;
  /** Left out: a new random one. */
  readonly clusterId?: ClusterId;
  /** Takes a directory that this node and cluster have already, instead of refusing it. */
  readonly ignoreFormatted?: boolean;
  /** Of a directory beside the one with the metadata; left out: that one, with a new id. */
  readonly identity?: DirectoryIdentity;
}

export interface FormatResult {
  readonly identity: DirectoryIdentity;
  /** False when the directory was formatted before and stays as it is. */
  readonly isNew: boolean;
}

/** Left by file systems and by earlier attempts; no one's data. */
const HARMLESS: readonly string[] = [
  'lost+found',
  FORMATTING_FILE,
  `${FORMATTING_FILE}.tmp`,
  `${META_FILE}.tmp`,
];

const fail = (message: string): never => {
  throw new OttlaError('CONFIG', message);
};

/**
 * Gives an empty directory its identity: cluster, node and a new directory id, and an empty raft
 * store where the metadata will be. Durable on return. Throws `CONFIG` for a directory that is
 * formatted or holds other files.
 *
 * Crash states, by step: (1) `formatting` may be there or not, with nothing else: format runs
 * again; (2) a raft store in part beside `formatting`: format removes it and runs again, which is
 * safe because no node starts, and so none votes, without `meta.json`; (3) `meta.json` is whole or
 * absent; (4) `formatting` beside `meta.json`: formatted, the mark is ignored.
 */
export const formatDirectory = async (
  { disk, random, initialiseRaft }: FormatDeps,
  { logDir, nodeId, clusterId, identity: further, ignoreFormatted = false }: FormatOptions,
): Promise<FormatResult> => {
  if (clusterId !== undefined && !isId(clusterId)) {
    fail(`cluster id '${clusterId}' is not 22 characters of base64url; leave it out for a new one`);
  }
  const existing = readIdentity(disk, logDir);
  if (existing !== undefined) {
    checkSame(existing, { logDir, nodeId, clusterId, ignoreFormatted });
    return { identity: existing, isNew: false };
  }
  clearLeftovers(disk, logDir);
  await makeDirectory(disk, logDir);
  await replaceFile(disk, `${logDir}/${FORMATTING_FILE}`, new Uint8Array(0));
  const directoryId = further?.directoryId ?? randomId(random);
  if (further === undefined) await initialiseRaft(raftDirectory(logDir), directoryId);
  // Before meta.json: an identity without its raft store must not be.
  await disk.syncDir(logDir);
  const identity: DirectoryIdentity = further ?? {
    clusterId: clusterId ?? randomId(random),
    nodeId,
    directoryId,
    requires: [],
  };
  await replaceFile(disk, `${logDir}/${META_FILE}`, encodeIdentity(identity));
  disk.remove(`${logDir}/${FORMATTING_FILE}`);
  await disk.syncDir(logDir);
  return { identity, isNew: true };
};

/** Creates a directory and its missing parents, all durable on return. */
const makeDirectory = async (disk: Disk, path: string): Promise<void> => {
  const created: string[] = [];
  for (let at = path; !disk.exists(at) && at !== parentOf(at); at = parentOf(at)) created.push(at);
  disk.mkdir(path);
  for (const made of created) await disk.syncDir(parentOf(made));
};

interface Wanted {
  readonly logDir: string;
  readonly nodeId: NodeId;
  readonly clusterId: ClusterId | undefined;
  readonly ignoreFormatted: boolean;
}

const checkSame = (existing: DirectoryIdentity, wanted: Wanted): void => {
  const { logDir, nodeId, clusterId, ignoreFormatted } = wanted;
  const owner = `node ${existing.nodeId} of cluster ${existing.clusterId}`;
  if (existing.nodeId !== nodeId || (clusterId !== undefined && clusterId !== existing.clusterId)) {
    fail(`${logDir} is formatted for ${owner}: name another directory, or empty this one`);
  }
  if (!ignoreFormatted) {
    fail(
      `${logDir} is already formatted for ${owner}: nothing to do (--ignore-formatted accepts it)`,
    );
  }
};

const clearLeftovers = (disk: Disk, logDir: string): void => {
  if (!disk.exists(logDir)) return;
  const others = disk.list(logDir).filter(({ name }) => !HARMLESS.includes(name));
  if (others.length === 0) return;
  if (!disk.exists(`${logDir}/${FORMATTING_FILE}`)) {
    const [first] = others;
    fail(`${logDir} holds other files, such as '${first?.name}': name an empty or a new directory`);
  }
  for (const { name } of others) disk.remove(`${logDir}/${name}`);
};
