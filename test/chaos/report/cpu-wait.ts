import { readFileSync } from 'node:fs';

/** Nanoseconds that this process's main thread has run, and has waited for a processor. */
interface CpuTimes {
  readonly ranNs: number;
  readonly waitedNs: number;
}

const times = (): CpuTimes | undefined => {
  try {
    const [ran = '', waited = ''] = readFileSync('/proc/self/schedstat', 'utf8').split(' ');
    return { ranNs: Number(ran), waitedNs: Number(waited) };
  } catch {
    return undefined;
  }
};

/**
 * Tells how much of the time this process wanted a processor and had none: on a busy machine the
 * figures of a run are the machine's, not the cluster's.
 */
export const watchCpuWait = (): (() => string) => {
  const before = times();
  return () => {
    const after = times();
    if (before === undefined || after === undefined) return 'waiting for a processor: not known';
    const ran = after.ranNs - before.ranNs;
    const waited = after.waitedNs - before.waitedNs;
    const percent = Math.round((waited / Math.max(1, ran + waited)) * 100);
    return `the harness waited for a processor in ${percent} % of the time it had work`;
  };
};
