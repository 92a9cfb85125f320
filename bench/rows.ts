import { payloadFile } from './java-load.ts';
import type { Durability, Row } from './matrix.ts';
import { measureBurst } from './measure-burst.ts';
import type { ReadRun } from './measure-consume.ts';
import { measureCatchUp, measureFanOut, measureTail } from './measure-consume.ts';
import { measureKcat } from './measure-kcat.ts';
import { measureLatency } from './measure-latency.ts';
import type { Bench } from './measure-produce.ts';
import { measureProduce } from './measure-produce.ts';
import { measureRoundTrip } from './measure-round-trip.ts';
import { measureRounds } from './measure-rounds.ts';
import { measureSdk } from './measure-sdk.ts';
import { measureUpkeep } from './measure-upkeep.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import type { Figures, RowRuns, Run } from './result.ts';
import type { System, SystemName } from './systems/system.ts';
import { dropTopic, makeTopic } from './systems/topics.ts';

/** Both systems, of as many nodes, running. */
export interface Pair {
  readonly ottla: System;
  readonly kafka: System;
}

export const benchOf = (jars: KafkaJars): Bench => {
  const files = new Map<number, string>();
  const payloadsOf = (recordBytes: number): string => {
    const file = files.get(recordBytes) ?? payloadFile(recordBytes);
    files.set(recordBytes, file);
    return file;
  };
  return { jars, payloadsOf };
};

/**
 * A B A B: each pair is one run of each system, in a topic that is made for it and gone after it. A
 * run that fails ends its row, which says so; the others go on.
 */
export const measureRow = async (bench: Bench, pair: Pair, row: Row): Promise<RowRuns> => {
  const [ottla, kafka]: [Run[], Run[]] = [[], []];
  try {
    for (let nth = 1; nth <= row.pairs; nth += 1) {
      ottla.push(await measureOnce(bench, pair.ottla, row));
      if (row.kind !== 'sdk') kafka.push(await measureOnce(bench, pair.kafka, row));
    }
    return { row, ottla, kafka };
  } catch (error) {
    return { row, ottla, kafka, notRun: (error as Error).message };
  }
};

let topicCount = 0;

const measureOnce = async (bench: Bench, system: System, row: Row): Promise<Run> => {
  topicCount += 1;
  const topic = `bench-${topicCount}`;
  const { partitions, replication, durability } = row.load;
  const configs = topicConfigs(system.name, durability, replication);
  await makeTopic(system, { name: topic, partitions, replication, configs });
  try {
    return await measureKind(bench, { system, topic, row });
  } finally {
    await dropTopic(system, topic);
  }
};

const measureKind = async (bench: Bench, run: ReadRun): Promise<Run> => {
  if (run.row.kind === 'latency') return measureLatency(bench.jars, run);
  return { figures: await measureFigures(bench, run) };
};

const measureFigures = async (bench: Bench, run: ReadRun): Promise<Figures> => {
  switch (run.row.kind) {
    case 'tail':
      return { ...(await measureTail(bench, run)) };
    case 'catch-up':
      return { ...(await measureCatchUp(bench, run)) };
    case 'fan-out':
      return { ...(await measureFanOut(bench, run)) };
    case 'round trip':
      return measureRoundTrip(bench.jars, run);
    case 'rounds':
      return measureRounds(bench.jars, run);
    case 'burst':
      return measureBurst(bench.jars, run);
    case 'kcat':
      return measureKcat(bench, run);
    case 'sdk':
      return measureSdk(run);
    case 'upkeep':
      return measureUpkeep(bench, run);
    default:
      return { ...(await measureProduce(bench, run)) };
  }
};

const DURABILITIES: Readonly<
  Record<Durability, Readonly<Record<SystemName, Readonly<Record<string, string>>>>>
> = {
  memory: { ottla: { 'ack.durability': 'memory' }, kafka: {} },
  fsync: { ottla: { 'ack.durability': 'fsync' }, kafka: {} },
  'fsync both': { ottla: { 'ack.durability': 'fsync' }, kafka: { 'flush.messages': '1' } },
};

/** Of a topic: two replicas have to be in sync where there are three. */
export const topicConfigs = (
  system: SystemName,
  durability: Durability,
  replication: number,
): Record<string, string> => ({
  'min.insync.replicas': String(Math.min(2, replication)),
  ...DURABILITIES[durability][system],
});
