import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** USER_HZ, which Linux fixes at 100 for everything it tells in clock ticks. */
const TICKS_PER_SECOND = 100;

/** Processor time that processes of this machine have used so far, all together, in seconds. */
export const cpuSecondsOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + ticksOf(pid), 0) / TICKS_PER_SECOND;

const ticksOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before it may hold anything, a bracket too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
  return user + system;
};

/** Resident memory of processes, all together, in MiB. */
export const rssMbOf = (pids: readonly number[]): number => mebibytesOf(pids, 'VmRSS');

/** The most that was resident at any time since `forgetPeakRss`, of each, all together, in MiB. */
export const peakRssMbOf = (pids: readonly number[]): number => mebibytesOf(pids, 'VmHWM');

/** From now on `peakRssMbOf` tells of what comes. */
export const forgetPeakRss = (pids: readonly number[]): void => {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
};

/** Threads of processes, all together. */
export const threadCountOf = (pids: readonly number[]): number => sumOfStatus(pids, 'Threads');

/** Open file descriptors of processes, all together. */
export const fdCountOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);

const mebibytesOf = (pids: readonly number[], field: string): number =>
  Math.round(sumOfStatus(pids, field) / 1024);

const sumOfStatus = (pids: readonly number[], field: string): number =>
  pids.reduce((sum, pid) => sum + statusOf(pid, field), 0);

const statusOf = (pid: number, field: string): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
};

/** What a process has read and written so far, files and sockets together, in bytes. */
export interface Transferred {
  readonly inBytes: number;
  readonly outBytes: number;
}

export const transferredOf = (pid: number): Transferred => {
  const text = readFileSync(`/proc/${pid}/io`, 'utf8');
  const of = (field: string): number =>
    Number(new RegExp(`^${field}: (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { inBytes: of('rchar'), outBytes: of('wchar') };
};

/** What processes have read from devices so far, all together, in bytes; not what memory had. */
export const deviceBytesOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/io`, 'utf8');
    return sum + Number(/^read_bytes: (\d+)/m.exec(text)?.[1] ?? 0);
  }, 0);

/** What processes used while something was done, and what they held at its end. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

export const usageDuring = async <T>(
  processes: { pids(): number[] },
  work: () => Promise<T>,
): Promise<[T, Usage]> => {
  const before = cpuSecondsOf(processes.pids());
  const result = await work();
  const pids = processes.pids();
  return [result, { cpuSeconds: cpuSecondsOf(pids) - before, rssMb: rssMbOf(pids) }];
};
