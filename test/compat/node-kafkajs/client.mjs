import { createInterface } from 'node:readline';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';

/** `produce BOOTSTRAP TOPIC CODEC`, records as lines of JSON on the standard input; no consumer: that needs groups. */
const [verb, bootstrap, topic, codec] = process.argv.slice(2);
if (verb !== 'produce') throw new Error(`${verb} is not known here`);

const bytes = (text) => (text === null ? null : Buffer.from(text, 'base64'));

const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.ERROR });
const admin = kafka.admin();
await admin.connect();
const known = await admin.fetchTopicMetadata({ topics: [topic] });
await admin.disconnect();

const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { partition, key, value, headers, timestamp } = JSON.parse(line);
  await producer.send({
    topic,
    acks: -1,
    compression: codec === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
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
process.stdout.write(
  `${JSON.stringify({ count, partitions: known.topics[0].partitions.length })}\n`,
);
