import { readFileSync } from 'node:fs';

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
export const rssMbOf = (pids: readonly number[]): number => {
  const kilobytes = pids.map((pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0),
  );
  return Math.round(kilobytes.reduce((sum, each) => sum + each, 0) / 1024);
};

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
