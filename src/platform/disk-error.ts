import { OttlaError } from '../base/errors.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free space on it or move the log directory',
  EDQUOT: 'the disk quota is used up; raise it or free space',
  EACCES: 'permission denied; give the user of this process read and write access',
  EPERM: 'not permitted; give the user of this process read and write access',
  EROFS: 'the file system is read-only; mount it for writing or choose another directory',
  ENOENT: 'no such file or directory; check the path',
  ENOTDIR: 'a part of the path is not a directory; check the path',
  EISDIR: 'it is a directory; name a file',
  ELOOP: 'its symbolic links lead nowhere; check the path',
  EEXIST: 'it exists already; name another or remove it',
  ENOTEMPTY: 'the directory is not empty; remove what is in it',
  EMFILE: 'too many open files; raise the limit with `ulimit -n`',
  ENFILE: 'too many open files on this machine; raise fs.file-max',
  EIO: 'the device failed; check the disk, this directory is not used any more',
};

/** The system's error name (`ENOSPC`), or undefined where the error is not from a system call. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** The system's error name in words, with the remedy. */
export const describeErrno = (errno: string): string =>
  `${REMEDIES[errno] ?? 'the operation failed'} (${errno})`;

/**
 * One line for a failed file operation: DISK_FULL for a full disk, CONFIG for what the operator
 * must permit, CORRUPT_STORE where something else stands in a file's place, STORAGE_ERROR for all
 * else, the device included.
 */
export const diskError = (errno: string, operation: string, path: string): OttlaError => {
  const text = `${operation} ${path}: ${describeErrno(errno)}`;
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return new OttlaError('DISK_FULL', text);
  if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS') {
    return new OttlaError('CONFIG', text);
  }
  if (operation === 'open' && (errno === 'EISDIR' || errno === 'ELOOP')) {
    return new OttlaError('CORRUPT_STORE', text);
  }
  return new OttlaError('STORAGE_ERROR', text);
};

/** A use of a file after its `close`, or after the process that opened it has gone. */
export const closedFileError = (operation: string, path: string): OttlaError =>
  new OttlaError('CLOSED', `${operation} ${path}: the file is closed; open it again`);
