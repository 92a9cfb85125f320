import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process and what tells it from a later one with the same number. */
interface ProcessRecord {
  readonly pid: number;
  readonly startTicks: string;
}

// `pid` holds the bare number, because people write `kill -9 $(cat pid)`; the start time has a
// file of its own.
const PID_FILE = 'pid';
const RECORD_FILE = 'process.json';

export const recordProcess = (directory: string, pid: number): void => {
  const record: ProcessRecord = { pid, startTicks: startTicksOf(pid) ?? '' };
  writeFileSync(join(directory, RECORD_FILE), `${JSON.stringify(record)}\n`);
  writeFileSync(join(directory, PID_FILE), `${pid}\n`);
};

export const forgetProcess = (directory: string): void => {
  rmSync(join(directory, PID_FILE), { force: true });
  rmSync(join(directory, RECORD_FILE), { force: true });
};

/** What the files of a node say of its process. */
export type ProcessState =
  | { readonly kind: 'none' }
  /** The files were left behind: that process has ended, or its number is another's now. */
  | { readonly kind: 'stale'; readonly pid: number }
  | { readonly kind: 'alive'; readonly pid: number };

export const processState = (directory: string): ProcessState => {
  const record = readRecord(directory);
  if (record === undefined) return { kind: 'none' };
  const { pid, startTicks } = record;
  const isAlive =
    process.platform === 'linux' ? startTicksOf(pid) === startTicks : canBeSignalled(pid);
  return { kind: isAlive ? 'alive' : 'stale', pid };
};

const readRecord = (directory: string): ProcessRecord | undefined => {
  try {
    return JSON.parse(readFileSync(join(directory, RECORD_FILE), 'utf8')) as ProcessRecord;
  } catch {
    return undefined;
  }
};

/** When the process began, in the kernel's ticks since boot; nothing for one that has ended. */
const startTicksOf = (pid: number): string | undefined => {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name before `)` may hold anything; the state follows, the start is the 20th after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
};

const canBeSignalled = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
