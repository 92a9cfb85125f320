import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { LocalCluster } from '../deploy/local/cluster.ts';
import type { NodePorts } from '../deploy/local/layout.ts';
import { combinedShape, REPOSITORY } from '../deploy/local/layout.ts';
import { formatTable } from '../src/cli/table.ts';
import type { Acks } from '../src/index.ts';
import { connect } from '../src/index.ts';
import { freePorts } from '../src/platform/free-ports.ts';
import type { Latency, Throughput } from './load.ts';
import { measureLatency, measureThroughput } from './load.ts';

/** One producer against one cluster. */
interface Run {
  readonly nodes: number;
  readonly acks: Acks;
  readonly throughput: Throughput;
  readonly latency: Latency;
}

interface ClusterReport {
  readonly nodes: number;
  /** From the exec of a formatted node to `/readyz`, the median of several. */
  readonly startupMs: number;
  /** Resident memory of each node after its runs. */
  readonly rssBytes: readonly number[];
  readonly runs: readonly Run[];
}

const SHAPES = [1, 3] as const;
const ACKS: readonly Acks[] = [1, 'all'];
const PARTITIONS = 6;
const PORTS_PER_NODE = 3;
const STARTS = 5;
const RESULTS = join(REPOSITORY, 'bench', 'results');
const BYTES_PER_MB = 1_000_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Measures in under two minutes what later work is held against; keeps it as JSON. */
export const runSmoke = async (): Promise<number> => {
  const reports: ClusterReport[] = [];
  for (const nodes of SHAPES) {
    say(`${nodes} node(s)`);
    reports.push(await measureCluster(nodes));
  }
  const result = { at: new Date().toISOString(), machine: machine(), clusters: reports };
  mkdirSync(RESULTS, { recursive: true });
  const path = join(RESULTS, 'smoke.json');
  writeFileSync(path, `${JSON.stringify(result, undefined, 2)}\n`);
  print(reports);
  say(`kept in ${path}`);
  return 0;
};

const machine = (): object => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryBytes: totalmem(),
  node: process.version,
});

const measureCluster = async (nodes: number): Promise<ClusterReport> => {
  const root = mkdtempSync(join(tmpdir(), 'ottla-bench-'));
  const ports = await freePorts(nodes * PORTS_PER_NODE);
  const portsOf = (nodeId: number): NodePorts => {
    const [client = 0, peer = 0, admin = 0] = ports.slice((nodeId - 1) * PORTS_PER_NODE);
    return { client, peer, admin };
  };
  const cluster = new LocalCluster({ root, shape: combinedShape(nodes), portsOf });
  try {
    await cluster.up();
    const startupMs = await measureStartup(cluster);
    const runs: Run[] = [];
    for (const acks of ACKS) runs.push(await measureRun(cluster, nodes, acks));
    const rssBytes = cluster.nodes.map(({ state }) =>
      state.kind === 'alive' ? rss(state.pid) : 0,
    );
    return { nodes, startupMs, rssBytes, runs };
  } finally {
    await cluster.down(() => {});
    rmSync(root, { recursive: true, force: true });
  }
};

/** The last node is stopped and started again: the others, if any, keep the cluster going. */
const measureStartup = async (cluster: LocalCluster): Promise<number> => {
  const times: number[] = [];
  const node = cluster.nodes.at(-1);
  if (node === undefined) return 0;
  for (let start = 0; start < STARTS; start += 1) {
    await cluster.stop(node, () => {});
    const startMs = performance.now();
    await cluster.start(node.node.nodeId);
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[Math.floor(STARTS / 2)] ?? 0;
};

const measureRun = async (cluster: LocalCluster, nodes: number, acks: Acks): Promise<Run> => {
  await using client = connect({ bootstrap: cluster.bootstrap });
  const topic = `bench-${acks}`;
  await client
    .admin()
    .createTopic({ name: topic, partitions: PARTITIONS, replicationFactor: nodes });
  const throughput = await measureThroughput(client, topic, acks);
  const latency = await measureLatency(client, topic, acks);
  say(`  acks=${acks}: ${Math.round(throughput.recordsPerSecond)} records/s`);
  return { nodes, acks, throughput, latency };
};

const rss = (pid: number): number => {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
};

const print = (reports: readonly ClusterReport[]): void => {
  const rows = reports.flatMap(({ runs, startupMs, rssBytes }) =>
    runs.map(({ nodes, acks, throughput, latency }) => [
      nodes,
      String(acks),
      Math.round(throughput.recordsPerSecond),
      (throughput.bytesPerSecond / BYTES_PER_MB).toFixed(1),
      latency.p50Ms.toFixed(1),
      latency.p99Ms.toFixed(1),
      Math.round(startupMs),
      rssBytes.map((bytes) => Math.round(bytes / BYTES_PER_MB)).join(','),
    ]),
  );
  const headings = 'NODES,ACKS,RECORDS/S,MB/S,P50 MS,P99 MS,START MS,RSS MB'.split(',');
  for (const line of formatTable(headings, rows)) say(line);
};
