/** A process that dumps what is to wait into MariaDB, and forwards it: to be killed. */
import { Kafka, logLevel } from 'kafkajs';
import { createPool } from 'mysql2/promise';
import { forwardStored, mysqlDelayStore } from '../../../src/app/delays.ts';
import { dumpDelays } from '../../../src/client/delays/delay-dump.ts';

const brokers = (process.env['KAFKA_BOOTSTRAP'] ?? '').split(',');
const socketPath = process.env['MYSQL_SOCKET'] ?? '';
const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
const store = mysqlDelayStore(createPool({ socketPath, user: 'root', database: 'delays' }));
const consumer = kafka.consumer({
  groupId: 'dump',
  sessionTimeout: 6000,
  heartbeatInterval: 500,
  maxWaitTimeInMs: 100,
});
const producer = kafka.producer();
await Promise.all([consumer.connect(), producer.connect()]);
await Promise.all([
  dumpDelays({ consumer, producer, store, topic: 'delays' }),
  forwardStored({ producer, store, pollMs: 50 }),
]);
