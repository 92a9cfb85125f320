import { beforeEach, describe, expect, it } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { ByteBudget } from '../../../src/broker/client/byte-budget.ts';
import type { LogFields, Logger } from '../../../src/env/logger.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import type { Answer, KafkaHandler } from '../../../src/kafka/handler.ts';
import { NO_ANSWER, serve } from '../../../src/kafka/handler.ts';
import type { KafkaLimits } from '../../../src/kafka/limits.ts';
import { KAFKA_LIMITS } from '../../../src/kafka/limits.ts';
import { KafkaServer } from '../../../src/kafka/server.ts';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { encodeRequest } from '../../../src/kafka/wire/request.ts';
import { decodeResponse } from '../../../src/kafka/wire/response.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import type { MemoryClient } from '../../support/memory-listener.ts';
import { MemoryListener } from '../../support/memory-listener.ts';

const ADDRESS = 'broker:9092';

/** Requests that carry their number as the client id. */
const versionsFrame = (correlationId: number, apiVersion = 0): Buffer =>
  Buffer.concat(
    encodeRequest(APIS.apiVersions, {
      apiVersion,
      correlationId,
      clientId: 'test',
      body: { clientSoftwareName: 'test', clientSoftwareVersion: '1' },
    }),
  );

const produceFrame = (correlationId: number, { acks = 1, sizeBytes = 10 } = {}): Buffer =>
  Buffer.concat(
    encodeRequest(APIS.produce, {
      apiVersion: 7,
      correlationId,
      clientId: 'test',
      body: {
        acks,
        timeoutMs: 1000,
        topicData: [
          { name: 't', partitionData: [{ index: 0, records: new Uint8Array(sizeBytes) }] },
        ],
      },
    }),
  );

const metadataFrame = (correlationId: number): Buffer =>
  Buffer.concat(
    encodeRequest(APIS.metadata, {
      apiVersion: 1,
      correlationId,
      clientId: 'test',
      body: { topics: [] },
    }),
  );

/** A handler whose answers the test gives. */
class Desk {
  readonly begun: number[] = [];
  readonly gone: number[] = [];
  readonly #answers = new Map<number, (answer: unknown) => void>();
  #count = 0;

  readonly handler = (api: KafkaHandler['api'], overlaps: boolean): KafkaHandler => ({
    api,
    overlaps,
    isMeasuredApart: false,
    handle: ({ onGone }) =>
      new Promise<Answer<unknown>>((resolve) => {
        this.#count += 1;
        const number = this.#count;
        this.begun.push(number);
        onGone(() => this.gone.push(number));
        this.#answers.set(number, (answer) => resolve(answer as Answer<unknown>));
      }),
  });

  answer(number: number, answer: unknown = PRODUCED): void {
    this.#answers.get(number)?.(answer);
  }
}

const PRODUCED = { responses: [] };

interface World {
  readonly clock: ManualClock;
  readonly listener: MemoryListener;
  readonly desk: Desk;
  readonly lines: LogFields[];
  readonly fatal: Error[];
  server: KafkaServer;
}

const startWorld = async (
  { heldBytesMax = 1 << 28, ...limits }: Partial<KafkaLimits> & { heldBytesMax?: number } = {},
  more: (desk: Desk) => readonly KafkaHandler[] = () => [],
): Promise<World> => {
  const clock = new ManualClock();
  const listener = new MemoryListener(clock);
  const desk = new Desk();
  const lines: LogFields[] = [];
  const fatal: Error[] = [];
  const logger: Logger = { ...silentLogger, warn: (_, fields = {}) => void lines.push(fields) };
  const server = new KafkaServer({
    clock,
    logger,
    meter: silentMeter,
    bytes: listener,
    limits: { ...KAFKA_LIMITS, ...limits },
    budget: new ByteBudget(heldBytesMax),
    handlers: [
      serve(APIS.apiVersions, () => ({ errorCode: 0, apiKeys: [] })),
      desk.handler(APIS.produce as KafkaHandler['api'], true),
      desk.handler(APIS.metadata as KafkaHandler['api'], false),
      ...more(desk),
    ],
    onFatal: (error) => fatal.push(error),
  });
  await server.listen(ADDRESS);
  return { clock, listener, desk, lines, fatal, server };
};

/** Correlation ids of the answers that have arrived, in their order. */
const answersTo = (client: MemoryClient): number[] => {
  const bytes = client.received;
  const ids: number[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readInt32BE(at)) {
    ids.push(bytes.readInt32BE(at + 4));
  }
  return ids;
};

