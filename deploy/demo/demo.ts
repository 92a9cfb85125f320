import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OttlaClient } from '../../src/index.ts';
import { connect } from '../../src/index.ts';
import { freePorts } from '../../src/platform/free-ports.ts';
import { LocalCluster } from '../local/cluster.ts';
import type { NodePorts } from '../local/layout.ts';
import { combinedShape, REPOSITORY } from '../local/layout.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Progress } from './progress.ts';
import { makeProgress } from './progress.ts';
import type { ReadBack } from './read-back.ts';
import type { DemoOutcome } from './report.ts';
import { renderReport, shortcomings } from './report.ts';
import { sendFile } from './send-file.ts';

/** Real text that every install brings: the TypeScript compiler's own source, 9 MB. */
const DEFAULT_INPUT = join(REPOSITORY, 'node_modules', 'typescript', 'lib', 'typescript.js');

const NODES = 3;
const PORTS_PER_NODE = 3;
const TOPIC = 'demo';
const PARTITIONS = 6;

/** Shares of the file at which things happen. */
const KILL_AT = 0.4;
const RESTART_BEFORE = 0.9;
/** The broker stays dead for at least this long, so that others have to lead. */
const DEAD_MS = 1500;
/** Smaller files are sent more slowly, so that the kill falls into the sending. */
const PACED_BELOW_BYTES = 32 * 1024 * 1024;
const PACED_SEND_MS = 4000;
const STATUS_INTERRUPTED = 130;

/**
 * Sends a file through three processes, kills the one that leads most on the way, reads all back
 * in another process and compares. Gives the exit status.
 */
export const runDemo = async (input: string = DEFAULT_INPUT): Promise<number> => {
  const path = isAbsolute(input) ? input : join(process.env['INIT_CWD'] ?? process.cwd(), input);
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new Error(`INPUT: ${path} is no file that can be read; name another`);
  }
  const root = mkdtempSync(join(tmpdir(), 'ottla-demo-'));
  const cluster = await makeCluster(root);
  const onInterrupt = (): void => {
    killAll(cluster);
    rmSync(root, { recursive: true, force: true });
    process.exit(STATUS_INTERRUPTED);
  };
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
  let isGood = false;
  try {
    const outcome = await new Demo(cluster, path).run();
    isGood = shortcomings(outcome).length === 0;
    for (const line of renderReport(outcome)) process.stdout.write(`${line}\n`);
    await cluster.down(() => {});
  } finally {
    killAll(cluster);
    if (isGood) rmSync(root, { recursive: true, force: true });
    else process.stdout.write(`data and logs of the nodes are kept in ${root}\n`);
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  }
  return isGood ? 0 : 1;
};

const makeCluster = async (root: string): Promise<LocalCluster> => {
  const ports = await freePorts(NODES * PORTS_PER_NODE);
  const portsOf = (nodeId: number): NodePorts => {
    const [client = 0, peer = 0, admin = 0] = ports.slice((nodeId - 1) * PORTS_PER_NODE);
    return { client, peer, admin };
  };
  return new LocalCluster({ root, shape: combinedShape(NODES), portsOf, endsWithParent: true });
};

const killAll = (cluster: LocalCluster): void => {
  for (const node of cluster.nodes) node.signal('SIGKILL');
};

/** The kill as it happened. */
interface Kill {
  readonly atMs: number;
  readonly nodeId: number;
  readonly ledPartitions: readonly number[];
  readonly unsentShare: number;
}

const NO_KILL: Kill = { atMs: 0, nodeId: 0, ledPartitions: [], unsentShare: 0 };

class Demo {
  readonly #cluster: LocalCluster;
  readonly #path: string;
  readonly #sizeBytes: number;
  readonly #progress: Progress = makeProgress();
  readonly #acknowledgements = new Acknowledgements(() => performance.now());
  #kill = NO_KILL;
  #restart: Promise<void> | undefined;

  constructor(cluster: LocalCluster, path: string) {
    this.#cluster = cluster;
    this.#path = path;
    this.#sizeBytes = statSync(path).size;
  }

