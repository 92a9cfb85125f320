import { OttlaError } from '../base/errors.ts';
import type { ClusterId, NodeId } from '../base/ids.ts';
import { randomId } from '../env/random.ts';
import { furtherIdentity, readIdentity } from './directory.ts';
import type { FormatDeps, FormatResult } from './format.ts';
import { formatDirectory } from './format.ts';
import { readNote } from './known-directories.ts';

export interface NodeFormatOptions {
  readonly metadataDir: string;
  readonly logDirs: readonly string[];
  readonly nodeId: NodeId;
  /** Left out: a new random one. */
  readonly clusterId?: ClusterId;
  /** Takes directories that this node and cluster have already, instead of refusing them. */
  readonly ignoreFormatted?: boolean;
}

export interface FormattedDirectory extends FormatResult {
  readonly path: string;
}

export interface NodeFormatResult {
  /** The one with the metadata first. */
  readonly directories: readonly FormattedDirectory[];
  /** Not there, and may hold replicas: an empty one in their place would give these up. */
  readonly missing: readonly string[];
}

/**
 * Formats every directory of a node, the one with the metadata first; the others are of the same
 * cluster. One that the node has used and that is not there now, as on a disk that is not mounted,
 * is left alone. Durable on return. Errors: as `formatDirectory`; begun again with
 * `ignoreFormatted`, it goes on where it was cut short.
 */
export const formatNode = async (
  deps: FormatDeps,
  { metadataDir, logDirs, ...options }: NodeFormatOptions,
): Promise<NodeFormatResult> => {
  const first = await formatDirectory(deps, { ...options, logDir: metadataDir });
  const known = readNote(deps.disk, metadataDir)?.known ?? [];
  const directories: FormattedDirectory[] = [{ ...first, path: metadataDir }];
  const missing: string[] = [];
  for (const path of logDirs.filter((one) => one !== metadataDir)) {
    if (known.some((one) => one.path === path) && !isThere(deps, path)) missing.push(path);
    else {
      const { clusterId } = first.identity;
      const identity = furtherIdentity(first.identity, randomId(deps.random));
      const wanted = { ...options, clusterId, logDir: path, identity };
      directories.push({ ...(await formatDirectory(deps, wanted)), path });
    }
  }
  return { directories, missing };
};

const isThere = ({ disk }: FormatDeps, path: string): boolean => {
  try {
    return readIdentity(disk, path) !== undefined;
  } catch (error) {
    if (error instanceof OttlaError) return false;
    throw error;
  }
};
