import { Kafka, logLevel } from 'kafkajs';

/**
 * `BOOTSTRAP TOPIC GROUP`: a member of a group, until its standard input ends. Says what it is
 * assigned, what it reads, and that it has left, as lines of JSON.
 */
const [bootstrap, topic, groupId] = process.argv.slice(2);
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);

const kafka = new Kafka({
  brokers: bootstrap.split(','),
  logLevel: logLevel.NOTHING,
  // Soon tired of a broker that is gone: only then does it look for the new leader.
  retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 },
});
const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, heartbeatInterval: 500 });
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
  say({ assigned: payload.memberAssignment[topic] ?? [] }),
);
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  eachMessage: async ({ partition, message }) =>
    say({ read: [partition, Number(message.offset), String(message.value ?? '')] }),
});
for await (const _ of process.stdin);
await consumer.disconnect();
say({ left: true });
process.exit(0);
