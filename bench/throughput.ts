import type { FloodPlan, Throughput } from './plan.ts';

/** What a flood of `count` records came to, rounded as it is told. A GB is 1e9 bytes of values. */
export const throughputOf = ({
  plan: { recordBytes },
  count,
  elapsedMs,
  cpuSeconds,
}: {
  plan: FloodPlan;
  count: number;
  elapsedMs: number;
  cpuSeconds: number;
}): Throughput => {
  const recordsPerSecond = (count / elapsedMs) * 1000;
  const gigabytes = (count * recordBytes) / 1e9;
  return {
    recordsPerSecond: Math.round(recordsPerSecond),
    megabytesPerSecond: Math.round((recordsPerSecond * recordBytes) / 1e5) / 10,
    brokerCpuSecondsPerGb: Math.round((cpuSeconds / gigabytes) * 100) / 100,
  };
};
