import { KafkaClient } from 'kafka-crab-js';

/**
 * `BOOTSTRAP TOPIC PARTITIONS [PARTITION OFFSET]`: reads so many partitions by assignment, or one from
 * an offset on, until its standard input ends, as lines of JSON. It is told how many there are, which
 * it has no way to ask.
 */
const [bootstrap, topic, partitions, partition, offset] = process.argv.slice(2);
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);

const client = new KafkaClient({ brokers: bootstrap, clientId: 'crab' });
const consumer = client.createConsumer({
  groupId: 'by-assignment',
  enableAutoCommit: false,
  // A position that is lost is no new begin.
  configuration: { 'auto.offset.reset': 'error' },
});
const everyPartition = () =>
  Array.from({ length: Number(partitions) }, (_, at) => ({
    partition: at,
    offset: { position: 'Beginning' },
  }));
const partitionOffset =
  partition === undefined
    ? everyPartition()
    : [{ partition: Number(partition), offset: { offset: Number(offset) } }];
await consumer.subscribe([{ topic, partitionOffset }]);

/** A broker that is gone is told of by throwing; the next call reads on from another. */
const receive = async () => {
  try {
    return await consumer.recvBatch(100, 200);
  } catch (error) {
    say({ failed: String(error) });
    return [];
  }
};
let isOver = false;
const reading = (async () => {
  while (!isOver) {
    for (const { partition, offset, payload } of await receive()) {
      say({ read: [partition, offset, String(payload)] });
    }
  }
})();
for await (const _ of process.stdin);
isOver = true;
await reading;
await consumer.disconnect();
process.exit(0);
