import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompatClient } from './support/clients.ts';
import { prepareClients } from './support/clients.ts';
import { CompatCluster } from './support/cluster.ts';
import type { WireRecord } from './support/records.ts';
import { byPartition, countedRecords, linesOf, oddRecords } from './support/records.ts';
import { mustRun, start } from './support/run.ts';

const PARTITIONS = 3;
const isStrict = process.env['COMPAT_STRICT'] === '1';

const { clients, missing } = await prepareClients();
const producers = clients.filter(({ producer }) => producer !== undefined);
const consumers = clients.filter(({ consumer }) => consumer !== undefined);

let cluster: CompatCluster;
beforeAll(async () => {
  cluster = await CompatCluster.start();
}, 60_000);

afterAll(async () => {
  await cluster.stop();
  const names = missing.map(({ name, reason }) => `${name}: ${reason}`);
  const line =
    names.length === 0 ? 'compat: every client was run' : `compat: not run: ${names.join('; ')}`;
  process.stdout.write(`${line}\n`);
});

const produce = (client: CompatClient, at: { topic: string; codec: string }, input: string) =>
  mustRun(
    [...(client.producer ?? []), 'produce', cluster.kafkaBootstrap, at.topic, at.codec],
    input,
  );

const consume = async (client: CompatClient, topic: string): Promise<WireRecord[]> => {
  const command = [...(client.consumer ?? []), 'consume', cluster.kafkaBootstrap, topic];
  const out = await mustRun(command);
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as WireRecord);
};

describe.skipIf(!isStrict)('with COMPAT_STRICT=1', () => {
  it('no client is missing', () => {
    expect(missing).toEqual([]);
  });
});

describe.each(producers.map((client) => ({ client, name: client.name })))(
  'records of $name',
  ({ client, name }) => {
    it.each(client.codecs)('come back byte for byte to every consumer, with %s', async (codec) => {
      const topic = `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${codec}`;
      await cluster.createTopic(topic, PARTITIONS);
      const sent = [0, 1, 2].flatMap((partition) => oddRecords(partition, partition + 1));

      await produce(client, { topic, codec }, linesOf(sent));

      // Who cannot send a codec cannot read it either.
      for (const consumer of consumers.filter(({ codecs }) => codecs.includes(codec))) {
        const received = await consume(consumer, topic);
        expect(byPartition(received), `read by ${consumer.name}`).toEqual(byPartition(sent));
      }
    });

    it.skipIf(!client.isIdempotent)(
      'are each there once and in order when their leader is killed on the way',
      async () => {
        const topic = `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-kill`;
        await cluster.createTopic(topic, PARTITIONS);
        const sent = countedRecords(1500, PARTITIONS);
        const victim = await cluster.leaderOf(topic, 0);

        const words = ['produce', cluster.kafkaBootstrap, topic, 'none'];
        const producing = start([...(client.producer ?? []), ...words]);
        producing.write(linesOf(sent.slice(0, sent.length / 2)));
        await cluster.firstRecord(topic);
        await cluster.kill(victim);
        producing.end(linesOf(sent.slice(sent.length / 2)));
        const { status, stderr } = await producing.ended;
        await cluster.start(victim);

        expect(status, stderr).toBe(0);
        const consumer = consumers[0];
        if (consumer === undefined) throw new Error('there is no consumer to read with');
        expect(byPartition(await consume(consumer, topic))).toEqual(byPartition(sent));
      },
    );
  },
);

describe('administration by confluent-kafka 2.16.1', () => {
  it('makes, grows, changes, describes and deletes a topic, and meets Kafka’s errors', async () => {
    const admin = consumers.find(({ name }) => name.startsWith('confluent-kafka'))?.consumer;
    const python = admin?.[0];
    if (python === undefined) return expect(missing.length).toBeGreaterThan(0);
    const script = fileURLToPath(new URL('python/confluent_admin.py', import.meta.url));

    const told = JSON.parse(await mustRun([python, script, cluster.kafkaBootstrap]));

    expect(told).toMatchObject({
      created: { administered: 0 },
      createdAgain: { administered: 36 },
      badConfig: { bad: 40 },
      badName: { 'a/b': 17 },
      tooManyReplicas: { wide: 38 },
      grown: { administered: 0 },
      shrunk: { administered: 37 },
      retention: { value: '60000', source: 1, readOnly: false, synonyms: 2 },
      set: 0,
      setBad: 40,
      afterSet: { value: '120000', source: 1 },
      deleted: 0,
      afterDelete: { value: '604800000', source: 5 },
      broker: { 'node.id': { value: '1', source: 4, readOnly: true } },
      cluster: { nodes: 3, hasController: true },
      partitions: Array(5).fill({ leader: true, replicas: 3, isr: 3 }),
      latest: [0],
      removed: { administered: 0 },
      removedAgain: { administered: 3 },
      isGone: true,
    });
  });
});
