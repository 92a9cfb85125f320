import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalCluster } from '../../deploy/local/cluster.ts';
import type { NodePorts } from '../../deploy/local/layout.ts';
import { combinedShape } from '../../deploy/local/layout.ts';
import type { NodeProcess } from '../../deploy/local/node-process.ts';
import type { OttlaClient } from '../../src/index.ts';
import { connect } from '../../src/index.ts';
import { freePorts } from '../../src/platform/free-ports.ts';
import type { Tally } from './attacker.ts';
import type { Phase } from './bystander.ts';
import { Bystander, kafkaSender } from './bystander.ts';
import { ATTACKED_TOPICS, attackedConfigs, FORGED } from './frames.ts';
import { RemoteAttacker } from './remote-attacker.ts';
import { errorLines, MemoryWatch, mainThreadMs } from './watch.ts';

/** One record: the value, and its headers as pairs. */
type Kept = readonly [value: string, headers: readonly (readonly [string, string])[]];

/** What a run has seen; `claims.ts` says what of it is good. */
export interface Evidence {
  readonly tally: Tally;
  readonly bystanders: readonly Bystander[];
  readonly restMemoryBytes: number;
  readonly peakMemoryBytes: number;
  readonly isAlive: boolean;
  readonly errors: readonly string[];
  /** Open connections of Kafka's door before the first attack and after the last. */
  readonly connectionsBefore: number;
  readonly connectionsAfter: number;
  /** By topic: what was acknowledged before the attacks, and what is there now in its place. */
  readonly kept: readonly {
    readonly topic: string;
    readonly sent: readonly Kept[];
    readonly found: readonly Kept[];
    /** Records of batches that were marked as only brokers may. */
    readonly forgedCount: number;
  }[];
  /** By bystander: what is in its topic. */
  readonly written: ReadonlyMap<string, readonly string[]>;
}

export interface FuzzSettings {
  readonly seed: string;
  readonly seconds: number;
  readonly root: string;
  /** Undefined: the node is as it is. */
  readonly plantedHoldMs: string | undefined;
}

const KAFKA_TOPIC = 'bystander-kafka';
const GRPC_TOPIC = 'bystander-grpc';
const KEPT_COUNT = 200;
const PAUSE_MS = 10;
const WARM_UP_MS = 4000;
/** As long as each other: of more requests, more is the worst. */
const QUIET_MS = 1800;
const ATTACKED_MS = 1800;
/** Since the last attack of a phase, so that what it left does not count as quiet. */
const CALM_MS = 300;
const LANES = 3;
const LANE_PAUSE_MS = 15;
/** Of one processor: what the attacker itself takes is not what the node is judged by. */
const ATTACKER_SHARE = 0.25;
const PLANTED_HOLD = new URL('planted-hold.mjs', import.meta.url).href;
const DRAIN_TIMEOUT_MS = 15_000;
const CONNECTION_GAUGE = /^kafka_server_socket_server_metrics_connection_count(?:{[^}]*})? (\d+)/m;

/** A node under attack, with two clients beside that only want to work. */
export class FuzzRun {
  readonly #settings: FuzzSettings;
  #cluster: LocalCluster | undefined;

  constructor(settings: FuzzSettings) {
    this.#settings = settings;
  }

  async run(): Promise<Evidence> {
    const ports = await this.#startNode();
    const node = this.#node();
    const client = connect({ bootstrap: `127.0.0.1:${ports.client}` });
    try {
      return await this.#runAgainst(node, client, ports);
    } finally {
      await client.close();
      await this.#cluster?.down(() => {});
    }
  }

  /** Ends what runs, in any state, and removes the data where asked. */
  abandon(isDataKept: boolean): void {
    for (const node of this.#cluster?.nodes ?? []) node.signal('SIGKILL');
    if (!isDataKept) rmSync(this.#settings.root, { recursive: true, force: true, maxRetries: 10 });
  }

  #node(): NodeProcess {
    const node = this.#cluster?.nodes[0];
    if (node === undefined) throw new Error('the node was not started');
    return node;
  }

  async #startNode(): Promise<Required<NodePorts>> {
    const [client = 0, peer = 0, admin = 0, kafka = 0] = await freePorts(4);
    const ports = { client, peer, admin, kafka };
    const { root } = this.#settings;
    const shape = combinedShape(1);
    this.#cluster = new LocalCluster({ root, shape, portsOf: () => ports, endsWithParent: true });
    const restore = plant(this.#settings.plantedHoldMs);
    await this.#cluster.up().finally(restore);
    return ports;
  }

  async #runAgainst(
    node: NodeProcess,
    client: OttlaClient,
    ports: Required<NodePorts>,
  ): Promise<Evidence> {
    const { seed, seconds } = this.#settings;
    const kept = await writeKept(client);
    const pid = node.state.kind === 'alive' ? node.state.pid : 0;
    const workedMs = (): number => mainThreadMs(pid);
    const { bystanders, close } = await bystandersOf(client, ports.kafka, workedMs);
    const loads = Promise.all(bystanders.map((it) => it.run()));
    const stopped = loads.finally(close);
    // Whoever is awaited later tells; here only so that a failure does not end this process first.
    stopped.catch(() => {});
    await sleep(WARM_UP_MS);
    const memory = new MemoryWatch(pid);
    const restMemoryBytes = memory.sample();
    const connectionsBefore = await openConnections(node);
    const options = {
      port: ports.kafka,
      seed,
      laneCount: LANES,
      pauseMs: LANE_PAUSE_MS,
      share: ATTACKER_SHARE,
    };
    const attacker = new RemoteAttacker(options);
    // Who is harmed ends the run, at once.
    const harmed = stopped.then(() => new Promise<never>(() => {}));
    await Promise.race([alternate(attacker, bystanders, seconds), harmed]).finally(() => {
      attacker.close();
      for (const bystander of bystanders) bystander.stop();
    });
    await stopped;
    const connectionsAfter = await drainedConnections(node, connectionsBefore);
    memory.stop();
    return {
      tally: attacker.tally,
      bystanders,
      restMemoryBytes,
      peakMemoryBytes: memory.peakBytes,
      isAlive: node.state.kind === 'alive' && (await node.readiness()).isReady,
      errors: errorLines(readFileSync(node.logPath, 'utf8')),
      connectionsBefore,
      connectionsAfter,
      kept: await findKept(client, kept),
      written: await readWritten(client, bystanders),
    };
  }
}

