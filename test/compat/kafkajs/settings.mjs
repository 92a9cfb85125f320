import kafkajs from 'kafkajs';

// Not all of its names are found where it is imported by them.
const { CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs;

/**
 * `BOOTSTRAP PREFIX`: makes topics whose brokers stamp, bound or recompress what is sent, writes to
 * them and reads them. Says what it was told, as one line of JSON.
 */
const [bootstrap, prefix] = process.argv.slice(2);
const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
const admin = kafka.admin();
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await Promise.all([admin.connect(), producer.connect()]);

const stamped = `${prefix}-stamped`;
const bounded = `${prefix}-bounded`;
const packed = `${prefix}-packed`;
const SETTINGS = {
  [stamped]: { 'message.timestamp.type': 'LogAppendTime' },
  [bounded]: { 'message.timestamp.before.max.ms': '60000' },
  [packed]: { 'compression.type': 'zstd' },
};
await admin.createTopics({
  waitForLeaders: true,
  topics: Object.entries(SETTINGS).map(([topic, settings]) => ({
    topic,
    numPartitions: 1,
    replicationFactor: 3,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
  })),
});

const describe = async (topic) => {
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic }];
  const { resources: told } = await admin.describeConfigs({ includeSynonyms: false, resources });
  return Object.fromEntries(
    told[0].configEntries.map(({ configName, configValue, configSource }) => [
      configName,
      [configValue, configSource],
    ]),
  );
};

const send = async (topic, messages, compression = CompressionTypes.None) => {
  try {
    const [{ baseOffset, logAppendTime }] = await producer.send({
      topic,
      acks: -1,
      compression,
      messages: messages.map((message) => ({ partition: 0, ...message })),
    });
    return { baseOffset, logAppendTime };
  } catch (error) {
    return { refused: error.cause?.type ?? error.type };
  }
};

const told = { startMs: Date.now(), configs: await describe(stamped) };
const old = String(told.startMs - 3_600_000);
told.stamped = await send(stamped, [
  { value: 'a', timestamp: '1000' },
  { value: 'b', timestamp: '2000' },
]);
told.bounded = [
  await send(bounded, [{ value: 'in time', timestamp: String(told.startMs) }]),
  await send(bounded, [{ value: 'too old', timestamp: old }]),
  await send(bounded, [{ value: 'too new', timestamp: String(told.startMs + 7_200_000) }]),
];
told.packed = [
  await send(packed, [
    { key: 'k', value: 'plain', timestamp: old, headers: { h: 'x' } },
    { value: null, timestamp: String(told.startMs) },
  ]),
  await send(packed, [{ value: 'gzip', timestamp: old }], CompressionTypes.GZIP),
];
told.endMs = Date.now();
told.old = old;

// What was recompressed is read by the SDK.
const read = [];
const consumer = kafka.consumer({ groupId: `${prefix}-group` });
await consumer.connect();
await consumer.subscribe({ topics: [stamped, bounded], fromBeginning: true });
const all = new Promise((resolve) => {
  consumer.run({
    eachMessage: async ({ topic, message: { value, timestamp } }) => {
      read.push([topic.slice(prefix.length + 1), value.toString(), Number(timestamp)]);
      if (read.length === 3) resolve();
    },
  });
});
await all;
told.read = read.sort();
await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()]);
process.stdout.write(`${JSON.stringify(told)}\n`);
process.exit(0);
