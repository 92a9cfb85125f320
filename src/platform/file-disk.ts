import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { DirEntry, DirLock, Disk, DiskFile, OpenOptions } from '../env/disk.ts';
import { lockDirectory } from './dir-lock.ts';
import { diskError, errnoOf } from './disk-error.ts';
import { FileHandle } from './file-handle.ts';

/** The file systems of this machine. Syncs and cold reads run in libuv's thread pool. */
export class FileDisk implements Disk {
  open(path: string, options: OpenOptions = {}): DiskFile {
    const { O_RDONLY, O_RDWR, O_CREAT } = fs.constants;
    const access = options.readOnly === true ? O_RDONLY : O_RDWR;
    const flags = options.create === true ? access | O_CREAT : access;
    const fd = attempt('open', path, () => fs.openSync(path, flags, 0o644));
    // The system refuses a directory only to who would write.
    if (options.readOnly === true && fs.fstatSync(fd).isDirectory()) {
      fs.closeSync(fd);
      throw diskError('EISDIR', 'open', path);
    }
    return new FileHandle(path, fd);
  }

  exists(path: string): boolean {
    return fs.existsSync(path);
  }

  list(path: string): DirEntry[] {
    return attempt('list', path, () => namesIn(path))
      .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  }

  mkdir(path: string): void {
    attempt('mkdir', path, () => makeWithParents(path));
  }

  rename(from: string, to: string): void {
    attempt('rename', from, () => fs.renameSync(from, to));
  }

  async renameCold(from: string, to: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      fs.rename(from, to, (error) => {
        if (error === null) resolve();
        else reject(diskError(errnoOf(error) ?? 'EIO', 'rename', from));
      });
    });
  }

  remove(path: string): void {
    attempt('remove', path, () => fs.rmSync(path, { recursive: true, force: true }));
  }

  async syncDir(path: string): Promise<void> {
    const flags = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY;
    const fd = attempt('syncDir', path, () => fs.openSync(path, flags));
    try {
      await new Promise<void>((resolve, reject) => {
        fs.fsync(fd, (error) => {
          if (error === null) resolve();
          else reject(diskError(errnoOf(error) ?? 'EIO', 'syncDir', path));
        });
      });
    } finally {
      fs.closeSync(fd);
    }
  }

  freeBytes(path: string): number {
    const { bavail, bsize } = attempt('statfs', path, () => fs.statfsSync(path));
    return bavail * bsize;
  }

  lock(path: string): DirLock {
    return attempt('lock', path, () => lockDirectory(path));
  }
}

const namesIn = (path: string): fs.Dirent[] => {
  try {
    return fs.readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
};

/** Runs a system call and puts its failure into one line that names the path. */
const attempt = <T>(operation: string, path: string, call: () => T): T => {
  try {
    return call();
  } catch (error) {
    const errno = errnoOf(error);
    throw errno === undefined || !/^E[A-Z0-9]+$/.test(errno)
      ? error
      : diskError(errno, operation, path);
  }
};

/**
 * Node's own recursive mkdir never ends where a parent exists and takes no directories (`/proc`):
 * it answers each ENOENT by making the parent again.
 */
const makeWithParents = (path: string): void => {
  const missing: string[] = [];
  for (let at = path; !fs.existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) makeOne(each);
  if (missing.length === 0) makeOne(path);
};

/** Another process may make the same directory at the same time. */
const makeOne = (path: string): void => {
  try {
    fs.mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' || !fs.statSync(path).isDirectory()) throw error;
  }
};
