import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from './matrix.ts';
import { measureConnections } from './measure-connections.ts';
import type { ReadRun } from './measure-consume.ts';
import { measureFailover } from './measure-failover.ts';
import { measureStartUp } from './measure-start-up.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import { fdCountOf, rssMbOf, usageDuring } from './processes.ts';
import type { Figures, RowRuns, Run } from './result.ts';
import { topicConfigs } from './rows.ts';
import { withKafka } from './systems/kafka.ts';
import { withOttla } from './systems/ottla.ts';
import type { System } from './systems/system.ts';
import { makeTopic } from './systems/topics.ts';

const TOPIC = 'bench-cost';
const SETTLE_MS = 10_000;
const IDLE_MS = 10_000;
const MANY_PARTITIONS = 1000;

/** Rows that change or end their cluster: each run has one of its own, and runs alone. */
export const measureAlone = async (jars: KafkaJars, row: Row): Promise<RowRuns> => {
  const [ottla, kafka]: [Run[], Run[]] = [[], []];
  const nodeCount = row.load.replication;
  const settings = row.settings ?? { ottla: {}, kafka: {} };
  const measure = async (system: System): Promise<Run> => {
    const { partitions, replication, durability } = row.load;
    const configs = topicConfigs(system.name, durability, replication);
    await makeTopic(system, { name: TOPIC, partitions, replication, configs });
    return { figures: await measureCost(jars, { system, topic: TOPIC, row }) };
  };
  try {
    for (let nth = 1; nth <= row.pairs; nth += 1) {
      ottla.push(await withOttla({ nodeCount, settings: settings.ottla }, measure));
      kafka.push(await withKafka({ nodeCount, jars, settings: settings.kafka }, measure));
    }
    return { row, ottla, kafka };
  } catch (error) {
    return { row, ottla, kafka, notRun: (error as Error).message };
  }
};

const measureCost = (jars: KafkaJars, run: ReadRun): Promise<Figures> => {
  switch (run.row.kind) {
    case 'start-up':
      return measureStartUp(jars, run);
    case 'failover':
      return measureFailover(jars, run);
    case 'partitions':
      return measurePartitions(run.system, run.row.recordCount);
    case 'connections':
      return measureConnections(run.system, run.row.recordCount);
    default:
      return measureIdle(run.system);
  }
};

/** Memory and processor time of a cluster that nobody asks for anything. */
const measureIdle = async (system: System): Promise<Figures> => {
  await sleep(SETTLE_MS);
  const [, idle] = await usageDuring(system, () => sleep(IDLE_MS));
  const many = { name: 'many', partitions: MANY_PARTITIONS, replication: 1, configs: {} };
  await makeTopic(system, many);
  const [, after] = await usageDuring(system, () => sleep(IDLE_MS));
  const percentOf = (cpuSeconds: number): number => (cpuSeconds / (IDLE_MS / 1000)) * 100;
  return {
    rssMb: idle.rssMb,
    cpuPercent: percentOf(idle.cpuSeconds),
    manyPartitionsRssMb: rssMbOf(system.pids()),
    manyPartitionsCpuPercent: percentOf(after.cpuSeconds),
  };
};

/** Kafka's controller makes no more with one request. */
const PARTITIONS_A_TOPIC = 1000;

/** Memory, descriptors and processor time of partitions that nobody asks for, and their making. */
const measurePartitions = async (system: System, count: number): Promise<Figures> => {
  await sleep(SETTLE_MS);
  const pids = system.pids();
  const rssBeforeMb = rssMbOf(pids);
  const begunMs = performance.now();
  for (let nth = 0; nth * PARTITIONS_A_TOPIC < count; nth += 1) {
    const topic = { name: `many-${nth}`, partitions: PARTITIONS_A_TOPIC };
    await makeTopic(system, { ...topic, replication: 1, configs: {} });
  }
  const madeSeconds = (performance.now() - begunMs) / 1000;
  await sleep(SETTLE_MS);
  const [, { cpuSeconds, rssMb }] = await usageDuring(system, () => sleep(IDLE_MS));
  return {
    partitionsPerSecond: count / madeSeconds,
    manyPartitionsRssMb: rssMb,
    kibibytesPerPartition: ((rssMb - rssBeforeMb) * 1024) / count,
    fds: fdCountOf(pids),
    cpuPercent: (cpuSeconds / (IDLE_MS / 1000)) * 100,
  };
};