  async run(): Promise<DemoOutcome> {
    this.#progress.step('starting three nodes, each controller and broker');
    await this.#cluster.up();
    await using client = connect({ bootstrap: this.#cluster.bootstrap });
    await client.admin().createTopic({
      name: TOPIC,
      partitions: PARTITIONS,
      replicationFactor: NODES,
      configs: { 'min.insync.replicas': '2' },
    });
    const isPaced = this.#sizeBytes < PACED_BELOW_BYTES;
    const { sent, sha256, elapsedMs } = await this.#send(client, isPaced);
    await this.#restart;
    this.#progress.step('reading everything back in another process');
    const readBack = await this.#readBack(sent);
    const kill = this.#kill;
    return {
      input: this.#path,
      inputBytes: this.#sizeBytes,
      killedNodeId: kill.nodeId,
      ledPartitions: kill.ledPartitions,
      unsentShare: kill.unsentShare,
      sent,
      acknowledged: this.#acknowledgements.count,
      longestGapMs: this.#acknowledgements.longestGapMs,
      longestGapAfterMs: this.#acknowledgements.longestGapAfterMs,
      killAfterMs: this.#acknowledgements.killAfterMs,
      failoverMs: this.#acknowledgements.failoverMs,
      sendMs: elapsedMs,
      isPaced,
      audit: readBack.audit,
      readMs: readBack.elapsedMs,
      sentSha256: sha256,
      readSha256: readBack.sha256,
    };
  }

  async #send(client: OttlaClient, isPaced: boolean): ReturnType<typeof sendFile> {
    await using producer = client.producer({ acks: 'all', idempotent: true });
    this.#progress.begin('sending', this.#sizeBytes);
    try {
      return await sendFile({
        path: this.#path,
        sizeBytes: this.#sizeBytes,
        producer,
        topic: TOPIC,
        partitions: PARTITIONS,
        minSendMs: isPaced ? PACED_SEND_MS : 0,
        milestones: [
          { share: KILL_AT, act: (share) => this.#killLeader(client, share) },
          { share: RESTART_BEFORE, act: () => this.#restartKilled() },
        ],
        acknowledgements: this.#acknowledgements,
        onProgress: (bytes) => this.#progress.update(bytes),
      });
    } finally {
      this.#progress.end();
    }
  }

  /** `kill -9` for the broker that leads most partitions. */
  async #killLeader(client: OttlaClient, handedOverShare: number): Promise<void> {
    const { partitions } = await client.admin().describeTopic(TOPIC);
    const led = new Map<number, number[]>();
    for (const { partition, leader } of partitions) {
      led.set(leader, [...(led.get(leader) ?? []), partition]);
    }
    const [first] = [...led].sort(([, a], [, b]) => b.length - a.length);
    if (first === undefined) throw new Error('no broker leads a partition');
    const [nodeId, ledPartitions] = first;
    const atMs = performance.now();
    await this.#cluster.kill(nodeId);
    // What it had acknowledged before its end has been received by now.
    this.#acknowledgements.onLeaderGone(ledPartitions, atMs);
    this.#kill = { atMs, nodeId, ledPartitions, unsentShare: 1 - handedOverShare };
    this.#progress.step(`killed node ${nodeId}, which led partitions ${ledPartitions.join(', ')}`);
  }

  /** Starts it again, while the last part of the file is still to come. */
  async #restartKilled(): Promise<void> {
    const { atMs, nodeId } = this.#kill;
    await sleep(Math.max(0, atMs + DEAD_MS - performance.now()));
    this.#progress.step(`starting node ${nodeId} again`);
    this.#restart = this.#cluster.start(nodeId).then(() => {});
    // Its failure is for `run`, which awaits it.
    this.#restart.catch(() => {});
  }

  #readBack(expected: number): Promise<ReadBack> {
    const script = join(REPOSITORY, 'deploy', 'demo', 'read-process.ts');
    const words = ['--import', 'tsx', script, this.#cluster.bootstrap, TOPIC, String(expected)];
    const child = spawn(process.execPath, words, {
      cwd: REPOSITORY,
      // It reads to the end of its input, which is the end of this process.
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => {
        if (status === 0) resolve(JSON.parse(text) as ReadBack);
        else reject(new Error(`the reading process failed with status ${status}`));
      });
    });
  }
}
