import { startJava } from './java-load.ts';
import type { ReadRun } from './measure-consume.ts';
import { producerProperties } from './measure-produce.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import type { Figures } from './result.ts';

/** All partitions written at once, a batch of one record each; the time until all are acknowledged. */
export const measureRounds = async (
  jars: KafkaJars,
  { system, topic, row }: ReadRun,
): Promise<Figures> => {
  const numbers = [row.load.partitions, row.recordCount, row.load.recordBytes].map(String);
  const words = ['Rounds', system.bootstrap, topic, ...numbers, ...producerProperties(row)];
  const output = await startJava(jars, words).ended;
  const { p50Us, p99Us } = JSON.parse(output.trim()) as { p50Us: number; p99Us: number };
  return { roundP50Ms: p50Us / 1000, roundP99Ms: p99Us / 1000 };
};
