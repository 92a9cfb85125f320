import { startTool } from './java-load.ts';
import type { ReadRun } from './measure-consume.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import type { Figures } from './result.ts';
import { parseEndToEnd } from './tool-output.ts';

/** One record at a time, from its send to its arrival at a consumer, by Kafka's own tool. */
export const measureRoundTrip = async (
  jars: KafkaJars,
  { system, topic, row: { load, recordCount } }: ReadRun,
): Promise<Figures> => {
  const words = [
    ...['EndToEndLatency', '--bootstrap-server', system.bootstrap, '--topic', topic],
    ...['--num-records', String(recordCount), '--producer-acks', load.acks],
    ...['--record-size', String(load.recordBytes)],
  ];
  return { ...parseEndToEnd(await startTool(jars, words).ended) };
};
