import * as fs from 'node:fs';
import { join } from 'node:path';
import { OttlaError } from '../base/errors.ts';
import type { DirLock } from '../env/disk.ts';
import { errnoOf } from './disk-error.ts';

const LOCK_NAME = '.lock';
const ATTEMPTS = 5;

/**
 * Claims a directory by a file that names its holder. The file appears with its content in one
 * step (a link), so no reader sees half of it. `kill -9` and a power cut leave it behind: a holder
 * is dead when its process is gone, began at another time (the number was reused) or ran before
 * the last boot. Holders in another container or machine cannot be told from dead ones.
 */
export const lockDirectory = (directory: string): DirLock => {
  const path = join(directory, LOCK_NAME);
  const own = describeProcess(process.pid) ?? `${process.pid} - -`;
  const temporary = `${path}.${process.pid}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (linkWith(path, { temporary, content: own })) return lockHeld(path, own);
    const holder = readOrNothing(path);
    if (holder !== undefined && isAlive(holder)) {
      throw new OttlaError(
        'CONFIG',
        `lock ${directory}: process ${holder.split(' ')[0]} uses this directory; stop it or choose another`,
      );
    }
    if (holder !== undefined) removeStale(path, { temporary, holder });
  }
  throw new OttlaError('CONFIG', `lock ${directory}: other processes race for it; start one only`);
};

const lockHeld = (path: string, own: string): DirLock => {
  let isHeld = true;
  return {
    release: () => {
      if (!isHeld) return;
      isHeld = false;
      if (readOrNothing(path) === own) fs.rmSync(path, { force: true });
    },
  };
};

/** Creates the lock file with its content; false when there is one already. */
const linkWith = (path: string, lock: { temporary: string; content: string }): boolean => {
  fs.writeFileSync(lock.temporary, lock.content);
  try {
    fs.linkSync(lock.temporary, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(lock.temporary, { force: true });
  }
};

/** Moves a dead holder's file away; one that another process put there meanwhile goes back. */
const removeStale = (path: string, stale: { temporary: string; holder: string }): void => {
  const aside = `${stale.temporary}.stale`;
  try {
    fs.renameSync(path, aside);
    if (fs.readFileSync(aside, 'utf8') !== stale.holder) fs.linkSync(aside, path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
};

/** `pid startTicks bootId`, or undefined where there is no such process. */
const describeProcess = (pid: number): string | undefined => {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  if (stat === undefined)
    return process.platform !== 'linux' && exists(pid) ? `${pid} - -` : undefined;
  // The name before `)` may hold anything; the start time is field 22, the 20th after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie holds nothing any more: only its parent has not asked for it yet.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const bootId = readOrNothing('/proc/sys/kernel/random/boot_id')?.trim() ?? '-';
  return `${pid} ${fields[19] ?? '-'} ${bootId}`;
};

const isAlive = (holder: string): boolean => {
  const pid = Number(holder.split(' ')[0]);
  return Number.isInteger(pid) && pid > 0 && describeProcess(pid) === holder;
};

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
};

const readOrNothing = (path: string): string | undefined => {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};
