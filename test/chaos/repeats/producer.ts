/**
 * A process that sends the same records each time it is run, and prints where each went: to be
 * killed. How many it has on their way at once, or in a batch, differs from run to run.
 */
import { Kafka, logLevel } from 'kafkajs';
import { connect } from '../../../src/app/connect.ts';

const bootstrap = process.env['BOOTSTRAP'] ?? '';
const partitions = Number(process.env['PARTITIONS']);
const count = Number(process.env['RECORDS']);
const atOnce = Number(process.env['AT_ONCE']);

const print = (index: number, offset: number | string): void => {
  process.stdout.write(`${index} ${offset}\n`);
};

const sendBySdk = async (): Promise<void> => {
  const client = connect({ bootstrap });
  const producer = client.producer();
  let next = 0;
  const sendOn = async (): Promise<void> => {
    for (let index = next; index < count; index = next) {
      next += 1;
      const name = `n${index}`;
      const partition = index % partitions;
      const sent = await producer.send({ topic: 't', partition, value: name, messageId: name });
      print(index, sent.offset);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sendOn));
  await client.close();
};

const sendByKafka = async (): Promise<void> => {
  const retry = { retries: 50, initialRetryTime: 100, maxRetryTime: 500 };
  const kafka = new Kafka({ brokers: bootstrap.split(','), retry, logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  for (let from = 0; from < count; from += atOnce * partitions) {
    const indexes = Array.from({ length: atOnce * partitions }, (_, at) => from + at);
    const messages = indexes
      .filter((index) => index < count)
      .map((index) => ({
        partition: index % partitions,
        value: `n${index}`,
        headers: { 'message-id': `n${index}` },
      }));
    for (const { partition, baseOffset = '-1' } of await producer.send({ topic: 't', messages })) {
      const sent = indexes.filter((index) => index < count && index % partitions === partition);
      for (const [at, index] of sent.entries()) {
        print(index, baseOffset === '-1' ? -1 : Number(baseOffset) + at);
      }
    }
  }
  await producer.disconnect();
};

await (process.env['BY'] === 'kafka' ? sendByKafka() : sendBySdk());
