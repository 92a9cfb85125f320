import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../src/broker/client/byte-budget.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import { kafkaHandlers } from '../../../src/kafka/api/handlers.ts';
import { KAFKA_LIMITS } from '../../../src/kafka/limits.ts';
import { KafkaServer } from '../../../src/kafka/server.ts';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { encodeRequest } from '../../../src/kafka/wire/request.ts';
import { decodeResponse } from '../../../src/kafka/wire/response.ts';
import type { MemoryClient } from '../../support/memory-listener.ts';
import { MemoryListener } from '../../support/memory-listener.ts';
import { batchOf, recordsIn, TestCluster } from '../broker/harness/test-cluster.ts';
import { kafkaContextOf } from './ask.ts';

const ADDRESS = 'broker:9092';
const VERSION = 11;
const SIZE_BYTES = 4;
const BATCH_COUNT = 12;
/** Large enough for memory that is used again. */
const VALUE_BYTES = 200_000;
/** One batch at a time. */
const FETCH_BYTES = 210_000;

const textAt = (offset: number): string => String(offset).padEnd(VALUE_BYTES, 'x');

/** A broker with nothing of `t` in memory but its last batch, and its door for Kafka's clients. */
const setUp = async () => {
  const cluster = await TestCluster.start(1);
  const broker = cluster.broker(1);
  broker.crash({ power: false });
  broker.cacheBytes = VALUE_BYTES + 1000;
  await broker.start();
  await cluster.run(500);
  cluster.controller.createTopic('t', [1]);
  await cluster.run(50);
  for (let offset = 0; offset < BATCH_COUNT; offset += 1) {
    cluster.produce(broker.replica('t'), batchOf([textAt(offset)]));
    await cluster.run(10);
  }
  const bytes = new MemoryListener(cluster.clock);
  const server = new KafkaServer({
    clock: cluster.clock,
    logger: silentLogger,
    meter: silentMeter,
    bytes,
    limits: KAFKA_LIMITS,
    budget: new ByteBudget(1 << 28),
    handlers: kafkaHandlers(kafkaContextOf(cluster)),
    onFatal: (error) => broker.fatal.push(error),
  });
  await server.listen(ADDRESS);
  return { cluster, broker, connect: () => bytes.connect(ADDRESS) };
};

const ask = (client: MemoryClient, fetchOffset: number): void => {
  const partition = { partition: 0, fetchOffset, partitionMaxBytes: FETCH_BYTES };
  const body = {
    replicaId: -1,
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 1 << 24,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        topic: 't',
        partitions: [{ ...partition, currentLeaderEpoch: -1, logStartOffset: -1 }],
      },
    ],
    forgottenTopicsData: [],
    rackId: '',
  };
  const head = { apiVersion: VERSION, correlationId: 1, clientId: 'c' };
  client.send(Buffer.concat(encodeRequest(APIS.fetch, { ...head, body })));
};

/** The values of all answers that have arrived; throws where a CRC does not match. */
const valuesTo = (client: MemoryClient): string[] => {
  const received = client.take();
  const values: string[] = [];
  for (let at = 0; at < received.length; ) {
    const end = at + SIZE_BYTES + received.readInt32BE(at);
    const answer = decodeResponse(APIS.fetch, VERSION, received.subarray(at + SIZE_BYTES, end));
    for (const { partitions } of answer.body.responses) {
      for (const { records } of partitions) values.push(...recordsIn(records as Uint8Array));
    }
    at = end;
  }
  return values;
};

/** Reads one batch after the other, as a consumer that catches up. */
const readOn = async (
  cluster: TestCluster,
  client: MemoryClient,
  [from, to]: readonly [number, number],
): Promise<string[]> => {
  const values: string[] = [];
  for (let offset = from; offset < to; offset += 1) {
    ask(client, offset);
    await cluster.run(20);
    values.push(...valuesTo(client));
  }
  return values;
};

describe('the memory of a fetch from the disk', () => {
  it('is used again when the answer is sent, and gives each reader what it asked for', async () => {
    const { cluster, broker, connect } = await setUp();
    const client = connect();

    const values = await readOn(cluster, client, [0, BATCH_COUNT]);

    expect(values).toEqual(Array.from({ length: BATCH_COUNT }, (_, at) => textAt(at)));
    expect(broker.readBuffers.freeBytes).toBeGreaterThan(0);
    expect(broker.readBuffers.freeBytes).toBeLessThan(2 * 1024 * 1024);
    expect(broker.fatal).toEqual([]);
  });

  it('is not written over while a slow client has not taken the answer', async () => {
    const { cluster, connect } = await setUp();
    const [slow, quick] = [connect(), connect()];
    slow.pause();
    ask(slow, 0);
    await cluster.run(20);

    const meanwhile = await readOn(cluster, quick, [1, 9]);
    slow.resume();
    await cluster.run(20);

    expect(meanwhile).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(textAt));
    expect(valuesTo(slow)).toEqual([textAt(0)]);
  });

  it('is given to the collector where the client goes before it has taken it', async () => {
    const { cluster, broker, connect } = await setUp();
    const client = connect();
    client.pause();
    ask(client, 0);
    await cluster.run(20);

    client.close();
    await cluster.run(2000);

    expect(broker.readBuffers.freeBytes).toBe(0);
    expect(broker.fatal).toEqual([]);
  });
});
