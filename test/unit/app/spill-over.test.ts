import type { Server } from 'node:http';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { fastify } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SpilledRequest, SpillOptions, SpillOver } from '../../../src/index.ts';
import { connect, replayTo, spillPlugin, spillReply } from '../../../src/index.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';

let cluster: DevCluster;
let topicCount = 0;
const ended: Array<() => Promise<unknown>> = [];

beforeAll(async () => {
  cluster = await startDevCluster({ config: { 'group.initial.rebalance.delay.ms': 0 } });
}, 60_000);

afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

interface Came {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

interface Service {
  readonly app: FastifyInstance;
  readonly base: string;
  /** What was handled, and not refused. */
  readonly came: Came[];
}

/** A service that takes any body, in bytes. */
const serve = async (wire: (app: FastifyInstance) => Promise<void>): Promise<Service> => {
  const app = fastify({ forceCloseConnections: true });
  const came: Came[] = [];
  await wire(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  app.all('/*', ({ method, url, headers, body }, reply) => {
    came.push({ method, url, headers, body: (body as Buffer | undefined) ?? Buffer.alloc(0) });
    return reply.code(200).send('done');
  });
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  ended.push(() => app.close());
  return { app, base, came };
};

const newTopic = async (): Promise<string> => {
  topicCount += 1;
  const name = `spilled-${topicCount}`;
  await cluster.client.admin().createTopic({ name, partitions: 1 });
  return name;
};

const spillTo = (topic: string, options: Partial<SpillOptions> = {}): SpillOver => {
  const spill = cluster.client.spillOver({ topic, ...options });
  ended.push(() => spill.close());
  return spill;
};

/** Replays the first `count` requests of a topic. */
const replay = async (
  topic: string,
  count: number,
  target: Parameters<typeof replayTo>[0],
): Promise<void> => {
  await using consumer = cluster.client.consumer({
    topics: [topic],
    groupId: `replay-${topic}`,
    offsetReset: 'earliest',
  });
  const stop = new AbortController();
  const handle = replayTo(target);
  let doneCount = 0;
  await consumer.run({
    handler: async (record, context) => {
      await handle(record, context);
      doneCount += 1;
      if (doneCount === count) stop.abort();
    },
    signal: stop.signal,
  });
};

const BODY = Buffer.from([0, 1, 0xff, 0xfe, 13, 10, 0x7b]);
const TARGET = '/orders/17?a=%7Bx%7D&b=1+2&b=%C3%BC';

describe('a service of Fastify', () => {
  test('keeps what its limiter refuses, and gets it later as it came', async () => {
    const topic = await newTopic();
    const spill = spillTo(topic, { statusUrl: ({ id }) => `/kept/${id}` });
    let isBusy = true;
    const { base, came } = await serve(async (app) => {
      await app.register(spillPlugin, { spill, isRefused: () => isBusy });
    });

    const answer = await fetch(base + TARGET, {
      method: 'PATCH',
      headers: { 'content-type': 'application/x-own', authorization: 'Bearer secret' },
      body: BODY,
    });
    const { id, status } = (await answer.json()) as { id: string; status: string };
    const before = came.length;
    isBusy = false;
    await replay(topic, 1, base);

    expect([answer.status, before]).toEqual([202, 0]);
    expect([status, answer.headers.get('location')]).toEqual([`/kept/${id}`, `/kept/${id}`]);
    expect(came).toHaveLength(1);
    const [{ method, url, headers, body } = must()] = came;
    expect([method, url, body]).toEqual(['PATCH', TARGET, BODY]);
    expect(headers).toMatchObject({ 'content-type': 'application/x-own', 'idempotency-key': id });
    expect(headers).not.toHaveProperty('authorization');
  });

  test('serves what is not refused, and keeps nothing of it', async () => {
    const topic = await newTopic();
    const { base, came } = await serve(async (app) => {
      await app.register(spillPlugin, { spill: spillTo(topic), isRefused: async () => false });
    });

    const answer = await fetch(`${base}/x`, { method: 'POST', body: BODY });

    expect([answer.status, came[0]?.body]).toEqual([200, BODY]);
    expect(await endOf(topic)).toBe(0);
  });

  test('keeps what a limiter refuses by throwing, from its error handler', async () => {
    const topic = await newTopic();
    const spill = spillTo(topic);
    const { base } = await serve(async (app) => {
      app.addHook('onRequest', async () => {
        throw Object.assign(new Error('too many'), { statusCode: 429 });
      });
      app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
        if (error.statusCode !== 429) throw error;
        await spillReply(spill, { request, reply });
      });
    });

    const answer = await fetch(`${base}/x?y`, { method: 'POST', body: BODY });
    const requests: SpilledRequest[] = [];
    await replay(topic, 1, (request) => void requests.push(request));

    expect(answer.status).toBe(202);
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/x?y', body: Uint8Array.from(BODY) });
  });

  test('answers 413 to a body that is too large, told or not, and keeps nothing of it', async () => {
    const topic = await newTopic();
    const spill = spillTo(topic, { maxBodyBytes: 1000 });
    const { base } = await serve(async (app) => {
      await app.register(spillPlugin, { spill, isRefused: () => true });
    });
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 11; at += 1) yield new Uint8Array(100);
    }

    const told = await fetch(base, { method: 'POST', body: new Uint8Array(1001) });
    const untold = await fetch(base, { method: 'POST', body: chunks(), duplex: 'half' });
    const fits = await fetch(base, { method: 'POST', body: new Uint8Array(1000) });

    expect([told.status, untold.status, fits.status]).toEqual([413, 413, 202]);
    expect(await endOf(topic)).toBe(1);
  });

  test('answers 503 with retry-after in time where brokers take connections and say nothing', async () => {
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const client = connect({ bootstrap: `127.0.0.1:${port}` });
    ended.push(async () => {
      await client.close({ signal: AbortSignal.abort() });
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const spill = client.spillOver({ topic: 'spilled', timeoutMs: 500, retryAfterMs: 3000 });
    const { base } = await serve(async (app) => {
      await app.register(spillPlugin, { spill, isRefused: () => true });
    });

    const startMs = performance.now();
    const answer = await fetch(base, { method: 'POST', body: BODY });

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3']);
    expect(performance.now() - startMs).toBeLessThan(3000);
  });

  test('is told where its plugin is given no spill', async () => {
    const app = fastify();
    const spill = {} as SpillOver;

    const registered = app.register(spillPlugin, { spill, isRefused: () => true }).ready();

    await expect(registered).rejects.toThrow('spillPlugin takes spill');
  });
});

