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

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** A whole request of Kafka's, with no sense in its body. */
const kafkaRequest = (apiKey: number, apiVersion: number): Buffer => {
  const head = Buffer.alloc(10);
  head.writeInt16BE(apiKey, 0);
  head.writeInt16BE(apiVersion, 2);
  const body = Buffer.concat([head, Buffer.alloc(64, 0xff)]);
  return Buffer.concat([int32(body.length), body]);
};

const KAFKA_GARBAGE: readonly (readonly [string, Buffer])[] = [
  ['zeros', Buffer.alloc(4096)],
  ['a negative size', int32(-1)],
  ['an oversize frame', int32(0x7fffffff)],
  ['the speech of the client port', PREFACE],
  ['the speech of the admin port', Buffer.from('GET /metrics HTTP/1.1\r\n\r\n')],
  ['a greeting of TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03])],
  ['an unknown API', kafkaRequest(999, 0)],
  ['a version of the future', kafkaRequest(0, 99)],
  ['a produce request of nonsense', kafkaRequest(0, 7)],
  ['a fetch request of nonsense', kafkaRequest(1, 11)],
  ['a metadata request of nonsense', kafkaRequest(3, 9)],
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

/** Ends with the connection; by a reset too, which `once` would reject for. Unread bytes cause one. */
const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the node keeps it')), CLOSED_WITHIN_MS);
    socket.once('close', () => {
      clearTimeout(late);
      resolve();
    });
  });

/** Resolves when the node has closed the connection. */
const closed = async (address: string, bytes: Buffer): Promise<void> => {
  const socket = await opened(address);
  const end = closing(socket);
  socket.write(bytes);
  await end;
};

const kept = ['before'];

const DOORS = ['client', 'peer', 'admin', 'kafka'] as const;

describe.each(DOORS)('garbage on the %s port', (listener) => {
  const garbage = listener === 'kafka' ? KAFKA_GARBAGE : GARBAGE;
  // Half a request is waited for longer than a test lasts: there, what was begun is ended.
  const isOnce = listener === 'admin';

  it('closes its own connections and no other', async () => {
    const wanted = String(kept.length + 1);
    const words = ['consume', 't', '--from-beginning', '-n', wanted, '--bootstrap', node.client];
    const reading = ottla(words);

    const sent = garbage.map(([, bytes]) => (isOnce ? Buffer.concat([bytes, BLANK]) : bytes));
    await Promise.all(sent.map((bytes) => closed(node[listener], bytes)));

    expect((await fetch(`http://${node.admin}/readyz`)).status).toBe(200);
    expect((await produce(`${listener}\n`)).status).toBe(0);
    kept.push(listener);
    expect((await reading).stdout.toString().trimEnd().split('\n')).toEqual(kept);
  });
});

it('half a request on the kafka port ends with its connection', async () => {
  const socket = await opened(node.kafka);
  const gone = closing(socket);

  socket.end(Buffer.concat([int32(100), randomBytes(20)]));

  await gone;
  expect((await fetch(`http://${node.admin}/readyz`)).status).toBe(200);
});
