import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeFiles } from './processes.ts';
import { ottla, Workshop } from './processes.ts';

const workshop = new Workshop();
let node: NodeFiles;

beforeAll(async () => {
  node = await workshop.formatted(1);
  await workshop.running(node);
  expect((await produce('before\n')).status).toBe(0);
});

afterAll(() => workshop.close());

const produce = (input: string) => ottla(['produce', 't', '--bootstrap', node.client], { input });

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

/** A frame header of HTTP/2, with as much of a body as is given. */
const frame = (lengthBytes: number, type: number, body = Buffer.alloc(0)): Buffer => {
  const header = Buffer.alloc(9);
  header.writeUIntBE(lengthBytes, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt32BE(1, 5);
  return Buffer.concat([header, body]);
};

const BLANK = Buffer.from('\r\n\r\n');

const GARBAGE: readonly (readonly [string, Buffer])[] = [
  ['random bytes', randomBytes(4096)],
  ['zeros', Buffer.alloc(4096)],
  ['a half-written preface', PREFACE.subarray(0, 10)],
  ['a half-written frame', Buffer.concat([PREFACE, SETTINGS, frame(500, 1, randomBytes(20))])],
  ['an oversize frame', Buffer.concat([PREFACE, SETTINGS, frame(0xffffff, 0)])],
  ['random frames', Buffer.concat([PREFACE, SETTINGS, frame(64, 1, randomBytes(64))])],
  ['half a request line', Buffer.from('GET /metr')],
  ['endless headers', Buffer.from(`GET / HTTP/1.1\r\nx: ${'y'.repeat(200_000)}`)],
];

const opened = async (address: string): Promise<Socket> => {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  return socket;
};

/** A connection that speaks HTTP/2 so far is given up by the keepalive, after 8 s. */
const CLOSED_WITHIN_MS = 20_000;

/** Resolves when the node has closed the connection. */
const closed = async (address: string, bytes: Buffer): Promise<unknown> => {
  const socket = await opened(address);
  const end = once(socket, 'close', { signal: AbortSignal.timeout(CLOSED_WITHIN_MS) });
  socket.write(bytes);
  return end;
};

const kept = ['before'];

describe.each(['client', 'peer', 'admin'] as const)('garbage on the %s port', (listener) => {
  // Half a request is waited for longer than a test lasts: there, what was begun is ended.
  const isOnce = listener === 'admin';

  it('closes its own connections and no other', async () => {
    const wanted = String(kept.length + 1);
    const words = ['consume', 't', '--from-beginning', '-n', wanted, '--bootstrap', node.client];
    const reading = ottla(words);

    const sent = GARBAGE.map(([, bytes]) => (isOnce ? Buffer.concat([bytes, BLANK]) : bytes));
    await Promise.all(sent.map((bytes) => closed(node[listener], bytes)));

    expect((await fetch(`http://${node.admin}/readyz`)).status).toBe(200);
    expect((await produce(`${listener}\n`)).status).toBe(0);
    kept.push(listener);
    expect((await reading).stdout.toString().trimEnd().split('\n')).toEqual(kept);
  });
});
