import type { Offset, PartitionId, TopicId } from '../base/ids.ts';

/** Every file name in a log directory, and how to read it back. See FORMAT.md. */
export const LOG_SUFFIX = '.log';
export const OFFSET_INDEX_SUFFIX = '.index';
export const TIME_INDEX_SUFFIX = '.timeindex';
export const PRODUCERS_SUFFIX = '.producers';
/** A segment compacted from others, not yet whole. */
export const CLEANED_SUFFIX = '.cleaned';
/** A segment compacted from others, whole, which takes their place. */
export const SWAP_SUFFIX = '.swap';
export const COMPACTED_FILE = 'compacted';
export const ID_MARKS_FILE = 'id-marks';
export const TEMPORARY_SUFFIX = '.tmp';
export const EPOCHS_FILE = 'leader-epochs';
export const IDENTITY_FILE = 'partition.json';
export const CHECKPOINT_FILE = 'checkpoint';
export const CLEAN_MARKER_FILE = 'clean-shutdown';

const OFFSET_DIGITS = 20;

/** `dir/00000000000000000042.log`: an offset in twenty digits, so that names sort as offsets do. */
export const offsetPath = (directory: string, offset: Offset, suffix: string): string =>
  `${directory}/${String(offset).padStart(OFFSET_DIGITS, '0')}${suffix}`;

/** The offset in a file name with this suffix, or `undefined` for any other name. */
export const offsetInName = (name: string, suffix: string): Offset | undefined => {
  if (name.length !== OFFSET_DIGITS + suffix.length || !name.endsWith(suffix)) return undefined;
  const digits = name.slice(0, OFFSET_DIGITS);
  const offset = Number(digits);
  return /^\d+$/.test(digits) && Number.isSafeInteger(offset) ? offset : undefined;
};

/** `dir/<base offset>-<end offset, exclusive>.swap`: which segments it takes the place of. */
export const swapPath = (directory: string, baseOffset: Offset, endOffset: Offset): string =>
  `${offsetPath(directory, baseOffset, '')}-${String(endOffset).padStart(OFFSET_DIGITS, '0')}${SWAP_SUFFIX}`;

/** The offsets in the name of a swap file, or `undefined` for any other name. */
export const offsetsInSwapName = (
  name: string,
): { readonly baseOffset: Offset; readonly endOffset: Offset } | undefined => {
  const baseOffset = offsetInName(name.slice(0, OFFSET_DIGITS), '');
  const endOffset = offsetInName(name.slice(OFFSET_DIGITS + 1), SWAP_SUFFIX);
  if (baseOffset === undefined || endOffset === undefined) return undefined;
  return name[OFFSET_DIGITS] === '-' ? { baseOffset, endOffset } : undefined;
};

export const partitionDirectoryName = (topicId: TopicId, partition: PartitionId): string =>
  `${topicId}-${partition}`;

/** A directory that was renamed out of the way: `<name>.<why>-<n>`. */
export const asideName = (name: string, why: AsideReason, number: number): string =>
  `${name}.${why}-${number}`;

export type AsideReason = 'deleted' | 'quarantined' | 'stray';

export interface PartitionName {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
}

const PARTITION_NAME = /^([A-Za-z0-9_-]+)-(0|[1-9]\d{0,8})$/;
const ASIDE_NAME = /^(.+)\.(deleted|quarantined|stray)-(\d+)$/;

/** The partition a directory is named after, or `undefined` for a foreign directory. */
export const parsePartitionName = (name: string): PartitionName | undefined => {
  const match = PARTITION_NAME.exec(name);
  const [, topicId, partition] = match ?? [];
  if (topicId === undefined || partition === undefined) return undefined;
  return { topicId, partition: Number(partition) };
};

export const parseAsideName = (
  name: string,
): { readonly original: string; readonly why: AsideReason } | undefined => {
  const [, original, why] = ASIDE_NAME.exec(name) ?? [];
  if (original === undefined || why === undefined) return undefined;
  return { original, why: why as AsideReason };
};
