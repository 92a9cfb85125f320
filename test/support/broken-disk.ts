import { OttlaError } from '../../src/base/errors.ts';
import type { Disk, DiskFile } from '../../src/env/disk.ts';

/** A disk whose device has failed under the paths that `isBroken` names: nothing there is durable. */
export const brokenDisk = (disk: Disk, isBroken: (path: string) => boolean): Disk => {
  const refuse = (path: string): void => {
    if (isBroken(path)) throw new OttlaError('STORAGE_ERROR', `EIO: i/o error, ${path}`);
  };
  return {
    open: (path, options) => brokenFile(disk.open(path, options), refuse),
    exists: (path) => disk.exists(path),
    list: (path) => disk.list(path),
    mkdir: (path) => disk.mkdir(path),
    rename: (from, to) => disk.rename(from, to),
    renameCold: (from, to) => disk.renameCold(from, to),
    remove: (path) => disk.remove(path),
    syncDir: async (path) => {
      refuse(path);
      await disk.syncDir(path);
    },
    freeBytes: (path) => disk.freeBytes(path),
    lock: (path) => disk.lock(path),
  };
};

const brokenFile = (file: DiskFile, refuse: (path: string) => void): DiskFile => ({
  path: file.path,
  sizeBytes: () => file.sizeBytes(),
  write: (parts, position) => file.write(parts, position),
  read: (target, position) => file.read(target, position),
  readCold: (target, position) => file.readCold(target, position),
  sync: async () => {
    refuse(file.path);
    await file.sync();
  },
  truncate: (lengthBytes) => file.truncate(lengthBytes),
  close: () => file.close(),
});
