import type { Disk } from '../../src/env/disk.ts';
import { closedFileError } from '../../src/platform/disk-error.ts';
import type { MemoryDisk } from './memory-disk.ts';

/**
 * The disk as one process sees it: after the next `crash` or `kill` every call fails, so that what
 * is left of a dead node cannot touch the disk its successor uses.
 */
export const mountedDisk = (disk: MemoryDisk): Disk => {
  const { generation } = disk;
  const live = (path: string): MemoryDisk => {
    if (disk.generation !== generation) throw closedFileError('use', path);
    return disk;
  };
  return {
    open: (path, options) => live(path).open(path, options),
    exists: (path) => live(path).exists(path),
    list: (path) => live(path).list(path),
    mkdir: (path) => live(path).mkdir(path),
    rename: (from, to) => live(from).rename(from, to),
    renameCold: async (from, to) => live(from).renameCold(from, to),
    remove: (path) => live(path).remove(path),
    syncDir: async (path) => live(path).syncDir(path),
    freeBytes: (path) => live(path).freeBytes(path),
    lock: (path) => live(path).lock(path),
  };
};
