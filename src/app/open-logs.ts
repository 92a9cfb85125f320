import { describeError, OttlaError } from '../base/errors.ts';
import type { DirectoryId } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import type { Env } from '../env/env.ts';
import type { CleanShutdown } from '../log/clean-marker.ts';
import { asideName, partitionDirectoryName } from '../log/file-names.ts';
import { MAX_CONCURRENT_LOGS } from '../log/flusher.ts';
import type { MissingDirectory } from '../log/log-directories.ts';
import { LogDirectories } from '../log/log-directories.ts';
import type { LogManagerOptions, OpenedDirectory } from '../log/log-manager.ts';
import { DEFAULT_CACHE_BYTES, LogManager } from '../log/log-manager.ts';
import type { OpenedPartition } from '../log/partition-loader.ts';
import { AheadRoom } from '../log/read-ahead.ts';
import { ReadBuffers } from '../log/read-buffers.ts';
import { directoryIdAt, hasJournalOfAny, readIdentity, requireJournal } from './directory.ts';
import type { NodeDirectories } from './node-directories.ts';
import { requireWritable } from './node-directories.ts';
import { noteOutdated, setOutdatedAside } from './outdated-copies.ts';

/** All log directories of a broker, open. */
export interface OpenedLogs {
  readonly logs: LogDirectories;
  readonly partitions: readonly OpenedPartition[];
  /** Undefined after a crash, and where a directory is missing. */
  readonly cleanShutdown: CleanShutdown | undefined;
}

type ManagerOptions = Pick<
  LogManagerOptions,
  'cacheBytes' | 'configOf' | 'onFailure' | 'onFlushed' | 'onFlushRound'
>;

export interface OpenLogsOptions extends ManagerOptions {
  readonly env: Env;
  readonly directories: NodeDirectories;
  readonly metadataDir: string;
  readonly journal: Pick<LogManagerOptions['journal'], 'isEnabled' | 'totalBytes' | 'minLogs'>;
}

/**
 * Opens every log directory that was found. One that cannot be used, or went since, is left out as
 * if it had been missing, but for the one with the metadata. Errors: as `LogManager.open`, and
 * STORAGE_ERROR where none is left; what was opened is closed again.
 */
export const openLogs = async (options: OpenLogsOptions): Promise<OpenedLogs> => {
  const opened: OpenedDirectory[] = [];
  try {
    const unreadable = await openEach(options, opened);
    const missing = [...options.directories.missing, ...unreadable];
    for (const one of missing) sayMissing(options, one);
    const managers = opened.map(({ manager }) => manager);
    return {
      logs: new LogDirectories({
        managers,
        missing,
        vital: options.metadataDir,
        onMaking: noteOutdated(options.directories),
      }),
      partitions: inOneDirectory(opened),
      cleanShutdown: missing.length === 0 ? cleanShutdownOf(opened) : undefined,
    };
  } catch (error) {
    await Promise.all(opened.map(({ manager }) => manager.close()));
    throw error;
  }
};

const openEach = async (
  options: OpenLogsOptions,
  opened: OpenedDirectory[],
): Promise<MissingDirectory[]> => {
  const { found } = options.directories;
  const unreadable: MissingDirectory[] = [];
  const aheadRoom = new AheadRoom(options.env.clock);
  const shares = { count: found.length, readBuffers: new ReadBuffers(), aheadRoom };
  for (const one of found) {
    const { path } = one;
    try {
      opened.push(await openOne(options, { ...one, ...shares }));
    } catch (error) {
      const isLast = unreadable.length + 1 === found.length;
      if (path === options.metadataDir || isLast || !isOfDevice(error)) throw error;
      unreadable.push({ path, reason: describeError(error) });
    }
  }
  return unreadable;
};

/** Of its device alone, whatever becomes of the others. */
const isOfDevice = (error: unknown): boolean =>
  error instanceof OttlaError && (error.code === 'STORAGE_ERROR' || error.code === 'DISK_FULL');

/**
 * As `LogManager.open`, without copies that are known to be outdated; STORAGE_ERROR too where the
 * directory is no longer what it was found to be: read-only, or an empty mount point, which would
 * pass for one without replicas.
 */