describe('a Kafka connection', () => {
  let world: World;
  let client: MemoryClient;
  beforeEach(async () => {
    world = await startWorld();
    client = world.listener.connect(ADDRESS);
  });

  it('answers a request', async () => {
    client.send(versionsFrame(7));
    await world.clock.settle();

    expect(answersTo(client)).toEqual([7]);
  });

  it('reads a request that comes a byte at a time', async () => {
    for (const byte of produceFrame(1)) client.send(Uint8Array.of(byte));
    await world.clock.settle();

    expect(world.desk.begun).toEqual([1]);
    expect(world.lines).toEqual([]);
  });

  it('reads requests however they are cut into chunks', async () => {
    const stream = Buffer.concat([versionsFrame(1), versionsFrame(2), versionsFrame(3)]);
    for (let cut = 1; cut < stream.length; cut += 1) {
      const cutClient = world.listener.connect(ADDRESS);
      cutClient.send(stream.subarray(0, cut));
      cutClient.send(stream.subarray(cut));
      await world.clock.settle();

      expect(answersTo(cutClient)).toEqual([1, 2, 3]);
    }
  });

  it('reads a request that is larger than what it first sets aside', async () => {
    const frame = produceFrame(1, { sizeBytes: 5 * 1024 * 1024 });
    for (let at = 0; at < frame.length; at += 60_000) {
      client.send(frame.subarray(at, at + 60_000));
    }
    await world.clock.settle();

    expect(world.desk.begun).toEqual([1]);
    expect(world.server.budget.usedBytes).toBeGreaterThan(5 * 1024 * 1024);
  });

  it('begins produce requests while earlier ones wait, and answers in their order', async () => {
    for (const id of [1, 2, 3]) client.send(produceFrame(id));
    await world.clock.settle();
    world.desk.answer(3);
    world.desk.answer(2);
    await world.clock.settle();
    const early = answersTo(client);

    world.desk.answer(1);
    await world.clock.settle();

    expect(world.desk.begun).toEqual([1, 2, 3]);
    expect(early).toEqual([]);
    expect(answersTo(client)).toEqual([1, 2, 3]);
  });

  it('begins nothing else before all that came before is answered', async () => {
    client.send(produceFrame(1));
    client.send(metadataFrame(2));
    client.send(produceFrame(3));
    await world.clock.settle();
    const first = [...world.desk.begun];
    world.desk.answer(1);
    await world.clock.settle();
    const second = [...world.desk.begun];

    world.desk.answer(2, { brokers: [], topics: [] });
    await world.clock.settle();

    expect(first).toEqual([1]);
    expect(second).toEqual([1, 2]);
    expect(world.desk.begun).toEqual([1, 2, 3]);
  });

  it('holds up no other connection while it waits', async () => {
    client.send(metadataFrame(1));
    const other = world.listener.connect(ADDRESS);
    other.send(versionsFrame(2));
    await world.clock.settle();

    expect(answersTo(other)).toEqual([2]);
    expect(answersTo(client)).toEqual([]);
  });

  it('sends nothing where no answer is expected, and goes on', async () => {
    client.send(produceFrame(1, { acks: 0 }));
    client.send(versionsFrame(2));
    await world.clock.settle();
    world.desk.answer(1, NO_ANSWER);
    await world.clock.settle();

    expect(answersTo(client)).toEqual([2]);
  });

  it('answers ApiVersions above its own with version 0 and reads none of its body', async () => {
    const frame = versionsFrame(9, 4);
    frame.writeInt16BE(99, 6);
    client.send(Buffer.concat([frame.subarray(0, frame.length - 2), Buffer.from('??')]));
    client.send(versionsFrame(10));
    await world.clock.settle();
    const bytes = client.received;
    const size = bytes.readInt32BE(0);

    const { correlationId, body } = decodeResponse(
      APIS.apiVersions,
      0,
      bytes.subarray(4, 4 + size),
    );

    expect(correlationId).toBe(9);
    expect(body).toMatchObject({ errorCode: 35, apiKeys: [{ apiKey: 18 }] });
    expect(answersTo(client)).toEqual([9, 10]);
  });

  it('tells who waits when the client has gone', async () => {
    client.send(produceFrame(1));
    client.send(produceFrame(2));
    await world.clock.settle();

    client.close();
    await world.clock.settle();

    expect(world.desk.gone).toEqual([1, 2]);
    expect(world.server.budget.usedBytes).toBe(0);
  });
});

const sizeOnly = (sizeBytes: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(sizeBytes);
  return bytes;
};

const headOf = (apiKey: number, apiVersion: number, sizeBytes = 1000): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeInt32BE(sizeBytes);
  bytes.writeInt16BE(apiKey, 4);
  bytes.writeInt16BE(apiVersion, 6);
  return bytes;
};

