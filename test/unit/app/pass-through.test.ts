import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalNodes } from '../../../src/app/local-nodes.ts';
import { startLocalNodes } from '../../../src/app/local-nodes.ts';
import { ERRORS, errorCodeOf } from '../../../src/base/errors.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import type { FetchFrame, ProduceReply, TopicInfo } from '../../../src/gen/ottla.ts';
import { ClientService } from '../../../src/gen/ottla.ts';
import { freePorts } from '../../../src/platform/free-ports.ts';
import { SystemClock } from '../../../src/platform/system-clock.ts';
import { BatchBuilder } from '../../../src/record/batch-builder.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import { CODEC_NAMES } from '../../../src/record/codec.ts';
import { loadCodec } from '../../../src/record/compression.ts';
import { GrpcTransport } from '../../../src/rpc/grpc-transport.ts';
import { tempDirs } from '../../support/temp-dir.ts';

const makeTempDir = tempDirs();
const transport = new GrpcTransport(new SystemClock());
const VALUE = Buffer.from('the same words over and over; '.repeat(20));
const RECORDS = 20;
/** Base offset and partition leader epoch: what a leader stamps, all of it outside the CRC. */
const STAMPED = [
  { start: 0, end: 8 },
  { start: 12, end: 16 },
];

let root = '';
let cluster: LocalNodes;

beforeAll(async () => {
  root = makeTempDir();
  const ports = await freePorts(9);
  cluster = await startLocalNodes({
    ports: [0, 3, 6].map((at) => ({
      client: ports[at] ?? 0,
      peer: ports[at + 1] ?? 0,
      kafka: ports[at + 2] ?? 0,
    })),
    directoryOf: (nodeId) => join(root, `node-${nodeId}`),
    loggerOf: () => silentLogger,
  });
});

afterAll(async () => {
  await transport.close();
  await cluster.stop();
});

const unstamped = (batch: Uint8Array): string => {
  const copy = Buffer.from(batch);
  for (const { start, end } of STAMPED) copy.fill(0, start, end);
  return copy.toString('hex');
};

const create = async (name: string): Promise<TopicInfo> => {
  const address = cluster.bootstrap.split(',')[0] ?? '';
  const configs = new Map([['min.insync.replicas', '3']]);
  await transport.call(address, ClientService.createTopics, {
    request: {
      topics: [{ name, partitions: 1, replicationFactor: 3, assignments: [], configs }],
      validateOnly: false,
    },
    deadlineMs: 5_000,
  });
  const { topics } = await transport.call(address, ClientService.metadata, {
    request: { topics: [name], allTopics: false, allowAutoCreate: false },
    deadlineMs: 5_000,
  });
  const [topic] = topics;
  if (topic === undefined) throw new Error(`${name} was not created`);
  return topic;
};

const leaderOf = (topic: TopicInfo): string =>
  cluster.bootstrap.split(',')[(topic.partitions[0]?.leader ?? 0) - 1] ?? '';

/** Sends one message on a new stream and gives the first answer. */
const ask =
  <Up, Down>(open: (onMessage: (down: Down) => void) => { send(up: Up): boolean }) =>
  (up: Up): Promise<Down> =>
    new Promise((resolve) => {
      open(resolve).send(up);
    });

const produce = (topic: TopicInfo, batch: Uint8Array): Promise<ProduceReply> =>
  ask<Parameters<typeof ClientService.produce.up.encode>[0], ProduceReply>((onMessage) =>
    transport.open(leaderOf(topic), ClientService.produce, {
      lane: 'data',
      listener: { onMessage, onClose: () => {} },
    }),
  )({
    header: {
      requestId: 1,
      acks: -1,
      timeoutMs: 5_000,
      partitions: [{ topicId: topic.topicId, partition: 0, lengthBytes: batch.length }],
    },
    // The broker owns what it is given.
    body: [Buffer.from(batch)],
  });

const RETRY_MS = 20;

/** A leader that has not heard of the topic yet refuses; nothing was appended then. */
const produceOnceLed = async (topic: TopicInfo, batch: Uint8Array): Promise<ProduceReply> => {
  for (;;) {
    const reply = await produce(topic, batch);
    const { retriable } = ERRORS[errorCodeOf(reply.results[0]?.errorCode ?? 0)];
    if (!retriable) return reply;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
};

const fetch = (topic: TopicInfo): Promise<FetchFrame> =>
  ask<Parameters<typeof ClientService.fetch.up.encode>[0], FetchFrame>((onMessage) =>
    transport.open(leaderOf(topic), ClientService.fetch, {
      lane: 'data',
      listener: { onMessage, onClose: () => {} },
    }),
  )({
    requestId: 1,
    maxWaitMs: 5_000,
    minBytes: 1,
    maxBytes: 1 << 20,
    partitions: [
      {
        topicId: topic.topicId,
        partition: 0,
        currentLeaderEpoch: -1,
        fetchOffset: 0,
        maxBytes: 1 << 20,
      },
    ],
    cancelRequestId: 0,
  });

/** The only segment of the partition, on each of the three disks. */
const segmentsOf = (topic: TopicInfo): Uint8Array[] =>
  [1, 2, 3].map((nodeId) => {
    const directory = join(root, `node-${nodeId}`, `${topic.topicId}-0`);
    const [segment] = readdirSync(directory).filter((name) => name.endsWith('.log'));
    return readFileSync(join(directory, segment ?? ''));
  });

describe('a batch stays as its producer made it, but for base offset and leader epoch:', () => {
  it.each(CODEC_NAMES)('%s, on the leader’s disk, on the followers’, and fetched', async (name) => {
    const topic = await create(`codec-${name}`);
    const builder = new BatchBuilder({ maxBytes: 1 << 20 });
    for (let at = 0; at < RECORDS; at += 1) {
      builder.append({ key: null, value: VALUE, timestampMs: 1_700_000_000_000 + at });
    }
    const batch = builder.build({ codec: await loadCodec(name) });

    const { results } = await produceOnceLed(topic, batch);
    const fetched = await fetch(topic);

    expect(results[0]?.errorCode).toBe(0);
    const expected = unstamped(batch);
    expect(segmentsOf(topic).map(unstamped)).toEqual([expected, expected, expected]);
    const [body = new Uint8Array(0)] = fetched.body;
    expect(unstamped(body)).toBe(expected);
    expect(decodeBatch(body).records).toHaveLength(RECORDS);
  });
});