/** Nodes that are started have the fault until the returned function is called. */
const plant = (holdMs: string | undefined): (() => void) => {
  if (holdMs === undefined) return () => {};
  const { NODE_OPTIONS = '' } = process.env;
  process.env.PLANTED_HOLD_MS = holdMs;
  process.env.NODE_OPTIONS = `${NODE_OPTIONS} --import ${PLANTED_HOLD}`;
  return () => {
    process.env.NODE_OPTIONS = NODE_OPTIONS;
  };
};

/** Quiet and attacked in turn, so that what else the machine does weighs on both alike. */
const alternate = async (
  attacker: RemoteAttacker,
  bystanders: readonly Bystander[],
  seconds: number,
): Promise<void> => {
  const enter = (phase: Phase): void => {
    for (const bystander of bystanders) bystander.enter(phase);
  };
  const endAt = performance.now() + seconds * 1000;
  while (performance.now() < endAt) {
    enter('quiet');
    await sleep(QUIET_MS);
    enter('attacked');
    await attacker.attackFor(ATTACKED_MS);
    enter('between');
    await sleep(CALM_MS);
  }
};

const bystandersOf = async (
  client: OttlaClient,
  kafkaPort: number,
  workedMs: () => number,
): Promise<{ bystanders: Bystander[]; close: () => Promise<void> }> => {
  for (const name of [KAFKA_TOPIC, GRPC_TOPIC]) {
    await client.admin().createTopic({ name, partitions: 1 });
  }
  const producer = client.producer({ lingerMs: 0 });
  const kafka = await kafkaSender(kafkaPort, KAFKA_TOPIC);
  const grpc = async (value: string) => void (await producer.send({ topic: GRPC_TOPIC, value }));
  return {
    bystanders: [
      new Bystander('kafka', { send: kafka.send, pauseMs: PAUSE_MS, workedMs }),
      new Bystander('grpc', { send: grpc, pauseMs: PAUSE_MS, workedMs }),
    ],
    close: async () => {
      kafka.close();
      await producer.close();
    },
  };
};

const writeKept = async (client: OttlaClient): Promise<{ topic: string; sent: Kept[] }[]> => {
  const producer = client.producer();
  const kept: { topic: string; sent: Kept[] }[] = [];
  for (const topic of ATTACKED_TOPICS) {
    const configs = attackedConfigs(topic);
    await client.admin().createTopic({ name: topic, partitions: 1, configs });
    const sent = Array.from({ length: KEPT_COUNT }, (_, at): Kept => {
      return [`${topic} ${at}`, [['constructor', String(at)]]];
    });
    const sending = sent.map(([value, headers]) =>
      producer.send({ topic, value, headers: Object.fromEntries(headers) }),
    );
    await Promise.all(sending);
    kept.push({ topic, sent });
  }
  await producer.close();
  return kept;
};

const findKept = (
  client: OttlaClient,
  kept: readonly { readonly topic: string; readonly sent: readonly Kept[] }[],
): Promise<Evidence['kept']> =>
  Promise.all(
    kept.map(async ({ topic, sent }) => {
      const all = await readAll(client, topic);
      const forgedCount = all.filter(([value]) => value === FORGED).length;
      return { topic, sent, found: all.slice(0, sent.length), forgedCount };
    }),
  );

const readWritten = async (
  client: OttlaClient,
  bystanders: readonly Bystander[],
): Promise<Evidence['written']> => {
  const written = new Map<string, readonly string[]>();
  for (const { name } of bystanders) {
    const records = await readAll(client, `bystander-${name}`);
    written.set(
      name,
      records.map(([value]) => value),
    );
  }
  return written;
};

const readAll = async (client: OttlaClient, topic: string): Promise<Kept[]> => {
  const kept: Kept[] = [];
  const reader = client.reader({ topic, from: 'earliest' });
  for await (const { records, nextOffset, highWatermark } of reader.batches()) {
    for (const { value, headers } of records) {
      const pairs = headers.map(({ key, value: data }) => [key, textOf(data)] as const);
      kept.push([textOf(value), pairs]);
    }
    if (nextOffset >= highWatermark) break;
  }
  await reader.close();
  return kept;
};

const textOf = (bytes: Uint8Array | null): string =>
  bytes === null ? '' : Buffer.from(bytes).toString();

const openConnections = async (node: NodeProcess): Promise<number> => {
  const answer = await fetch(`http://${node.host}:${node.ports.admin}/metrics`);
  const found = CONNECTION_GAUGE.exec(await answer.text());
  if (found === null) throw new Error('the node does not tell how many connections are open');
  return Number(found[1]);
};

/** Waits until no more are open than before (the bystander's own is gone by then), or time is up. */
const drainedConnections = async (node: NodeProcess, before: number): Promise<number> => {
  const deadline = performance.now() + DRAIN_TIMEOUT_MS;
  for (;;) {
    const open = await openConnections(node);
    if (open < before || performance.now() > deadline) return open;
    await sleep(100);
  }
};
