import type { Clock } from '../env/clock.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile } from '../env/disk.ts';
import type { CheckpointEntry } from './checkpoint.ts';
import { decodeCheckpoint } from './checkpoint.ts';
import {
  CHECKPOINT_FILE,
  parseAsideName,
  parsePartitionName,
  partitionDirectoryName,
} from './file-names.ts';
import { NOTHING_SETTLED } from './flushed-offset.ts';
import type { JournalReplay } from './journal/replay.ts';
import { replayOf } from './journal/replay.ts';
import type { LogContext } from './log-context.ts';
import type { OpenedPartition, PartitionLoader } from './partition-loader.ts';
import type { RecoveryHints } from './recovery.ts';

/** The checkpoint's entries by directory name; `undefined` when it is missing or damaged. */
export type Marks = ReadonlyMap<string, CheckpointEntry> | undefined;

const nameOf = (entry: CheckpointEntry): string =>
  partitionDirectoryName(entry.topicId, entry.partition);

export const readMarks = (disk: Disk, directory: string): Marks => {
  const path = `${directory}/${CHECKPOINT_FILE}`;
  const bytes = readWholeFile(disk, path);
  const entries = bytes && decodeCheckpoint(bytes, path);
  return entries && new Map(entries.map((entry) => [nameOf(entry), entry]));
};

/** The journal may have entries of some log. */
export const hasListed = (marks: Marks): boolean =>
  [...(marks?.values() ?? [])].some(({ isListed }) => isListed);

export interface LoadOptions {
  readonly directory: string;
  readonly marks: Marks;
  readonly isClean: boolean;
  readonly journal: JournalReplay;
  /** It may have entries of logs that no checkpoint lists. */
  readonly isOfAnyLog: boolean;
}

/** Loads every partition of a directory, letting other work in between two of them. */
export const loadPartitions = async (
  loader: PartitionLoader,
  context: LogContext,
  options: LoadOptions,
): Promise<OpenedPartition[]> => {
  const { disk, clock } = context;
  const opened: OpenedPartition[] = [];
  const names = disk.list(options.directory).map(({ name }) => name);
  for (const name of names) {
    const partition = parsePartitionName(name);
    if (partition === undefined || !loader.isPartition(partition)) continue;
    await breathe(clock);
    const partitionOpened = await loader.load(partition, hintsOf(name, options));
    restoreHint(partitionOpened, options.marks?.get(name));
    opened.push(partitionOpened);
  }
  opened.push(...(await replaceLost(loader, names, options)));
  return opened;
};

/**
 * Partitions of which the checkpoint knows durable records but that have no directory: lost, and
 * never to be mistaken for new ones. Those that were being deleted or set aside as strays are not
 * missed: a crash came between the new name and the checkpoint without them.
 */
const replaceLost = async (
  loader: PartitionLoader,
  names: readonly string[],
  options: LoadOptions,
): Promise<OpenedPartition[]> => {
  const given = names.map(parseAsideName).filter((aside) => aside?.why !== 'quarantined');
  const excused = new Set(given.map((aside) => aside?.original));
  const replaced: OpenedPartition[] = [];
  for (const [name, entry] of options.marks ?? []) {
    const { topicId, partition } = entry;
    if (loader.isPartition({ topicId, partition }) || excused.has(name)) continue;
    if (entry.flushedOffset <= entry.logStartOffset) continue;
    const detail = `directory ${name} is gone, with durable records up to ${entry.flushedOffset}`;
    replaced.push(await loader.quarantine({ topicId, partition, topicName: '' }, detail));
  }
  return replaced;
};

/**
 * A partition that no sound checkpoint knows is newer than the checkpoint: nothing is durable yet.
 */
const hintsOf = (name: string, options: LoadOptions): RecoveryHints => {
  const { isClean, marks } = options;
  const entry = marks?.get(name);
  const partition = parsePartitionName(name);
  const isListed = options.isOfAnyLog || marks === undefined || entry?.isListed === true;
  const journal = partition && replayOf(options.journal, partition, isListed);
  return {
    isClean,
    settledOffset: marks === undefined ? undefined : (entry?.settledOffset ?? NOTHING_SETTLED),
    flushedOffset: marks === undefined ? undefined : (entry?.flushedOffset ?? NOTHING_SETTLED),
    logStartOffset: entry?.logStartOffset,
    ...(journal === undefined ? {} : { journal }),
  };
};

const restoreHint = ({ log }: OpenedPartition, entry: CheckpointEntry | undefined): void => {
  const hint = entry?.highWatermark ?? log.logStartOffset;
  log.highWatermarkHint = Math.min(Math.max(hint, log.logStartOffset), log.logEndOffset);
};

const breathe = (clock: Clock): Promise<void> => new Promise((resolve) => clock.defer(resolve));
