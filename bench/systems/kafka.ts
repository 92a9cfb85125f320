import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../src/platform/free-ports.ts';
import { undoneAtEnd } from '../leavings.ts';
import { PeerBroker } from '../peers/kafka/broker.ts';
import type { KafkaJars } from '../peers/kafka/install.ts';
import { whenServing } from './serving.ts';
import type { System } from './system.ts';
import { bootstrapOf } from './system.ts';

const PORTS_PER_BROKER = 2;

export interface KafkaOptions {
  readonly nodeCount: number;
  readonly jars: KafkaJars;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A KRaft cluster with default settings but those given; gone afterwards. */
export const withKafka = async <T>(
  { nodeCount, jars, settings = {} }: KafkaOptions,
  use: (system: System) => Promise<T>,
): Promise<T> => {
  const root = mkdtempSync(join(tmpdir(), 'kafka-bench-'));
  const free = await freePorts(nodeCount * PORTS_PER_BROKER);
  const ports = Array.from({ length: nodeCount }, (_, index) => {
    const [kafka = 0, controller = 0] = free.slice(index * PORTS_PER_BROKER);
    return { kafka, controller };
  });
  const brokers = ports.map((_, index) => {
    const nodeId = index + 1;
    const directory = join(root, `node-${nodeId}`);
    return new PeerBroker({ jars, directory, ports, nodeId, settings });
  });
  const undo = undoneAtEnd(() => {
    for (const broker of brokers) broker.killNow();
    // A broker that is about to end may still write.
    rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  try {
    const clusterId = randomBytes(16).toString('base64url').replaceAll(/[-_]/g, 'A');
    await Promise.all(brokers.map((broker) => broker.format(clusterId)));
    for (const broker of brokers) broker.start();
    const system = systemOf(brokers, root);
    await whenServing(system).catch((error: Error) => {
      throw new Error(`${error.message}; the first broker said: ${brokers[0]?.logTail()}`);
    });
    const result = await use(system);
    await Promise.all(brokers.map((broker) => broker.kill()));
    return result;
  } finally {
    undo();
  }
};

const systemOf = (brokers: readonly PeerBroker[], root: string): System => {
  const broker = (nodeId: number): PeerBroker => {
    const found = brokers[nodeId - 1];
    if (found === undefined) throw new Error(`there is no broker ${nodeId}`);
    return found;
  };
  return {
    name: 'kafka',
    nodeCount: brokers.length,
    portOf: (nodeId) => broker(nodeId).port,
    gcLogOf: (nodeId) => broker(nodeId).gcLog,
    bootstrap: bootstrapOf(brokers.map(({ port }) => port)),
    pids: () => brokers.flatMap(({ pid }) => pid ?? []),
    root,
    stop: (nodeId) => broker(nodeId).stop(),
    kill: (nodeId) => broker(nodeId).kill(),
    launch: (nodeId) => broker(nodeId).start(),
  };
};