describe('a Kafka connection is closed, with one line,', () => {
  const BAD: Readonly<Record<string, Buffer>> = {
    'for a size above the bound': sizeOnly(KAFKA_LIMITS.requestBytesMax + 1),
    'for a negative size': sizeOnly(-1),
    'for a size that no request has': sizeOnly(7),
    'for the beginning of a TLS handshake': Buffer.from('16030100a5010000a10303', 'hex'),
    'for an HTTP request': Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    'for a key that is not known': headOf(999, 0),
    'for a key that is known and not served': headOf(APIS.fetch.key, 4),
    'for a version that is not served': headOf(APIS.produce.key, 2),
    'for a body that is none': (() => {
      const frame = metadataFrame(1);
      frame.writeInt32BE(0x7fff_ffff, frame.length - 4);
      return frame;
    })(),
  };

  it.each(Object.entries(BAD))('%s', async (_name, bytes) => {
    const world = await startWorld();
    const client = world.listener.connect(ADDRESS);
    const other = world.listener.connect(ADDRESS);

    client.send(bytes);
    other.send(versionsFrame(1));
    await world.clock.settle();

    expect(client.isClosed).toBe(true);
    expect(world.lines).toHaveLength(1);
    expect(answersTo(other)).toEqual([1]);
    expect(other.isClosed).toBe(false);
    expect(world.fatal).toEqual([]);
    expect(world.server.budget.usedBytes).toBe(0);
  });

  it('when it is refused before its body has come', async () => {
    const world = await startWorld();
    const client = world.listener.connect(ADDRESS);

    client.send(headOf(999, 0, 50_000_000));
    await world.clock.settle();

    expect(client.isClosed).toBe(true);
  });

  it('after the answers that were given before', async () => {
    const world = await startWorld();
    const client = world.listener.connect(ADDRESS);

    client.send(Buffer.concat([versionsFrame(1), versionsFrame(2), sizeOnly(-1)]));
    await world.clock.settle();

    expect(answersTo(client)).toEqual([1, 2]);
    expect(client.isClosed).toBe(true);
  });

  it('when a handler has no answer for it', async () => {
    const world = await startWorld({}, () => [
      serve(APIS.fetch, () => {
        throw new OttlaError('INVALID_REQUEST', 'there is no answer');
      }),
    ]);
    const client = world.listener.connect(ADDRESS);
    const body = { maxWaitMs: 0, minBytes: 0, topics: [] };

    client.send(
      Buffer.concat(
        encodeRequest(APIS.fetch, { apiVersion: 4, correlationId: 1, clientId: null, body }),
      ),
    );
    await world.clock.settle();

    expect(client.isClosed).toBe(true);
    expect(world.lines).toMatchObject([{ reason: 'there is no answer' }]);
    expect(world.fatal).toEqual([]);
  });

  it('and the node stops, when a handler has a bug', async () => {
    const world = await startWorld({}, () => [
      serve(APIS.fetch, async () => {
        throw new TypeError('undefined is not a function');
      }),
    ]);
    const client = world.listener.connect(ADDRESS);
    const body = { maxWaitMs: 0, minBytes: 0, topics: [] };

    client.send(
      Buffer.concat(
        encodeRequest(APIS.fetch, { apiVersion: 4, correlationId: 1, clientId: null, body }),
      ),
    );
    await world.clock.settle();

    expect(client.isClosed).toBe(true);
    expect(world.fatal).toHaveLength(1);
  });
});

describe('the time of a Kafka connection', () => {
  it('ends without a first request', async () => {
    const world = await startWorld({ firstFrameMs: 5000 });
    const client = world.listener.connect(ADDRESS);

    await world.clock.settle(4000);
    const isEarly = client.isClosed;
    await world.clock.settle(3000);

    expect(isEarly).toBe(false);
    expect(client.isClosed).toBe(true);
  });

  it('ends in the middle of a request that dribbles', async () => {
    const world = await startWorld({ firstFrameMs: 1e9, frameMs: 5000 });
    const client = world.listener.connect(ADDRESS);
    const frame = produceFrame(1, { sizeBytes: 100_000 });

    for (let at = 0; at < 20; at += 1) {
      client.send(frame.subarray(at, at + 1));
      await world.clock.settle(500);
    }

    expect(client.isClosed).toBe(true);
    expect(world.lines).toHaveLength(1);
  });

  it('goes on for a large request that comes at a fair speed', async () => {
    const world = await startWorld({ frameMs: 5000 });
    const client = world.listener.connect(ADDRESS);
    client.send(versionsFrame(1));
    const frame = produceFrame(2, { sizeBytes: 1_000_000 });

    for (let at = 0; at < frame.length; at += 50_000) {
      client.send(frame.subarray(at, at + 50_000));
      await world.clock.settle(1000);
    }

    expect(client.isClosed).toBe(false);
    expect(world.desk.begun).toEqual([1]);
  });

  it('ends when it is idle, without a line, and not while a request waits', async () => {
    const world = await startWorld({ idleMs: 60_000 });
    const idle = world.listener.connect(ADDRESS);
    const busy = world.listener.connect(ADDRESS);
    idle.send(versionsFrame(1));
    busy.send(metadataFrame(2));

    await world.clock.settle(70_000);

    expect(idle.isClosed).toBe(true);
    expect(busy.isClosed).toBe(false);
    expect(world.lines).toEqual([]);
  });

  it('ends for a client that leaves its answers lying', async () => {
    const large = { errorCode: 0, apiKeys: Array(30_000).fill(ANY_VERSION) };
    const world = await startWorld({ slowReaderMs: 5000 }, () => [
      serve(APIS.apiVersions, () => large),
    ]);
    const client = world.listener.connect(ADDRESS);
    client.pause();
    client.send(Buffer.concat([versionsFrame(1), versionsFrame(2), versionsFrame(3)]));

    await world.clock.settle(4000);
    const isEarly = client.isClosed;
    await world.clock.settle(4000);

    expect(isEarly).toBe(false);
    expect(client.isClosed).toBe(true);
    expect(world.lines).toMatchObject([{ reason: expect.stringContaining('not read') }]);
    expect(world.server.budget.usedBytes).toBe(0);
  });
});

