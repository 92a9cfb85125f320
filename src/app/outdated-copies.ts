import { must } from '../base/assert.ts';
import { describeError, OttlaError } from '../base/errors.ts';
import type { DirectoryId } from '../base/ids.ts';
import type { Logger } from '../env/logger.ts';
import { parsePartitionName, partitionDirectoryName } from '../log/file-names.ts';
import type { MakingLog } from '../log/log-directories.ts';
import type { OpenedDirectory } from '../log/log-manager.ts';
import type { NodeDirectories } from './node-directories.ts';

type Noting = Pick<NodeDirectories, 'found' | 'note'>;

/** Before a log is made: `DirectoryNote.onMaking`, by the directories' paths. */
export const noteOutdated =
  (directories: Noting): ((making: MakingLog) => Promise<void>) =>
  async ({ topicId, partition, directory, inUse }) => {
    const idOf = (path: string): DirectoryId => idAt(directories, path);
    const replica = partitionDirectoryName(topicId, partition);
    const place = { directoryId: idOf(directory), inUse: inUse.map(idOf) };
    await directories.note?.onMaking(replica, place);
  };

/**
 * Newer copies were made while this directory was not in use. Its own go out of the way before they
 * could pass for them, wherever those are now; returns the directory without them. Crash states: a
 * copy in its place or set aside, and noted as outdated either way. Errors: STORAGE_ERROR, for want
 * of room as well: the directory must not be used then.
 */
export const setOutdatedAside = async (
  logger: Logger,
  directories: Noting,
  opened: OpenedDirectory,
): Promise<OpenedDirectory> => {
  const { manager, partitions } = opened;
  const { directory } = manager;
  const directoryId = idAt(directories, directory);
  for (const replica of directories.note?.outdatedIn(directoryId) ?? []) {
    const { topicId, partition } = must(parsePartitionName(replica), 'a replica is noted by name');
    if (manager.get(topicId, partition) === undefined) continue;
    await manager.setAsideStray(topicId, partition).catch((error: unknown) => {
      throw new OttlaError('STORAGE_ERROR', describeError(error));
    });
    const message = 'an older copy of a replica was set aside: a newer one was made elsewhere';
    logger.warn(message, { directory, replica });
  }
  directories.note?.onSetAside(directoryId);
  const kept = new Set(manager.list());
  return { ...opened, partitions: partitions.filter(({ log }) => kept.has(log)) };
};

const idAt = ({ found }: Noting, path: string): DirectoryId => {
  const directory = found.find((one) => one.path === path);
  return must(directory, 'a directory in use was found').directoryId;
};
