import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { COMPRESSION } from './codecs.mjs';

// Not all of its names are found where it is imported by them.
const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;

/**
 * `produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS] | admin BOOTSTRAP TOPIC |
 * transact BOOTSTRAP TOPIC`, records as lines of JSON. It reads in groups only: its consumer is a
 * group of its own.
 */
const [verb, bootstrap, topic, option] = process.argv.slice(2);

const bytes = (text) => (text === null ? null : Buffer.from(text, 'base64'));
const text = (data) => (data === null ? null : data.toString('base64'));
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);

const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });

const produce = async () => {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  let count = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const { partition, key, value, headers, timestamp } = JSON.parse(line);
    await producer.send({
      topic,
      acks: -1,
      compression: COMPRESSION[option],
      messages: [
        {
          partition,
          key: bytes(key),
          value: bytes(value),
          headers: Object.fromEntries(headers.map(([name, data]) => [name, bytes(data)])),
          timestamp: String(timestamp),
        },
      ],
    });
    count += 1;
  }
  await producer.disconnect();
  say({ count });
};

/** Where each partition is to be read from, and up to where, as the cluster tells by time. */
const rangesOf = async () => {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  const found =
    option === undefined
      ? ends.map(({ partition, low }) => ({ partition, offset: low }))
      : await admin.fetchTopicOffsetsByTimestamp(topic, Number(option));
  await admin.disconnect();
  const starts = new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return ends.map(({ partition, high }) => ({
    partition,
    from: starts.get(partition),
    end: BigInt(high),
  }));
};

const consume = async () => {
  const ranges = await rangesOf();
  const left = new Set(ranges.filter(({ from, end }) => from < end).map((it) => it.partition));
  if (left.size === 0) return;
  const ends = new Map(ranges.map(({ partition, end }) => [partition, end]));
  const groupId = `reads-${topic}-${process.pid}`;
  const consumer = kafka.consumer({
    groupId,
    maxBytesPerPartition: 4_000_000,
    maxWaitTimeInMs: 200,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const { promise: isWhole, resolve: onWhole } = settledLater();
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch, isStale }) => {
      const { partition, messages } = batch;
      for (const message of messages) {
        // Fetched before the position was set.
        if (isStale()) return;
        tell(partition, message);
      }
      if (BigInt(batch.lastOffset()) + 1n >= ends.get(partition)) left.delete(partition);
      if (left.size === 0) onWhole();
    },
  });
  for (const { partition, from } of ranges) {
    consumer.seek({ topic, partition, offset: String(from) });
  }
  await isWhole;
  await consumer.disconnect();
};

const settledLater = () => {
  let resolve;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};

const tell = (partition, { offset, key, value, headers, timestamp }) =>
  say({
    partition,
    offset: Number(offset),
    key: text(key),
    value: text(value),
    headers: Object.entries(headers).flatMap(([name, data]) =>
      valuesOf(data).map((value) => [name, text(value)]),
    ),
    timestamp: Number(timestamp),
  });

/** Of a name that objects inherit something by, it tells what is inherited before the values. */
const valuesOf = (data) => (Array.isArray(data) ? data.filter(Buffer.isBuffer) : [data]);

/** The protocol's number of what was thrown, or 0. */
const outcome = async (promise) => {
  try {
    await promise;
    return 0;
  } catch (error) {
    for (let at = error; at !== undefined; at = at.errors?.[0] ?? at.cause) {
      if (at.code > 0) return at.code;
    }
    throw error;
  }
};

const SETTLES_WITHIN_MS = 10_000;
const ASKS_EVERY_MS = 100;

/**
 * Asks until the answer is the wanted one, for ten seconds; the last answer, or what refused it. Each
 * broker, as in Kafka, answers from its own metadata: one may be behind the one that took a change.
 */
const settled = async (wanted, ask) => {
  for (const endMs = Date.now() + SETTLES_WITHIN_MS; ; await sleep(ASKS_EVERY_MS)) {
    const answer = await ask().catch(String);
    if (answer === wanted || Date.now() > endMs) return answer;
  }
};

const admin = async () => {
  const admin = kafka.admin();
  await admin.connect();
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
  const retention = async () => {
    const { resources } = await admin.describeConfigs({ resources: [resource] });
    return resources[0].configEntries.find((it) => it.configName === 'retention.ms').configValue;
  };
  const set = (value) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value }] }],
    });
  const create = () =>
    admin.createTopics({
      topics: [
        {
          topic,
          numPartitions: 2,
          replicationFactor: 3,
          configEntries: [{ name: 'retention.ms', value: '60000' }],
        },
      ],
    });
  const told = { created: await outcome(create()) };
  // It tells of a topic that is there already by `false`.
  told.createdAgain = (await create()) === false ? 36 : 0;
  const grow = { topicPartitions: [{ topic, count: 5 }] };
  told.grown = await outcome(admin.createPartitions(grow));
  told.retention = await settled('60000', retention);
  told.set = await outcome(set('120000'));
  told.setBad = await outcome(set('soon'));
  told.afterSet = await settled('120000', retention);
  told.partitions = await settled(5, async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0].partitions.length;
  });
  told.listed = await settled(true, async () => (await admin.listTopics()).includes(topic));
  told.removed = await outcome(admin.deleteTopics({ topics: [topic] }));
  told.removedAgain = await outcome(admin.deleteTopics({ topics: [topic] }));
  await admin.disconnect();
  say(told);
};

/** What it is told where it wants transactions. */
const transact = async () => {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    transactionalId: `of-${topic}`,
  });
  await producer.connect();
  try {
    await producer.transaction();
    say({ refused: null });
  } catch (error) {
    say({ refused: String(error) });
  }
  await producer.disconnect();
};

const verbs = { produce, consume, admin, transact };
await verbs[verb]();