const openOne = async (options: OpenLogsOptions, one: OneDirectory): Promise<OpenedDirectory> => {
  const { disk } = options.env;
  try {
    requireThere(disk, one);
    const opened = await LogManager.open(managerOptions(options, one));
    return await withoutOutdated(options, one, opened);
  } catch (error) {
    requireThere(disk, one);
    requireWritable(disk, one.path);
    throw error;
  }
};

const withoutOutdated = async (
  { env, directories }: OpenLogsOptions,
  one: OneDirectory,
  opened: OpenedDirectory,
): Promise<OpenedDirectory> => {
  try {
    requireThere(env.disk, one);
    return await setOutdatedAside(env.logger, directories, opened);
  } catch (error) {
    await opened.manager.close();
    throw error;
  }
};

const requireThere = (disk: Disk, one: OneDirectory): void => {
  if (directoryIdAt(disk, one.path) !== one.directoryId) throw gone(one);
};

/** While it is in use: what cannot be read tells nothing, and is found out by who needs it. */
const isHidden = (disk: Disk, path: string, directoryId: DirectoryId): boolean => {
  try {
    return readIdentity(disk, path)?.directoryId !== directoryId;
  } catch {
    return false;
  }
};

const gone = ({ path }: OneDirectory): OttlaError =>
  new OttlaError('STORAGE_ERROR', `${path} is gone: mount its disk and restart the node`);

interface OneDirectory {
  readonly path: string;
  readonly directoryId: string;
  /** Directories that share the memory, and the threads that sync. */
  readonly count: number;
  readonly readBuffers: ReadBuffers;
  readonly aheadRoom: AheadRoom;
}

const managerOptions = (
  { env, cacheBytes = DEFAULT_CACHE_BYTES, journal, ...options }: OpenLogsOptions,
  { path, directoryId, count, readBuffers, aheadRoom }: OneDirectory,
): LogManagerOptions => ({
  disk: env.disk,
  clock: env.clock,
  logger: env.logger,
  directory: path,
  isHidden: () => isHidden(env.disk, path, directoryId),
  configOf: options.configOf,
  onFlushed: options.onFlushed,
  onFailure: options.onFailure,
  ...(options.onFlushRound === undefined ? {} : { onFlushRound: options.onFlushRound }),
  cacheBytes: Math.floor(cacheBytes / count),
  readBuffers,
  aheadRoom,
  // One whose device hangs must leave threads for the others.
  maxConcurrentLogs: Math.max(1, Math.floor(MAX_CONCURRENT_LOGS / count)),
  journal: {
    ...journal,
    directoryId,
    isOfAnyLog: isOfAnyLog(env.disk, path),
    random: env.random.fork(count === 1 ? 'journal' : `journal-${directoryId}`),
    require: (isRequired) => requireJournal(env.disk, path, isRequired),
  },
});

const isOfAnyLog = (disk: Disk, path: string): boolean => {
  const identity = readIdentity(disk, path);
  return identity !== undefined && hasJournalOfAny(identity);
};

const sayMissing = ({ env }: OpenLogsOptions, { path, reason }: MissingDirectory): void =>
  env.logger.error('a log directory is missing: its replicas are offline until it is back', {
    directory: path,
    reason,
  });

/**
 * Of two copies that no note tells apart, as of a directory that was copied, which is the one that
 * was in sync is not known. Under the name of a stray the other is not missed: one that is only
 * taken away is, where its directory's checkpoint knows it.
 */
const inOneDirectory = (opened: readonly OpenedDirectory[]): OpenedPartition[] => {
  const places = new Map<string, string>();
  for (const { manager } of opened) {
    for (const { topicId, partition } of manager.list()) {
      const name = partitionDirectoryName(topicId, partition);
      const other = places.get(name);
      if (other !== undefined) {
        throw new OttlaError(
          'CONFIG',
          `${name} is in ${other} and in ${manager.directory}, and nothing tells which is older: ` +
            `rename the older one to ${asideName(name, 'stray', 0)}`,
        );
      }
      places.set(name, manager.directory);
    }
  }
  return opened.flatMap(({ partitions }) => partitions);
};

/** Of the registration that ended in order in all of them. */
const cleanShutdownOf = (opened: readonly OpenedDirectory[]): CleanShutdown | undefined => {
  const [first, ...others] = opened.map(({ cleanShutdown }) => cleanShutdown);
  return others.every((one) => one?.brokerEpoch === first?.brokerEpoch) ? first : undefined;
};
