import type { Histogram } from './histogram.ts';
import { percentilesOf } from './histogram.ts';
import type { JavaLoad } from './java-load.ts';
import { startJava } from './java-load.ts';
import type { ReadRun } from './measure-consume.ts';
import { producerProperties } from './measure-produce.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import { usageDuring } from './processes.ts';
import type { Run } from './result.ts';

/** From and to, in ms since 1970. */
export type Span = readonly [number, number];

/** What `OpenLoop.java` prints. */
export interface OpenLoopReport {
  readonly sent: number;
  readonly acked: number;
  readonly failed: number;
  readonly tookSeconds: number;
  /** When the first and the last record that counts were due, in ms since 1970. */
  readonly measured: Span;
  /** Between two acknowledgements one after the other; those of less than 10 ms are left out. */
  readonly gaps: readonly Span[];
  readonly ack: Histogram;
  readonly endToEnd: Histogram;
}

export interface Pace {
  readonly perSecond: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

const PACE = { warmUpSeconds: 3, seconds: 6 };

/** At a fixed rate in open loop; from the moment a record was due. */
export const measureLatency = async (jars: KafkaJars, run: ReadRun): Promise<Run> => {
  const pace = { ...PACE, perSecond: run.row.perSecond ?? 0 };
  const [report, usage] = await usageDuring(run.system, async () =>
    openLoopOf(await startOpenLoop(jars, run, pace).ended),
  );
  const { ack, endToEnd } = report;
  if (report.failed > 0) throw new Error(`${report.failed} of ${report.sent} records failed`);
  const figures = {
    ...prefixed('ack', ack),
    ...prefixed('endToEnd', endToEnd),
    // Far below what was asked for, the rate was more than this system bears.
    acksPerSecond: report.acked / report.tookSeconds,
    ...usage,
  };
  return { figures, histograms: { ack, endToEnd } };
};

export const startOpenLoop = (
  jars: KafkaJars,
  { system, topic, row }: ReadRun,
  { perSecond, warmUpSeconds, seconds }: Pace,
): JavaLoad => {
  const numbers = [perSecond, warmUpSeconds, seconds, row.load.recordBytes].map(String);
  const words = ['OpenLoop', system.bootstrap, topic, ...numbers, ...producerProperties(row)];
  return startJava(jars, words);
};

/** The last line of its output. */
export const openLoopOf = (output: string): OpenLoopReport =>
  JSON.parse(output.trim().split('\n').at(-1) ?? '') as OpenLoopReport;

const prefixed = (name: string, histogram: Histogram): Record<string, number> => {
  const percentiles = Object.entries(percentilesOf(histogram));
  return Object.fromEntries(
    percentiles.map(([key, value]) => [
      `${name}${key.charAt(0).toUpperCase()}${key.slice(1)}`,
      value,
    ]),
  );
};
