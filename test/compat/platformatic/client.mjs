import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/**
 * VERSION_FOLDER then: produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS] |
 * admin BOOTSTRAP TOPIC | group BOOTSTRAP TOPIC GROUP, records as lines of JSON.
 */
const [version, verb, bootstrap, topic, option] = process.argv.slice(2);
const packages = createRequire(new URL(`./${version}/package.json`, import.meta.url));
const { Admin, Consumer, Producer } = await import(
  pathToFileURL(packages.resolve('@platformatic/kafka')).href
);

const options = { clientId: `platformatic-${version}`, bootstrapBrokers: bootstrap.split(',') };
// `undefined` is this client's null.
const bytes = (text) => (text === null ? undefined : Buffer.from(text, 'base64'));
const text = (data) => (data ? Buffer.from(data).toString('base64') : null);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** What it sends in one request: many records a batch, none of which is over 1 MiB. */
const BURST = 40;
const BURST_BYTES = 500_000;
const PATIENCE_MS = 60_000;

const produce = async () => {
  const producer = new Producer({ ...options, idempotent: true, retries: 3, retryDelay: 300 });
  let count = 0;
  for await (const burst of bursts(createInterface({ input: process.stdin }))) {
    await sendStubbornly(producer, burst);
    count += burst.length;
  }
  await producer.close();
  say({ count });
};

/** Records of one partition each: a request to one leader is there whole or not at all. */
const bursts = async function* (lines) {
  let open = new Map();
  let openBytes = 0;
  let openCount = 0;
  for await (const line of lines) {
    if (openCount === BURST || (openCount > 0 && openBytes + line.length > BURST_BYTES)) {
      yield* open.values();
      open = new Map();
      openBytes = 0;
      openCount = 0;
    }
    const message = messageOf(JSON.parse(line));
    open.set(message.partition, [...(open.get(message.partition) ?? []), message]);
    openBytes += line.length;
    openCount += 1;
  }
  yield* open.values();
};

const messageOf = ({ partition, key, value, headers, timestamp }) => ({
  topic,
  partition,
  key: bytes(key),
  value: bytes(value),
  headers: new Map(headers.map(([name, data]) => [Buffer.from(name), bytes(data)])),
  timestamp: BigInt(timestamp),
});

/**
 * 1.x asks a leader that is gone again and again: it must be told to forget who leads. Sending again
 * adds no copy, since there the numbers of a failed request are not used up.
 */
const sendStubbornly = async (producer, messages) => {
  for (const giveUpAt = Date.now() + PATIENCE_MS; ; ) {
    try {
      await producer.send({ messages, acks: -1, compression: option });
      return;
    } catch (error) {
      if (version !== 'v1' || Date.now() > giveUpAt) throw error;
      producer.clearMetadata();
    }
  }
};

const consume = async () => {
  const consumer = new Consumer({ ...options, groupId: 'by-assignment', retries: 20 });
  // A fetch by hand goes to the node that it names; the metadata of its topic must be known.
  const metadata = await consumer.metadata({ topics: [topic] });
  consumer.topics.track(topic);
  const { id, partitions } = metadata.topics.get(topic);
  const list = async (timestamp) =>
    (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic);
  const ends = await list(-1n);
  const found = await list(option === undefined ? -2n : BigInt(option));
  for (const [partition, { leader }] of Object.entries(partitions).map(([at, it]) => [+at, it])) {
    let offset = found[partition] < 0n ? ends[partition] : found[partition];
    while (offset < ends[partition]) {
      const batches = await fetch(consumer, { node: leader, topicId: id, partition, offset });
      for (const { firstOffset, firstTimestamp, lastOffsetDelta, records } of batches) {
        for (const record of records) {
          if (firstOffset + BigInt(record.offsetDelta) < offset) continue;
          say({
            partition,
            offset: Number(firstOffset) + record.offsetDelta,
            key: text(record.key),
            value: text(record.value),
            headers: record.headers.map(([name, data]) => [String(name), text(data)]),
            timestamp: Number(firstTimestamp + record.timestampDelta),
          });
        }
        offset = firstOffset + BigInt(lastOffsetDelta) + 1n;
      }
    }
  }
  await consumer.close(true);
};

