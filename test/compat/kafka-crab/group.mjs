import { KafkaClient } from 'kafka-crab-js';

/**
 * `BOOTSTRAP TOPIC GROUP`: a member of a group, until its standard input ends. Says what it is
 * assigned, what it reads, and that it has left, as lines of JSON.
 */
const [bootstrap, topic, groupId] = process.argv.slice(2);
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);

const client = new KafkaClient({ brokers: bootstrap, clientId: 'crab' });
const consumer = client.createConsumer({
  groupId,
  enableAutoCommit: false,
  configuration: { 'auto.offset.reset': 'earliest', 'session.timeout.ms': 10_000 },
});
consumer.onEvents((_, event) => {
  if (event?.name !== 'PostRebalance') return;
  const ours = consumer.assignment().filter((it) => it.topic === topic);
  const assigned = ours.flatMap((it) => it.partitionOffset.map(({ partition }) => partition));
  say({ assigned });
});
await consumer.subscribe(topic);

let isLeaving = false;
const reading = (async () => {
  while (!isLeaving) {
    for (const message of await consumer.recvBatch(100, 200)) {
      say({ read: [message.partition, message.offset, String(message.payload)] });
      await consumer.commitMessage(message, 'Sync');
    }
  }
})();
for await (const _ of process.stdin);
isLeaving = true;
await reading;
await consumer.disconnect();
say({ left: true });
process.exit(0);
