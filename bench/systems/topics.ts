import { closeSync, existsSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { APIS } from '../../src/kafka/wire/apis.ts';
import { kafkaRequest } from '../kafka-request.ts';
import { eventually } from './serving.ts';
import type { System } from './system.ts';

const TIMEOUT_MS = 60_000;

export interface TopicWanted {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** Makes a topic, and waits until each partition has a leader and all its replicas in sync. */
export const makeTopic = async (system: System, wanted: TopicWanted): Promise<void> => {
  const { name, partitions, replication } = wanted;
  const configs = Object.entries(wanted.configs).map(([key, value]) => ({ name: key, value }));
  const topic = { name, numPartitions: partitions, replicationFactor: replication, configs };
  const { topics } = await kafkaRequest({
    port: system.portOf(1),
    api: APIS.createTopics,
    apiVersion: 5,
    body: { topics: [topic], timeoutMs: TIMEOUT_MS },
  });
  refuseErrors(`${system.name} did not make the topic ${name}`, topics);
  for (let nodeId = 1; nodeId <= system.nodeCount; nodeId += 1) {
    await eventually(`the topic ${name} is whole in ${system.name}`, async () => {
      const found = await partitionsOf(system, nodeId, name);
      const whole = found.filter((it) => it.leaderId > 0 && it.isrNodes.length === replication);
      return whole.length === partitions;
    });
  }
};

/** The node that leads the first partition, as one node has it; -1 for none. */
export const leaderOf = async (system: System, topic: string, askedId: number): Promise<number> => {
  const found = await partitionsOf(system, askedId, topic);
  return found.find((it) => it.partitionIndex === 0)?.leaderId ?? -1;
};

/** Deletes a topic, and waits until its bytes are gone from the disk. */
export const dropTopic = async (system: System, name: string): Promise<void> => {
  const { responses } = await kafkaRequest({
    port: system.portOf(1),
    api: APIS.deleteTopics,
    apiVersion: 5,
    body: { topicNames: [name], timeoutMs: TIMEOUT_MS },
  });
  refuseErrors(`${system.name} did not delete the topic ${name}`, responses);
  const isGone = async (): Promise<boolean> => segmentBytes(system.root) < LEFT_BYTES_MAX;
  await eventually(`the data of ${name} is gone from ${system.name}`, isGone);
};

/** What clusters keep for themselves stays below. */
const LEFT_BYTES_MAX = 50_000_000;

type Partitions = { partitionIndex: number; leaderId: number; isrNodes: readonly number[] }[];

const partitionsOf = async (system: System, nodeId: number, name: string): Promise<Partitions> => {
  const { topics } = await kafkaRequest({
    port: system.portOf(nodeId),
    api: APIS.metadata,
    apiVersion: 9,
    body: { topics: [{ name }], allowAutoTopicCreation: false },
  });
  return topics.flatMap(({ partitions }) => partitions) as Partitions;
};

const refuseErrors = (
  what: string,
  answers: readonly { errorCode: number; errorMessage: string | null }[],
): void => {
  for (const { errorCode, errorMessage } of answers) {
    if (errorCode !== 0) throw new Error(`${what}: error ${errorCode}, ${errorMessage ?? ''}`);
  }
};

/** Brings what is in the segments of all brokers onto the disk, but for what is deleted meanwhile. */
export const syncSegments = ({ root }: System): void => {
  for (const path of segmentsBelow(root).filter((each) => existsSync(each))) {
    const fd = openSync(path, 'r');
    fsyncSync(fd);
    closeSync(fd);
  }
};

const segmentBytes = (root: string): number =>
  segmentsBelow(root).reduce((sum, path) => sum + sizeOf(path), 0);

const segmentsBelow = (root: string): string[] =>
  (readdirSync(root, { recursive: true }) as string[])
    .filter((name) => /\.log(\.deleted)?$/.test(name))
    .map((name) => join(root, name));

/** 0 for what was deleted meanwhile. */
const sizeOf = (path: string): number => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined || !found.isFile() ? 0 : found.blocks * 512;
};