const fetch = async (consumer, { node, topicId, partition, offset }) => {
  const response = await consumer.fetch({
    node,
    maxBytes: 4_000_000,
    maxWaitTime: 500,
    minBytes: 1,
    isolationLevel: 1,
    topics: [
      {
        topicId,
        partitions: [
          {
            partition,
            fetchOffset: offset,
            partitionMaxBytes: 4_000_000,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
          },
        ],
      },
    ],
  });
  const answered = response.responses.flatMap((it) => it.partitions);
  return answered.flatMap(({ records }) => records ?? []);
};

/** The protocol's number of the first error in what was thrown, or 0. */
const outcome = async (promise) => {
  try {
    await promise;
    return 0;
  } catch (error) {
    for (
      let errors = [error];
      errors.length > 0;
      errors = errors.flatMap((it) => it.errors ?? [])
    ) {
      const protocol = errors.find((it) => it.apiCode !== undefined);
      if (protocol !== undefined) return protocol.apiCode;
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

const TOPIC_RESOURCE = 2;
const SET = 0;

const admin = async () => {
  const admin = new Admin(options);
  const consumer = new Consumer({ ...options, groupId: 'by-assignment' });
  const named = { resourceType: TOPIC_RESOURCE, resourceName: topic };
  const retention = async () => {
    const [{ configs }] = await admin.describeConfigs({
      resources: [{ ...named, configurationKeys: null }],
      includeSynonyms: true,
    });
    return configs.find(({ name }) => name === 'retention.ms').value;
  };
  const set = (value) =>
    admin.incrementalAlterConfigs({
      resources: [{ ...named, configs: [{ name: 'retention.ms', configOperation: SET, value }] }],
    });
  const create = () =>
    admin.createTopics({
      topics: [topic],
      partitions: 2,
      replicas: 3,
      configs: [{ name: 'retention.ms', value: '60000' }],
    });
  const told = {};
  told.created = await outcome(create());
  told.createdAgain = await outcome(create());
  const grow = { name: topic, count: 5, assignments: null };
  told.grown = await outcome(admin.createPartitions({ topics: [grow] }));
  told.retention = await settled('60000', retention);
  told.set = await outcome(set('120000'));
  told.setBad = await outcome(set('soon'));
  told.afterSet = await settled('120000', retention);
  told.partitions = await settled(5, async () => {
    const { topics } = await consumer.metadata({ topics: [topic], forceUpdate: true });
    return topics.get(topic).partitionsCount;
  });
  told.listed = await settled(true, async () => (await admin.listTopics()).includes(topic));
  told.removed = await outcome(admin.deleteTopics({ topics: [topic] }));
  told.removedAgain = await outcome(admin.deleteTopics({ topics: [topic] }));
  await consumer.close(true);
  await admin.close();
  say(told);
};

const COMMIT_EVERY_MS = 100;

/** A member of a group until the standard input ends; says what it is assigned, reads, and leaves. */
const group = async () => {
  const consumer = new Consumer({
    ...options,
    groupId: option,
    sessionTimeout: 10_000,
    rebalanceTimeout: 10_000,
    heartbeatInterval: 500,
    retries: 20,
    retryDelay: 300,
  });
  consumer.on('consumer:group:join', ({ assignments }) => {
    const own = assignments?.find((it) => it.topic === topic);
    say({ assigned: own?.partitions ?? [] });
  });
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: COMMIT_EVERY_MS,
    maxWaitTime: 200,
  });
  stream.on('error', (error) => say({ failed: error.message }));
  stream.on('data', ({ partition, offset, value }) =>
    say({ read: [partition, Number(offset), value.toString()] }),
  );
  for await (const _ of process.stdin);
  // What was read while a commit was under way is committed by the next one, and by none at a close.
  await new Promise((resolve) => setTimeout(resolve, 10 * COMMIT_EVERY_MS));
  await stream.close();
  await consumer.close();
  say({ left: true });
  process.exit(0);
};

const verbs = { produce, consume, admin, group };
await verbs[verb]();
