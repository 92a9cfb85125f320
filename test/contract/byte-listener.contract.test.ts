import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ByteListener, ByteSocket } from '../../src/env/byte-listener.ts';
import { netListener } from '../../src/platform/net-listener.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryListener } from '../support/memory-listener.ts';

/** A client's end, as both worlds have one. */
interface Client {
  readonly received: Buffer;
  readonly isClosed: boolean;
  send(bytes: Uint8Array): void;
  pause(): void;
  resume(): void;
  close(): void;
}

interface Subject {
  readonly listener: ByteListener;
  connect(address: string): Promise<Client>;
  /** Lets happen what is on its way, until `isMet` or for a second. */
  until(isMet: () => boolean): Promise<void>;
}

const memorySubject = (): Subject => {
  const clock = new ManualClock();
  const listener = new MemoryListener(clock);
  return {
    listener,
    connect: async (address) => listener.connect(address),
    until: () => clock.settle(10),
  };
};

const netSubject = (): Subject => ({
  listener: netListener,
  connect: (address) =>
    new Promise((resolve) => {
      const colon = address.lastIndexOf(':');
      const socket = connect(Number(address.slice(colon + 1)), address.slice(0, colon));
      const chunks: Buffer[] = [];
      let isClosed = false;
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('error', () => {});
      socket.on('close', () => {
        isClosed = true;
      });
      socket.on('connect', () =>
        resolve({
          get received() {
            return Buffer.concat(chunks);
          },
          get isClosed() {
            return isClosed;
          },
          send: (bytes) => void socket.write(bytes),
          pause: () => void socket.pause(),
          resume: () => void socket.resume(),
          close: () => void socket.destroy(),
        }),
      );
    }),
  until: async (isMet) => {
    for (let waitedMs = 0; waitedMs < 1000 && !isMet(); waitedMs += 5) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
});

/** Writes down what happens to each accepted connection. */
class Recorder {
  readonly sockets: ByteSocket[] = [];
  readonly received: Buffer[] = [];
  drainCount = 0;
  closeCount = 0;

  readonly accept = (socket: ByteSocket) => {
    this.sockets.push(socket);
    return {
      onBytes: (bytes: Uint8Array) => void this.received.push(Buffer.from(bytes)),
      onDrain: () => {
        this.drainCount += 1;
      },
      onClose: () => {
        this.closeCount += 1;
      },
    };
  };

  get text(): string {
    return Buffer.concat(this.received).toString();
  }

  get socket(): ByteSocket {
    const [first] = this.sockets;
    if (first === undefined) throw new Error('nobody has connected');
    return first;
  }
}

const subjects: Readonly<Record<string, () => Subject>> = {
  'sockets of the machine': netSubject,
  'sockets in memory': memorySubject,
};

describe.each(Object.entries(subjects))('%s', (_name, makeSubject) => {
  type Paused = Pick<Awaited<ReturnType<typeof setUp>>, 'server' | 'client' | 'until'>;

  const setUp = async () => {
    const subject = makeSubject();
    const server = new Recorder();
    const listening = await subject.listener.listen('127.0.0.1:0', server.accept);
    const client = await subject.connect(listening.address);
    await subject.until(() => server.sockets.length > 0);
    return { ...subject, server, listening, client };
  };

  it('carries bytes both ways, in order', async () => {
    const { server, listening, client, until } = await setUp();

    client.send(Buffer.from('one '));
    client.send(Buffer.from('two'));
    await until(() => server.text.length === 7);
    server.socket.write([Buffer.from('three '), Buffer.from('four')]);
    await until(() => client.received.length === 10);

    expect(server.text).toBe('one two');
    expect(client.received.toString()).toBe('three four');
    await listening.close();
  });

  it('names the port that it was given, and the peer', async () => {
    const { server, listening } = await setUp();

    expect(listening.address).toBe(`127.0.0.1:${listening.port}`);
    expect(listening.port).toBeGreaterThan(0);
    expect(server.socket.peer).toMatch(/^.+:\d+$/);
    await listening.close();
  });

  it('refuses a port in use with CONFIG', async () => {
    const { listener, listening, server } = await setUp();

    await expect(listener.listen(listening.address, server.accept)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('in use'),
    });

    await listening.close();
  });

  /** What the client sends to a paused socket comes once it goes on, and not before. */
  const expectHeld = async ({ server, client, until }: Paused): Promise<void> => {
    client.send(Buffer.from('held'));
    await until(() => server.text !== '');
    const meanwhile = server.text;

    server.socket.resume();
    await until(() => server.text !== '');

    expect(meanwhile).toBe('');
    expect(server.text).toBe('held');
  };

  it('brings nothing between pause and resume, and all of it after', async () => {
    const world = await setUp();
    world.server.socket.pause();

    await expectHeld(world);

    await world.listening.close();
  });

  it('hears that the peer has gone once it reads on, behind what was sent before', async () => {
    const { server, listening, client, until } = await setUp();
    server.socket.pause();
    client.send(Buffer.from('farewell'));
    client.close();
    await until(() => server.closeCount > 0);
    const meanwhile = server.closeCount;

    server.socket.resume();
    await until(() => server.closeCount > 0);

    expect(meanwhile).toBe(0);
    expect(server.text).toBe('farewell');
    expect(server.closeCount).toBe(1);
    await listening.close();
  });

  it('brings nothing of a connection that is paused as it is accepted', async () => {
    const { listener, connect, until } = makeSubject();
    const server = new Recorder();
    const listening = await listener.listen('127.0.0.1:0', (socket) => {
      socket.pause();
      return server.accept(socket);
    });
    // Not after it was accepted: what was sent by then must be held, too.
    const client = await connect(listening.address);

    await expectHeld({ server, client, until });

    await listening.close();
  });

  it('answers false while the peer does not read, and tells once it has', async () => {
    const { server, listening, client, until } = await setUp();
    client.pause();
    const part = new Uint8Array(64 * 1024);
    let count = 0;
    while (count < 1000 && server.socket.write([part])) count += 1;
    const pendingBytes = server.socket.pendingBytes;

    client.resume();
    await until(() => server.drainCount > 0);

    expect(count).toBeLessThan(1000);
    expect(pendingBytes).toBeGreaterThan(0);
    expect(server.drainCount).toBe(1);
    expect(server.socket.pendingBytes).toBe(0);
    await listening.close();
  });

  it('tells that parts are sent once the network has them all, and not before', async () => {
    const { server, listening, client, until } = await setUp();
    client.pause();
    const part = new Uint8Array(1024 * 1024);
    let sentCount = 0;
    const onSent = (): void => {
      sentCount += 1;
    };
    // More than what the network takes of a reader that does nothing.
    for (let nth = 0; nth < 20; nth += 1) server.socket.write([part, part], onSent);
    const atOnce = sentCount;
    await until(() => sentCount > 0);
    const meanwhile = sentCount;

    client.resume();
    await until(() => sentCount === 20);

    expect(atOnce).toBe(0);
    expect(meanwhile).toBeLessThan(20);
    expect(sentCount).toBe(20);
    expect(server.socket.pendingBytes).toBe(0);
    await listening.close();
  });

  it('never tells that parts are sent which the end of the connection has dropped', async () => {
    const { server, listening, client, until } = await setUp();
    client.pause();
    const part = new Uint8Array(1024 * 1024);
    let isSent = false;
    for (let nth = 0; nth < 20; nth += 1) server.socket.write([part]);
    server.socket.write([part], () => {
      isSent = true;
    });

    server.socket.destroy();
    await until(() => server.closeCount > 0);
    server.socket.write([part], () => {
      isSent = true;
    });
    await until(() => isSent);

    expect(isSent).toBe(false);
    await listening.close();
  });

  it('sends what was written before an end, and then ends', async () => {
    const { server, listening, client, until } = await setUp();

    server.socket.write([Buffer.from('last words')]);
    server.socket.end();
    await until(() => client.isClosed && server.closeCount > 0);

    expect(client.received.toString()).toBe('last words');
    expect(server.closeCount).toBe(1);
    await listening.close();
  });

  it('receives nothing after its end', async () => {
    const { server, listening, client, until } = await setUp();

    server.socket.end();
    client.send(Buffer.from('too late'));
    await until(() => server.closeCount > 0);

    expect(server.text).toBe('');
    await listening.close();
  });

  it('closes once when destroyed, and drops later writes', async () => {
    const { server, listening, client, until } = await setUp();

    server.socket.destroy();
    await until(() => client.isClosed && server.closeCount > 0);
    const isTaken = server.socket.write([Buffer.from('too late')]);
    server.socket.destroy();
    await until(() => server.closeCount > 1);

    expect(isTaken).toBe(false);
    expect(client.received.length).toBe(0);
    expect(server.closeCount).toBe(1);
    await listening.close();
  });

  it('tells when the peer has gone', async () => {
    const { server, listening, client, until } = await setUp();

    client.close();
    await until(() => server.closeCount > 0);

    expect(server.closeCount).toBe(1);
    await listening.close();
  });

  it('cuts its connections when it is closed', async () => {
    const { server, listening, client, until } = await setUp();

    await listening.close();
    await until(() => client.isClosed && server.closeCount > 0);

    expect(client.isClosed).toBe(true);
    expect(server.closeCount).toBe(1);
  });
});
