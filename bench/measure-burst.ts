import { startJava } from './java-load.ts';
import type { ReadRun } from './measure-consume.ts';
import { producerProperties } from './measure-produce.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import { forgetPeakRss, peakRssMbOf, usageDuring } from './processes.ts';
import type { Figures } from './result.ts';

/** What `Burst.java` prints. */
interface BurstReport {
  readonly failed: number;
  readonly recordsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** All records at once, one a request; each has to be acknowledged. */
export const measureBurst = async (
  jars: KafkaJars,
  { system, topic, row }: ReadRun,
): Promise<Figures> => {
  const numbers = [row.recordCount, row.load.recordBytes].map(String);
  const words = ['Burst', system.bootstrap, topic, ...numbers, ...producerProperties(row)];
  forgetPeakRss(system.pids());
  const [output, { cpuSeconds }] = await usageDuring(system, () => startJava(jars, words).ended);
  const { failed, recordsPerSecond, p50Us, p99Us } = JSON.parse(output.trim()) as BurstReport;
  if (failed > 0) throw new Error(`${failed} of ${row.recordCount} records failed`);
  return {
    recordsPerSecond,
    recordsPerCpuSecond: row.recordCount / cpuSeconds,
    ackP50Ms: p50Us / 1000,
    ackP99Ms: p99Us / 1000,
    peakRssMb: peakRssMbOf(system.pids()),
  };
};