describe('a server of node:http', () => {
  const listen = async (handle: Parameters<typeof createServer>[1]): Promise<string> => {
    const server: Server = createServer(handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ended.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  test('keeps a request whose body it has not read, and one whose body it gives', async () => {
    const topic = await newTopic();
    const spill = spillTo(topic);
    const base = await listen(async (request, response) => {
      if (request.url === '/unread') return await spill.handle(request, response);
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      return await spill.handle(request, response, Buffer.concat(parts));
    });

    const answers = [
      await fetch(`${base}/unread`, { method: 'POST', body: BODY }),
      await fetch(`${base}/read`, { method: 'POST', body: BODY }),
      await fetch(`${base}/read`),
    ];
    const requests: SpilledRequest[] = [];
    await replay(topic, 3, (request) => void requests.push(request));

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const bodies = new Map(
      requests.map(({ method, url, body }) => [method + url, Buffer.from(body)]),
    );
    expect(bodies.get('POST/unread')).toEqual(BODY);
    expect(bodies.get('POST/read')).toEqual(BODY);
    expect(bodies.get('GET/read')).toHaveLength(0);
  });

  test('is told where the body is gone, and not given', async () => {
    const spill = spillTo(await newTopic());
    let code = '';
    const base = await listen(async (request, response) => {
      for await (const _ of request);
      await spill.handle(request, response).catch((error: { code: string }) => {
        code = error.code;
      });
      response.end();
    });

    await fetch(base, { method: 'POST', body: BODY });

    expect(code).toBe('CONFIG');
  });

  test('answers 408 to a body that does not end in time', async () => {
    const topic = await newTopic();
    const spill = spillTo(topic, { timeoutMs: 200 });
    const base = await listen((request, response) => void spill.handle(request, response));

    const status = await new Promise((resolve, reject) => {
      const slow = httpRequest(base, { method: 'POST' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      slow.on('error', reject);
      slow.write('half');
    });

    expect(status).toBe(408);
    expect(await endOf(topic)).toBe(0);
  });

  test('answers 503 where no broker is there', async () => {
    const client = connect({ bootstrap: '127.0.0.1:1' });
    ended.push(() => client.close({ signal: AbortSignal.abort() }));
    const spill = client.spillOver({ topic: 'spilled', timeoutMs: 300 });
    const base = await listen((request, response) => void spill.handle(request, response));

    const answer = await fetch(base, { method: 'POST', body: BODY });

    expect(answer.status).toBe(503);
  });
});

const must = (): never => {
  throw new Error('nothing came');
};

const endOf = async (topic: string): Promise<number | undefined> => {
  const [end] = await cluster.client
    .admin()
    .listOffsets([{ topic, partition: 0, at: 'latest' as const }]);
  return end?.offset;
};
