import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { onCall } from '../../src/env/transport.ts';
import { ReplicaService } from '../../src/gen/ottla.ts';
import { SystemClock } from '../../src/platform/system-clock.ts';
import { GrpcTransport } from '../../src/rpc/grpc-transport.ts';
import { transportContract } from './transport.contract.ts';

const makePair = async () => ({
  server: new GrpcTransport(new SystemClock()),
  client: new GrpcTransport(new SystemClock()),
  host: '127.0.0.1',
  // Port 1 (tcpmux) has no owner here, and needs root to get one.
  deadAddress: '127.0.0.1:1',
});

transportContract('gRPC on loopback', makePair);

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
