import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { BROKERS, RealCluster } from './real-cluster.ts';

const makeTempDir = tempDirs();
const RECORD_COUNT = 200;
/** The offsets of all groups are on one broker. */
const OVERRIDES = ['offsets.topic.num.partitions=1', 'offsets.topic.replication.factor=1'];
const OFFSETS_TOPIC = '__consumer_offsets';

let root: string;
let cluster: RealCluster;
let client: OttlaClient;

beforeEach(async () => {
  root = makeTempDir();
  cluster = await RealCluster.start(root, OVERRIDES);
  client = connect({ bootstrap: cluster.bootstrap });
});

afterEach(async () => {
  await client.close();
  await cluster.stop();
});

/** Topic t on broker 2 alone, with records. */
const withRecords = async (): Promise<string[]> => {
  await client.admin().createTopics([{ name: 't', assignments: [[2]] }]);
  return send('early');
};

/** What was acknowledged, in order. */
const send = async (prefix: string): Promise<string[]> => {
  await using producer = client.producer();
  const values = Array.from({ length: RECORD_COUNT }, (_, at) => `${prefix}-${at}`);
  await Promise.all(values.map((value) => producer.send({ topic: 't', value })));
  return values;
};

const readAll = async (count: number): Promise<string[]> => {
  const reader = client.reader({ topic: 't', from: 'earliest' });
  const values: string[] = [];
  for await (const record of reader) {
    values.push(Buffer.from(record.value ?? []).toString());
    if (values.length === count) break;
  }
  return values;
};

const reassign = (replicas: readonly number[]): Promise<void> =>
  client.admin().partitions.reassign([{ topic: 't', partition: 0, replicas }]);

const isDone = (topic = 't'): boolean => {
  const { addingReplicas, removingReplicas } = cluster.partition(topic);
  return addingReplicas.length === 0 && removingReplicas.length === 0;
};

const directoryOn = (nodeId: number): string => {
  const topicId = cluster.image().topicIdsByName.get('t') ?? '';
  return join(root, `node-${nodeId}`, `${topicId}-0`);
};

describe('a partition that moves to other brokers', () => {
  it('loses nothing that is acknowledged before or meanwhile, and leaves no data behind', async () => {
    const early = await withRecords();

    await reassign([3, 4]);
    const late = await send('late');
    await cluster.until(() => isDone());
    await cluster.until(() => !existsSync(directoryOn(2)));

    expect(cluster.partition('t')).toMatchObject({ replicas: [3, 4], leader: 3 });
    expect([...cluster.partition('t').isr].sort()).toEqual([3, 4]);
    expect(await readAll(early.length + late.length)).toEqual([...early, ...late]);
    expect(existsSync(directoryOn(4))).toBe(true);
    expect(await client.admin().partitions.listReassignments()).toEqual([]);
  });

  it('gets there though the controller and a receiving broker end in the middle', async () => {
    const early = await withRecords();

    await reassign([3, 4]);
    await cluster.stopNode(1);
    await cluster.cutOff(4);
    await cluster.startNode(1);
    const running = await client.admin().partitions.listReassignments({ topics: ['t'] });
    await cluster.startNode(4);
    await cluster.until(() => isDone());

    expect(running).toMatchObject([{ topic: 't', partition: 0, replicas: [3, 4, 2] }]);
    expect(cluster.partition('t')).toMatchObject({ replicas: [3, 4], leader: 3 });
    expect(await readAll(early.length)).toEqual(early);
  });

  it('goes back when it is cancelled', async () => {
    const early = await withRecords();
    await reassign([3, 4]);
    await cluster.stopNode(1);
    await cluster.cutOff(4);
    await cluster.startNode(1);

    await client.admin().partitions.cancel([{ topic: 't', partition: 0 }]);

    expect(cluster.partition('t')).toMatchObject({ replicas: [2], isr: [2], leader: 2 });
    expect(isDone()).toBe(true);
    await cluster.startNode(4);
    expect(await readAll(early.length)).toEqual(early);
  });

  it('takes the records along that wait in it, each of which comes once', async () => {
    const configs = { 'delay.enable': 'true' };
    await client.admin().createTopics([{ name: 't', assignments: [[2]], configs }]);
    await using producer = client.producer();
    const values = Array.from({ length: RECORD_COUNT }, (_, at) => `v-${at}`);
    const startMs = Date.now();
    const sent = values.map((value, at) =>
      producer.send({ topic: 't', value, deliverAt: startMs + 1000 + 20 * at }),
    );
    await Promise.all(sent);

    await reassign([3, 4]);
    await cluster.until(() => isDone());
    await producer.send({ topic: 't', value: 'last', deliverAt: startMs + 6000 });

    expect(await readAll(RECORD_COUNT + 1)).toEqual([...values, 'last']);
    expect(cluster.partition('t').leader).toBe(3);
  });

  it('takes the groups along whose offsets it has', async () => {
    const early = await withRecords();
    const handled: string[] = [];
    const consumer = client.consumer({ topics: ['t'], groupId: 'g', offsetReset: 'earliest' });
    const running = consumer.run({
      handler: (record) => {
        handled.push(Buffer.from(record.value ?? []).toString());
      },
    });
    await cluster.until(() => handled.length === early.length);
    const [leader] = cluster.partition(OFFSETS_TOPIC).replicas;
    const replicas = BROKERS.filter((id) => id !== leader);

    const { partitions } = client.admin();
    await partitions.reassign([{ topic: OFFSETS_TOPIC, partition: 0, replicas }]);
    await cluster.until(() => isDone(OFFSETS_TOPIC));
    const late = await send('late');
    await cluster.until(() => handled.length === early.length + late.length);
    await consumer.close();
    await running;

    expect(cluster.partition(OFFSETS_TOPIC)).toMatchObject({ replicas, leader: replicas[0] });
    expect(handled).toEqual([...early, ...late]);
    const [lag] = await client.admin().groups.lag('g');
    expect(lag).toMatchObject({ nextOffset: early.length + late.length, lagCount: 0 });
  });

  it('is refused by code, with the remedy', async () => {
    await withRecords();
    const { partitions } = client.admin();

    await expect(reassign([3, 9])).rejects.toMatchObject({ code: 'INVALID_REPLICA_ASSIGNMENT' });
    await expect(reassign([3, 9])).rejects.toThrow('broker 9 is not registered; start it first');
    await expect(partitions.cancel([{ topic: 't', partition: 0 }])).rejects.toMatchObject({
      code: 'NO_REASSIGNMENT_IN_PROGRESS',
    });
    await expect(
      partitions.reassign([{ topic: 't', partition: 0, replicas: [3, 4] }], {
        allowReplicationFactorChange: false,
      }),
    ).rejects.toMatchObject({ code: 'INVALID_REPLICATION_FACTOR' });
  });
});
