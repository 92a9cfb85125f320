import type { Offset } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { LOG_SUFFIX, OFFSET_INDEX_SUFFIX, offsetPath, TIME_INDEX_SUFFIX } from './file-names.ts';

/** The directory of a log. */
interface LogPlace {
  readonly disk: Disk;
  readonly directory: string;
}

/**
 * The log goes first: an index without its log is swept at the next start, a log without its index
 * would be scanned.
 */
export const removeSegmentFiles = (place: LogPlace, baseOffset: Offset): void => {
  place.disk.remove(offsetPath(place.directory, baseOffset, LOG_SUFFIX));
  removeIndexFiles(place, baseOffset);
};

export const removeIndexFiles = ({ disk, directory }: LogPlace, baseOffset: Offset): void => {
  disk.remove(offsetPath(directory, baseOffset, OFFSET_INDEX_SUFFIX));
  disk.remove(offsetPath(directory, baseOffset, TIME_INDEX_SUFFIX));
};
