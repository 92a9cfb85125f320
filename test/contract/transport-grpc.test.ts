import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { OttlaError } from '../../src/base/errors.ts';
import { onCall, onStream } from '../../src/env/transport.ts';
import { ReplicaService } from '../../src/gen/ottla.ts';
import { SystemClock } from '../../src/platform/system-clock.ts';
import { GrpcTransport } from '../../src/rpc/grpc-transport.ts';
import { WINDOW_BYTES } from '../../src/rpc/options.ts';
import type { Note } from './json-methods.ts';
import { askMethod, exchangeMethod } from './json-methods.ts';
import { transportContract } from './transport.contract.ts';
import { Seen } from './transport-world.ts';

const makePair = async () => ({
  server: new GrpcTransport(new SystemClock()),
  client: new GrpcTransport(new SystemClock()),
  host: '127.0.0.1',
  // Port 1 (tcpmux) has no owner here, and needs root to get one.
  deadAddress: '127.0.0.1:1',
});

transportContract('gRPC on loopback', makePair);

const MEBIBYTE = 'x'.repeat(1024 * 1024);

/** Writes raw bytes to a port; resolves when the other side has closed the connection. */
const sendRaw = (port: number, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.resume();
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });

const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const OVERSIZE_FRAME = Buffer.from([0xff, 0xff, 0xff, 0x0, 0x0, 0x0, 0x0, 0x0, 0x1]);

const REFLECTIONS = ['v1', 'v1alpha'].map(
  (version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
);
const HEALTH = '/grpc.health.v1.Health/Check';
/** `list_services`, field 7, empty. */
const LIST_SERVICES = Buffer.from([0x3a, 0x00]);
/** `status`, field 1: SERVING. */
const SERVING = Buffer.from([0x08, 0x01]);
const raw = (bytes: Buffer): Buffer => bytes;

const answerOf = (stream: ClientDuplexStream<Buffer, Buffer>): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    stream.on('data', resolve).on('error', reject);
    stream.end(LIST_SERVICES);
  });

describe('an address where nobody listens', () => {
  it('is named once, with what the system says of it', async () => {
    const { client, deadAddress } = await makePair();

    const call = client.call(deadAddress, askMethod, {
      request: { word: 'hello' },
      deadlineMs: 5000,
    });

    await expect(call).rejects.toThrow(/^connect ECONNREFUSED 127\.0\.0\.1:1$/);
    await client.close();
  });
});

describe('a stream that is paused', () => {
  it('holds a message and its windows, not what it could read ahead', async () => {
    const { server, client } = await makePair();
    let isPaused = false;
    const listening = await server.listen('127.0.0.1:0', [
      onStream(exchangeMethod, (stream) => {
        const onMessage = (): void => {
          stream.pause();
          isPaused = true;
        };
        return { onMessage, onClose: () => {} };
      }),
    ]);
    let drains = 0;
    const stream = client.open(listening.address, exchangeMethod, {
      lane: 'data',
      listener: { onMessage: () => {}, onDrain: () => (drains += 1), onClose: () => {} },
    });

    let sentCount = 0;
    for (let before = -1; before !== drains || !isPaused; ) {
      before = drains;
      do sentCount += 1;
      while (stream.send({ word: 'load', body: MEBIBYTE }));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }

    const mebibytesTaken = sentCount - Math.floor(stream.pendingBytes / MEBIBYTE.length);
    expect(mebibytesTaken).toBeLessThanOrEqual(WINDOW_BYTES / MEBIBYTE.length + 3);
    await Promise.all([client.close(), server.close()]);
  });
});

