import { readFileSync } from 'node:fs';

const KIB = 1024;
const NS_PER_MS = 1e6;
const SAMPLE_MS = 100;

/** Samples how much memory a process holds. */
export class MemoryWatch {
  peakBytes = 0;
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    // A run that failed must end, though nobody stops its watch.
    this.#timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  }

  /** Returns what is held now; 0 where the process is gone. */
  sample(): number {
    const bytes = residentBytes(this.#pid);
    this.peakBytes = Math.max(this.peakBytes, bytes);
    return bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

const residentBytes = (pid: number): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * KIB;
  } catch {
    return 0;
  }
};

/**
 * What a process' main thread has worked so far, in milliseconds, to a tick of the kernel's (1 to
 * 4 ms). 0 where the process is gone.
 */
export const mainThreadMs = (pid: number): number => {
  try {
    const [worked = '0'] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
    return Number(worked) / NS_PER_MS;
  } catch {
    return 0;
  }
};

const ERROR_LEVEL = 50;

/** Lines of a node's log that tell of an error of its own; a client's are warnings at most. */
export const errorLines = (log: string): string[] =>
  log.split('\n').filter((line) => line !== '' && isError(line));

const isError = (line: string): boolean => {
  try {
    const { level } = JSON.parse(line) as { level?: number | string };
    return typeof level === 'number'
      ? level >= ERROR_LEVEL
      : ['error', 'fatal'].includes(level ?? '');
  } catch {
    // Not from the logger: what Node itself writes when it dies.
    return true;
  }
};

/** The value at a share of the sorted numbers; 0 of none. */
export const quantile = (numbers: readonly number[], share: number): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
};
