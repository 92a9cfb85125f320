import type { JavaLoad } from './java-load.ts';
import { startTool } from './java-load.ts';
import type { Row } from './matrix.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import type { Usage } from './processes.ts';
import { usageDuring } from './processes.ts';
import type { System } from './systems/system.ts';
import { parseProducer } from './tool-output.ts';

/** How a run is made: the same for both systems. */
export interface Bench {
  readonly jars: KafkaJars;
  /** The file of payloads for a size of record. */
  readonly payloadsOf: (recordBytes: number) => string;
}

/** One run of one system; what is higher is better, but for memory. */
export interface Produced {
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Of all brokers, over all that was sent, what warmed up included. */
  readonly recordsPerCpuSecond: number;
  readonly cpuSecondsPerGb: number;
  /** Resident memory of all brokers at the end. */
  readonly rssMb: number;
}

/** A share of the records is sent before, and does not count but in processor time. */
const WARM_UP_SHARE = 0.5;

/** As fast as it goes, by Kafka's own tool, a process for each producer. */
export const measureProduce = async (
  bench: Bench,
  { system, topic, row }: { system: System; topic: string; row: Row },
): Promise<Produced> => {
  const { producers, recordBytes } = row.load;
  const warmUpCount = Math.ceil(row.recordCount * WARM_UP_SHARE);
  const [outputs, usage] = await usageDuring(system, () =>
    Promise.all(
      startProducers(bench, { system, topic, row, warmUpCount }).map(({ ended }) => ended),
    ),
  );
  const rates = outputs.map((output) => parseProducer(output).recordsPerSecond);
  const recordsPerSecond = rates.reduce((sum, rate) => sum + rate, 0);
  const sentCount = perProducer(row.recordCount + warmUpCount, producers) * producers;
  return producedOf({ recordsPerSecond, sentCount, recordBytes, usage });
};

/** Pure: the figures of a run. A GB is 1e9 bytes of values. */
export const producedOf = ({
  recordsPerSecond,
  sentCount,
  recordBytes,
  usage: { cpuSeconds, rssMb },
}: {
  recordsPerSecond: number;
  sentCount: number;
  recordBytes: number;
  usage: Usage;
}): Produced => ({
  recordsPerSecond,
  megabytesPerSecond: (recordsPerSecond * recordBytes) / 1e6,
  recordsPerCpuSecond: sentCount / cpuSeconds,
  cpuSecondsPerGb: (cpuSeconds * 1e9) / (sentCount * recordBytes),
  rssMb,
});

const perProducer = (count: number, producers: number): number => Math.ceil(count / producers);

export const startProducers = (
  { jars, payloadsOf }: Bench,
  run: { system: System; topic: string; row: Row; warmUpCount: number },
): JavaLoad[] => {
  const { load, recordCount } = run.row;
  const count = perProducer(recordCount + run.warmUpCount, load.producers);
  const warmUp = perProducer(run.warmUpCount, load.producers);
  const words = [
    ...['ProducerPerformance', '--bootstrap-server', run.system.bootstrap, '--topic', run.topic],
    ...['--num-records', String(count), '--throughput', '-1'],
    ...(warmUp > 0 ? ['--warmup-records', String(warmUp)] : []),
    ...['--payload-file', payloadsOf(load.recordBytes), '--reporting-interval', '60000'],
    ...['--command-property', ...producerProperties(run.row)],
  ];
  return Array.from({ length: load.producers }, () => startTool(jars, words));
};

export const producerProperties = ({ load }: Row): string[] =>
  Object.entries({
    acks: load.acks,
    'batch.size': String(load.batchBytes),
    'linger.ms': String(load.lingerMs),
    'compression.type': load.compression,
    ...load.producerSettings,
  }).map(([key, value]) => `${key}=${value}`);
