import type { Offset } from '../../base/ids.ts';
import type { Disk } from '../../env/disk.ts';
import {
  CLEANED_SUFFIX,
  LOG_SUFFIX,
  offsetInName,
  offsetPath,
  offsetsInSwapName,
  swapPath,
} from '../file-names.ts';
import type { Segment } from '../segment.ts';
import { removeIndexFiles, removeSegmentFiles } from '../segment-files.ts';

interface SwapPlace {
  readonly disk: Disk;
  readonly directory: string;
}

export const cleanedPath = (directory: string, baseOffset: Offset): string =>
  offsetPath(directory, baseOffset, CLEANED_SUFFIX);

/**
 * Puts the `.cleaned` file of `next`, whose bytes are durable, in the place of the segments it was
 * made of. One event and no sync: the changes of a directory reach the disk in their order, and the
 * next flush of the log syncs it.
 *
 * Crash states: before the first rename, the old segments, and a `.cleaned` that is swept. After
 * it, some or none of the old segments and a `.swap`, whose name says which of them it replaces:
 * recovery goes on from there (`completeSwaps`). After the second, the new segment without indexes.
 */
export const swapIn = (place: SwapPlace, group: readonly Segment[], next: Segment): void => {
  const { disk, directory } = place;
  const swap = swapPath(directory, next.baseOffset, next.nextOffset);
  disk.rename(cleanedPath(directory, next.baseOffset), swap);
  const [first, ...others] = group;
  for (const segment of others) segment.remove();
  // The old indexes would pass for the new ones if both files had the same size.
  first?.supersede();
  disk.rename(swap, next.path);
  next.seal();
};

/** Ends what a crash interrupted: sweeps `.cleaned` files and puts `.swap` files in their place. */
export const completeSwaps = (place: SwapPlace): void => {
  const { disk, directory } = place;
  const names = disk.list(directory).map(({ name }) => name);
  for (const name of names) {
    if (name.endsWith(CLEANED_SUFFIX)) disk.remove(`${directory}/${name}`);
    const swap = offsetsInSwapName(name);
    if (swap === undefined) continue;
    for (const other of names) {
      const baseOffset = offsetInName(other, LOG_SUFFIX);
      const isReplaced = baseOffset !== undefined && baseOffset < swap.endOffset;
      if (isReplaced && baseOffset > swap.baseOffset) removeSegmentFiles(place, baseOffset);
    }
    removeIndexFiles(place, swap.baseOffset);
    disk.rename(`${directory}/${name}`, offsetPath(directory, swap.baseOffset, LOG_SUFFIX));
  }
};