/** Stands before a server; what is connected by then hears nothing more after `stall`. */
const startStallable = async (port: number, { starts = [] as Array<'mute' | 'broken'> } = {}) => {
  const links = new Set<Socket>();
  let metCount = 0;
  const proxy = createServer((near) => {
    metCount += 1;
    proxy.emit('met');
    const start = starts.shift();
    if (start !== undefined) {
      links.add(near.on('error', () => {}).pause());
      if (start === 'broken') near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const half of [near, far]) {
      links.add(half);
      half.on('error', () => {}).on('close', () => links.delete(half));
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const stall = (): void => {
    for (const half of links) half.unpipe().pause();
  };
  const close = (): void => {
    for (const half of links) half.destroy();
    proxy.close();
  };
  const untilMet = async (count: number): Promise<void> => {
    while (metCount < count) await once(proxy, 'met');
  };
  return { address, stall, close, untilMet };
};

describe('a stream that is given up for silence', () => {
  const silence = new OttlaError('REQUEST_TIMED_OUT', 'no answer');

  it.each([
    ['is followed by one over a new connection', silence, ['echo']],
    ['else by one over the connection that is there', undefined, []],
  ])('%s', async (_, error, heard) => {
    const { server, client } = await makePair();
    const handler = onStream(exchangeMethod, (stream) => {
      return { onMessage: (note: Note) => void stream.send(note), onClose: () => {} };
    });
    const { port } = await server.listen('127.0.0.1:0', [handler]);
    const proxy = await startStallable(port);
    const open = (listener: Seen) =>
      client.open(proxy.address, exchangeMethod, { lane: 'data', listener });
    const [before, after] = [new Seen(), new Seen()];
    const stalled = open(before);
    stalled.send({ word: 'echo' });
    await before.until(() => before.notes.length > 0);

    proxy.stall();
    stalled.send({ word: 'echo' });
    stalled.close(error);
    open(after).send({ word: 'echo' });
    await new Promise((resolve) => setTimeout(resolve, 1000));

    expect(after.events).toEqual(heard);
    proxy.close();
    await Promise.all([client.close(), server.close()]);
  });
});

describe('a connection that is taken and never answered', () => {
  it('is given up after 3 s, and the next stream goes over another', async () => {
    const { server, client } = await makePair();
    const handler = onStream(exchangeMethod, (stream) => {
      return { onMessage: (note: Note) => void stream.send(note), onClose: () => {} };
    });
    const { port } = await server.listen('127.0.0.1:0', [handler]);
    const proxy = await startStallable(port, { starts: ['mute'] });
    const open = (listener: Seen) =>
      client.open(proxy.address, exchangeMethod, { lane: 'data', listener });
    const [first, second] = [new Seen(), new Seen()];

    open(first).send({ word: 'echo' });
    await first.untilClosed();
    open(second).send({ word: 'echo' });
    await second.until(() => second.events.length > 0);

    expect([first.events, second.events]).toEqual([['close:NETWORK_EXCEPTION'], ['echo']]);
    proxy.close();
    await Promise.all([client.close(), server.close()]);
  });

  it('is given up just so behind one that was broken, while streams fail at once', async () => {
    const { server, client } = await makePair();
    const handler = onStream(exchangeMethod, (stream) => {
      return { onMessage: (note: Note) => void stream.send(note), onClose: () => {} };
    });
    const { port } = await server.listen('127.0.0.1:0', [handler]);
    const proxy = await startStallable(port, { starts: ['broken', 'mute'] });
    const ends = new Set<string>();
    const tryOnce = async (): Promise<string> => {
      const listener = new Seen();
      client.open(proxy.address, exchangeMethod, { lane: 'data', listener }).send({ word: 'echo' });
      await listener.until(() => listener.events.length > 0);
      return listener.events[0] ?? '';
    };

    const startMs = performance.now();
    while (performance.now() - startMs < 10_000 && !ends.has('echo')) {
      ends.add(await tryOnce());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }

    expect([...ends]).toEqual(['close:NETWORK_EXCEPTION', 'echo']);
    proxy.close();
    await Promise.all([client.close(), server.close()]);
  }, 20_000);
});

describe('a call over a connection of its own', () => {
  it('is answered while another connection to the address fails at once', async () => {
    const { server, client } = await makePair();
    const handler = onCall(askMethod, async (note: Note) => note);
    const { port } = await server.listen('127.0.0.1:0', [handler]);
    const proxy = await startStallable(port, { starts: ['broken', 'mute'] });
    const ask = (isConnectionNew: boolean): Promise<string> => {
      const message = { request: { word: 'echo' }, deadlineMs: 5000, isConnectionNew };
      const answer = client.call(proxy.address, askMethod, message);
      return answer.then(
        ({ word }) => word,
        (error: OttlaError) => error.code,
      );
    };
    const broken = await ask(false);
    await proxy.untilMet(2);

    const [shared, own] = await Promise.all([ask(false), ask(true)]);

    expect([broken, shared, own]).toEqual(['NETWORK_EXCEPTION', 'NETWORK_EXCEPTION', 'echo']);
    proxy.close();
    await Promise.all([client.close(), server.close()]);
  });
});

describe('a tool that knows only gRPC', () => {
  it('finds health and service names at its first call, though nothing was loaded for it', async () => {
    const { server } = await makePair();
    const answer = async () => ({ brokerId: 4, incarnationId: 'run' });
    const listening = await server.listen('127.0.0.1:0', [onCall(ReplicaService.ping, answer)]);
    const tool = new Client(listening.address, credentials.createInsecure());

    const health = await new Promise<Buffer | undefined>((resolve, reject) => {
      tool.makeUnaryRequest(HEALTH, raw, raw, Buffer.alloc(0), (error, bytes) =>
        error === null ? resolve(bytes) : reject(error),
      );
    });
    const services = await Promise.all(
      REFLECTIONS.map((path) => answerOf(tool.makeBidiStreamRequest(path, raw, raw))),
    );

    expect(health).toEqual(SERVING);
    for (const names of services) {
      expect(names.toString('latin1')).toContain('ottla.v1.ReplicaService');
    }
    tool.close();
    await server.close();
  });
});

describe('a gRPC listener', () => {
  for (const [what, bytes] of [
    ['garbage', Buffer.from('GET / HTTP/1.1 \x00\x01\xff\r\n\r\n'.repeat(20))],
    ['an oversize frame', Buffer.concat([HTTP2_PREFACE, OVERSIZE_FRAME])],
  ] as const) {
    it(`closes the connection that sends ${what} and serves the others`, async () => {
      const { server, client } = await makePair();
      const answer = { brokerId: 4, incarnationId: 'run' };
      const listening = await server.listen('127.0.0.1:0', [
        onCall(ReplicaService.ping, async () => answer),
      ]);

      await sendRaw(listening.port, bytes);

      const message = { request: { brokerId: 4 }, deadlineMs: 5_000 };
      await expect(client.call(listening.address, ReplicaService.ping, message)).resolves.toEqual(
        answer,
      );
      await Promise.all([client.close(), server.close()]);
    });
  }
});