const ANY_VERSION = { apiKey: 0, minVersion: 0, maxVersion: 0 };

describe('the memory of a Kafka listener', () => {
  it('is bounded for a connection: it is read no further until answers are given', async () => {
    const world = await startWorld({ connectionBytesMax: 100_000 });
    const client = world.listener.connect(ADDRESS);
    for (let id = 1; id <= 20; id += 1) client.send(produceFrame(id, { sizeBytes: 20_000 }));
    await world.clock.settle();
    const before = world.desk.begun.length;

    for (let id = 1; id <= before; id += 1) world.desk.answer(id);
    await world.clock.settle();

    expect(before).toBeLessThan(7);
    expect(world.desk.begun.length).toBeGreaterThan(before);
  });

  it('answers all, however often it paused', async () => {
    const world = await startWorld({ connectionBytesMax: 50_000 });
    const client = world.listener.connect(ADDRESS);
    for (let id = 1; id <= 20; id += 1) client.send(produceFrame(id, { sizeBytes: 20_000 }));

    for (let id = 1; id <= 20; id += 1) {
      await world.clock.settle();
      world.desk.answer(id);
    }
    await world.clock.settle();

    expect(answersTo(client)).toHaveLength(20);
    expect(world.server.budget.usedBytes).toBe(0);
  });

  it('is bounded for all connections together, and each gets on in the end', async () => {
    const world = await startWorld({ heldBytesMax: 100_000 });
    const clients = [1, 2, 3, 4].map(() => world.listener.connect(ADDRESS));
    for (const client of clients) {
      for (let id = 1; id <= 5; id += 1) client.send(produceFrame(id, { sizeBytes: 30_000 }));
    }
    await world.clock.settle();
    const usedBytes = world.server.budget.usedBytes;

    for (let number = 1; number <= 20; number += 1) {
      world.desk.answer(number);
      await world.clock.settle();
    }

    // Each connection may hold what came in the chunk before it was paused.
    expect(usedBytes).toBeLessThan(100_000 + clients.length * 31_000);
    for (const client of clients) expect(answersTo(client)).toEqual([1, 2, 3, 4, 5]);
    expect(world.server.budget.usedBytes).toBe(0);
  });

  it('refuses who asks for more where only halves of requests are left', async () => {
    const world = await startWorld({ heldBytesMax: 100_000 });
    const clients = [1, 2, 3, 4].map(() => world.listener.connect(ADDRESS));
    for (const client of clients) {
      client.send(produceFrame(1, { sizeBytes: 80_000 }).subarray(0, 70_000));
    }
    await world.clock.settle();

    expect(clients.filter(({ isClosed }) => isClosed).length).toBeGreaterThan(0);
    expect(world.server.budget.usedBytes).toBeLessThan(300_000);
  });

  it('takes no more connections than it may', async () => {
    const world = await startWorld({ connectionCountMax: 2 });
    const clients = [1, 2, 3].map(() => world.listener.connect(ADDRESS));
    for (const client of clients) client.send(versionsFrame(1));
    await world.clock.settle();
    const closed = clients.map(({ isClosed }) => isClosed);

    clients[0]?.close();
    await world.clock.settle();
    const next = world.listener.connect(ADDRESS);
    next.send(versionsFrame(1));
    await world.clock.settle();

    expect(closed).toEqual([false, false, true]);
    expect(answersTo(next)).toEqual([1]);
  });

  it('writes few lines in a flood of bad clients', async () => {
    const world = await startWorld();
    for (let count = 0; count < 1000; count += 1) {
      world.listener.connect(ADDRESS).send(sizeOnly(-1));
    }
    await world.clock.settle(1500);

    expect(world.lines.length).toBeLessThan(30);
    expect(world.lines).toContainEqual({ count: 980 });
  });
});
