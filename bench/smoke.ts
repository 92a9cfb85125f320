/**
 * The base that later work is held against: throughput and latency of the SDK at 1 KB records, one
 * node and three, `acks=1` and `acks=all`; the same of one node over Kafka's protocol, by frames of
 * our own codec (`kafka-load.ts`); processor time of the brokers; start-up time; memory. Under two
 * minutes.
 */
import { loadavg } from 'node:os';
import type { LocalCluster } from '../deploy/local/cluster.ts';
import { withCluster } from './cluster.ts';
import { keep } from './keep.ts';
import type { FloodPlan, KafkaLoadResult, LoadResult } from './plan.ts';
import { rssMbOf } from './processes.ts';
import { runLoad } from './run-load.ts';
import { median } from './statistics.ts';

const RECORD_BYTES = 1024;
const PARTITIONS = 6;
const STARTS = 5;
const FLOOD = { partitions: PARTITIONS, recordBytes: RECORD_BYTES, warmUpMs: 3000, floodMs: 5000 };
/** The broker is warm by then. */
const KAFKA_WARM_UP_MS = 1000;
const PACE = { paceMs: 4000, pacePerSecond: 500 };

interface Shape {
  readonly nodes: number;
  readonly acks: 1 | 'all';
}

interface Common extends Shape {
  /** Resident memory of the brokers, all together. */
  readonly brokersRssMb: number;
}

interface GrpcRow extends LoadResult, Common {
  readonly door: 'grpc';
}

/** Without latencies: no client gathers records here. */
interface KafkaRow extends KafkaLoadResult, Common {
  readonly door: 'kafka';
}

type Row = GrpcRow | KafkaRow;

const runSmoke = async (): Promise<number> => {
  const rows: Row[] = [];
  const startsMs: number[] = [];
  for (const nodes of [1, 3]) {
    await withCluster({ nodes }, async (cluster) => {
      if (nodes === 1) startsMs.push(...(await measureStarts(cluster)));
      for (const acks of [1, 'all'] as const) {
        const shape = { nodes, acks };
        rows.push(await measureGrpc(cluster, shape));
        if (nodes === 1) rows.push(await measureKafka(cluster, shape));
      }
    });
  }
  report(rows, median(startsMs));
  return rows.every((row) => row.failed === 0) ? 0 : 1;
};

/** From the exec of a node on existing data to its first 200 on `/readyz`. */
const measureStarts = async (cluster: LocalCluster): Promise<number[]> => {
  const startsMs: number[] = [];
  for (let i = 0; i < STARTS; i += 1) {
    await cluster.down(() => {});
    const begunMs = performance.now();
    await cluster.start(1);
    startsMs.push(performance.now() - begunMs);
  }
  return startsMs;
};

const topicOf = ({ nodes, acks }: Shape): string => `smoke-${nodes}-${acks}`;

const floodOf = (cluster: LocalCluster, shape: Shape): FloodPlan => {
  const brokerPids = pidsOf(cluster);
  return { ...FLOOD, topic: topicOf(shape), acks: shape.acks, brokerPids };
};

const measureGrpc = async (cluster: LocalCluster, shape: Shape): Promise<GrpcRow> => {
  const result = await runLoad<LoadResult>('load.ts', {
    ...floodOf(cluster, shape),
    ...PACE,
    bootstrap: cluster.bootstrap,
    replicationFactor: shape.nodes,
  });
  return { door: 'grpc', ...shape, ...result, brokersRssMb: rssMbOf(pidsOf(cluster)) };
};

/** Into the topic that gRPC's load has made. */
const measureKafka = async (cluster: LocalCluster, shape: Shape): Promise<KafkaRow> => {
  const { kafka: port = 0 } = cluster.node(1).ports;
  const plan = { ...floodOf(cluster, shape), port, warmUpMs: KAFKA_WARM_UP_MS };
  const result = await runLoad<KafkaLoadResult>('kafka-load.ts', plan);
  return { door: 'kafka', ...shape, ...result, brokersRssMb: rssMbOf(pidsOf(cluster)) };
};

const pidsOf = ({ nodes }: LocalCluster): number[] =>
  nodes.flatMap(({ state }) => (state.kind === 'alive' ? [state.pid] : []));

const latenciesOf = (row: Row): string[] =>
  row.door === 'kafka' ? ['-', '-'] : [row.latencyP50Ms.toFixed(1), row.latencyP99Ms.toFixed(1)];

const report = (rows: readonly Row[], startMs: number): void => {
  const lines = [
    ' door  nodes  acks   records/s    MB/s   CPU s/GB   ack p50 ms   ack p99 ms   brokers RSS MB   failed',
    ...rows.map((row) =>
      [
        row.door.padStart(5),
        String(row.nodes).padStart(5),
        String(row.acks).padStart(4),
        String(row.recordsPerSecond).padStart(10),
        row.megabytesPerSecond.toFixed(1).padStart(6),
        row.brokerCpuSecondsPerGb.toFixed(2).padStart(9),
        ...latenciesOf(row).map((text) => text.padStart(11)),
        String(row.brokersRssMb).padStart(15),
        String(row.failed).padStart(7),
      ].join('  '),
    ),
    `start of one node on existing data, exec to ready: ${Math.round(startMs)} ms (median of ${STARTS})`,
    `latency: ${PACE.pacePerSecond} records/s, open loop, linger 5 ms included`,
    'CPU: of the brokers, for 1e9 bytes of values. kafka: batches of 16 KiB, made once, 5 in flight',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  // Of the last minute, at the end: far above 2, others were at work too.
  keep('smoke', { loadAfter: loadavg()[0], recordBytes: RECORD_BYTES, startMs, rows });
};

process.exitCode = await runSmoke();
