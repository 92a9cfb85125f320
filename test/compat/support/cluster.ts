import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalCluster } from '../../../deploy/local/cluster.ts';
import type { NodePorts } from '../../../deploy/local/layout.ts';
import { combinedShape } from '../../../deploy/local/layout.ts';
import { connect } from '../../../src/app/connect.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import type { ReaderRecord } from '../../../src/client/reader/decode-records.ts';
import { freePorts } from '../../../src/platform/free-ports.ts';

const NODES = 3;
const PORTS_PER_NODE = 4;
const WHOLE_TIMEOUT_MS = 60_000;

/** Three processes on free ports, with a client of our own to look at them. */
export class CompatCluster {
  readonly kafkaBootstrap: string;
  readonly #metricsUrls: readonly string[];
  readonly #root: string;
  readonly #cluster: LocalCluster;
  readonly #client: OttlaClient;

  private constructor(root: string, ports: readonly number[]) {
    const portsOf = (nodeId: number): Required<NodePorts> => {
      const [client = 0, peer = 0, admin = 0, kafka = 0] = ports.slice(
        (nodeId - 1) * PORTS_PER_NODE,
      );
      return { client, peer, admin, kafka };
    };
    this.#root = root;
    this.#cluster = new LocalCluster({
      root,
      shape: combinedShape(NODES),
      portsOf,
      // Compaction is waited for.
      settings: { 'log.cleaner.backoff.ms': '500' },
      endsWithParent: true,
    });
    this.kafkaBootstrap = [1, 2, 3].map((id) => `127.0.0.1:${portsOf(id).kafka}`).join(',');
    this.#metricsUrls = [1, 2, 3].map((id) => `http://127.0.0.1:${portsOf(id).admin}/metrics`);
    this.#client = connect({ bootstrap: this.#cluster.bootstrap });
  }

  /** Our own. */
  get client(): OttlaClient {
    return this.#client;
  }

  static async start(): Promise<CompatCluster> {
    const root = mkdtempSync(join(tmpdir(), 'ottla-compat-'));
    const cluster = new CompatCluster(root, await freePorts(NODES * PORTS_PER_NODE));
    try {
      await cluster.#cluster.up();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Without retention: the tests choose timestamps, and most are old. */
  async createTopic(
    name: string,
    partitions: number,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const configs = { 'retention.ms': '-1', ...more };
    await this.#client.admin().createTopic({ name, partitions, configs });
  }

  /** Records whose values are numbers, over the partitions in turn. */
  async append(
    topic: string,
    { from, count, partitions }: { from: number; count: number; partitions: number },
  ): Promise<void> {
    const producer = this.#client.producer();
    const numbers = Array.from({ length: count }, (_, at) => from + at);
    await Promise.all(
      numbers.map((number) =>
        producer.send({ topic, partition: number % partitions, value: String(number) }),
      ),
    );
    await producer.close();
  }

  /** Records of partition 0 as one batch; resolves when they are acknowledged. */
  async appendKeyed(
    topic: string,
    pairs: readonly (readonly [string, string | null])[],
  ): Promise<void> {
    const producer = this.#client.producer();
    await Promise.all(
      pairs.map(([key, value]) => producer.send({ topic, partition: 0, key, value })),
    );
    await producer.close();
  }

  /** How many records a topic has. */
  async countOf(topic: string): Promise<number> {
    let count = 0;
    const reader = this.#client.reader({ topic, from: 'earliest' });
    for await (const { records, nextOffset, highWatermark } of reader.batches()) {
      count += records.length;
      if (nextOffset >= highWatermark) break;
    }
    await reader.close();
    return count;
  }

  async leaderOf(topic: string, partition: number): Promise<number> {
    const [described] = await this.#client.admin().describeTopics([topic]);
    const leader = described?.partitions[partition]?.leader;
    if (leader === undefined) throw new Error(`${topic}-${partition} has no leader`);
    return leader;
  }

  /** Resolves when every replica is in sync and each partition is led by the first of them. */
  async untilWhole(topics: readonly string[]): Promise<void> {
    const deadline = performance.now() + WHOLE_TIMEOUT_MS;
    for (;;) {
      const described = await this.#client.admin().describeTopics(topics);
      const isWhole = described
        .flatMap(({ partitions }) => partitions)
        .every(({ leader, replicas, isr }) => {
          return leader === replicas[0] && isr.length === replicas.length;
        });
      if (isWhole) return;
      if (performance.now() > deadline) throw new Error('leaders are not back in time');
      await sleep(100);
    }
  }

  /** Resolves when something was written to the topic. */
  async firstRecord(topic: string): Promise<void> {
    for await (const _ of this.#client.reader({ topic, from: 'earliest' })) return;
  }

  /** The first records of partition 0, as the SDK reads them. */
  async read(topic: string, count: number): Promise<ReaderRecord[]> {
    const records: ReaderRecord[] = [];
    for await (const record of this.#client.reader({ topic, from: 'earliest' })) {
      if (records.push(record) === count) break;
    }
    return records;
  }

  /** By all brokers since their start. */
  recompressedBatches(): Promise<number> {
    return this.#total('ottla_broker_recompressedbatches_total');
  }

  /** Requests of Kafka's clients for one API, by all brokers since their start. */
  answeredRequests(api: string): Promise<number> {
    return this.#total(`kafka_network_requestmetrics_requests_total{request="${api}"}`, 0);
  }

  /** `kill -9`. */
  async kill(nodeId: number): Promise<void> {
    await this.#cluster.kill(nodeId);
  }

  async start(nodeId: number): Promise<void> {
    await this.#cluster.start(nodeId);
  }

  async stop(): Promise<void> {
    await this.#client.close();
    for (const node of this.#cluster.nodes) node.signal('SIGKILL');
    await Promise.all(this.#cluster.nodes.map((node) => node.waitEnded(5000)));
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** A counter over all brokers; `unsaid` is what one has that does not tell of it. */
  async #total(series: string, unsaid?: number): Promise<number> {
    const counts = this.#metricsUrls.map(async (url) => {
      const lines = (await (await fetch(url)).text()).split('\n');
      const line = lines.find((it) => it.startsWith(`${series} `));
      const count = line === undefined ? unsaid : Number(line.slice(series.length));
      if (count === undefined) throw new Error(`${url} does not tell of ${series}`);
      return count;
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
}
