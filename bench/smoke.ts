/**
 * The base that later work is held against: throughput and latency of the SDK at 1 KB records, one
 * node and three, `acks=1` and `acks=all`; start-up time; memory. Under two minutes.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalCluster } from '../deploy/local/cluster.ts';
import type { NodePorts } from '../deploy/local/layout.ts';
import { combinedShape, REPOSITORY } from '../deploy/local/layout.ts';
import { freePorts } from '../src/platform/free-ports.ts';
import type { LoadPlan, LoadResult } from './plan.ts';

const RECORD_BYTES = 1024;
const PARTITIONS = 6;
const PORTS_PER_NODE = 3;
const STARTS = 5;
const PLAN = { warmUpMs: 3000, floodMs: 5000, paceMs: 4000, pacePerSecond: 500 };

interface Row extends LoadResult {
  readonly nodes: number;
  readonly acks: 1 | 'all';
  /** Resident memory of the brokers, all together. */
  readonly brokersRssMb: number;
}

const runSmoke = async (): Promise<number> => {
  const rows: Row[] = [];
  const startsMs: number[] = [];
  for (const nodes of [1, 3]) {
    await withCluster(nodes, async (cluster) => {
      if (nodes === 1) startsMs.push(...(await measureStarts(cluster)));
      for (const acks of [1, 'all'] as const) rows.push(await measure(cluster, { nodes, acks }));
    });
  }
  report(rows, median(startsMs));
  return rows.every((row) => row.failed === 0) ? 0 : 1;
};

const withCluster = async (
  nodes: number,
  use: (cluster: LocalCluster) => Promise<void>,
): Promise<void> => {
  const root = mkdtempSync(join(tmpdir(), 'ottla-bench-'));
  const ports = await freePorts(nodes * PORTS_PER_NODE);
  const portsOf = (nodeId: number): NodePorts => {
    const [client = 0, peer = 0, admin = 0] = ports.slice((nodeId - 1) * PORTS_PER_NODE);
    return { client, peer, admin };
  };
  const cluster = new LocalCluster({
    root,
    shape: combinedShape(nodes),
    portsOf,
    endsWithParent: true,
  });
  try {
    await cluster.up();
    await use(cluster);
    await cluster.down(() => {});
  } finally {
    for (const node of cluster.nodes) node.signal('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  }
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

const measure = async (
  cluster: LocalCluster,
  { nodes, acks }: { nodes: number; acks: 1 | 'all' },
): Promise<Row> => {
  const result = await runLoad({
    bootstrap: cluster.bootstrap,
    topic: `smoke-${nodes}-${acks}`,
    partitions: PARTITIONS,
    replicationFactor: nodes,
    acks,
    recordBytes: RECORD_BYTES,
    ...PLAN,
  });
  return { nodes, acks, ...result, brokersRssMb: rssMb(cluster) };
};

const runLoad = (plan: LoadPlan): Promise<LoadResult> =>
  new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL('load.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(JSON.parse(output) as LoadResult);
      else reject(new Error(`the load process ended with status ${status}`));
    });
  });

const rssMb = (cluster: LocalCluster): number => {
  const kilobytes = cluster.nodes.map(({ state }) =>
    state.kind === 'alive'
      ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${state.pid}/status`, 'utf8'))?.[1] ?? 0)
      : 0,
  );
  return Math.round(kilobytes.reduce((sum, each) => sum + each, 0) / 1024);
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const report = (rows: readonly Row[], startMs: number): void => {
  const lines = [
    'nodes  acks   records/s    MB/s   ack p50 ms   ack p99 ms   brokers RSS MB   failed',
    ...rows.map((row) =>
      [
        String(row.nodes).padStart(5),
        String(row.acks).padStart(4),
        String(row.recordsPerSecond).padStart(10),
        row.megabytesPerSecond.toFixed(1).padStart(6),
        row.latencyP50Ms.toFixed(1).padStart(11),
        row.latencyP99Ms.toFixed(1).padStart(11),
        String(row.brokersRssMb).padStart(15),
        String(row.failed).padStart(7),
      ].join('  '),
    ),
    `start of one node on existing data, exec to ready: ${Math.round(startMs)} ms (median of ${STARTS})`,
    `latency: ${PLAN.pacePerSecond} records/s, open loop, linger 5 ms included`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  const folder = join(REPOSITORY, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length };
  const kept = { at: new Date().toISOString(), machine, recordBytes: RECORD_BYTES, startMs, rows };
  writeFileSync(join(folder, 'smoke.json'), `${JSON.stringify(kept, undefined, 2)}\n`);
};

process.exitCode = await runSmoke();
