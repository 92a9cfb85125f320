import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/env/logger.ts';
import { listenHttp } from '../../src/platform/http-server.ts';
import { netListener } from '../../src/platform/net-listener.ts';
import { SystemClock } from '../../src/platform/system-clock.ts';
import { GrpcTransport } from '../../src/rpc/grpc-transport.ts';

interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

const ignore = { onBytes: () => {}, onDrain: () => {}, onClose: () => {} };

const doors: Readonly<Record<string, (address: string) => Promise<Listening>>> = {
  'the door of gRPC': (address) => new GrpcTransport(new SystemClock()).listen(address, []),
  'the door of Kafka': (address) => netListener.listen(address, () => ignore),
  'the admin door': (address) => {
    const [host = '', port] = address.split(':');
    return listenHttp({ host, port: Number(port), routes: new Map(), logger: silentLogger });
  },
};

let taken: Listening;
beforeAll(async () => {
  taken = await netListener.listen('127.0.0.1:0', () => ignore);
});
afterAll(() => taken.close());

const userId = process.geteuid?.();

describe.each(Object.entries(doors))('%s refuses, in one line with the remedy,', (_, listen) => {
  const expectRefusal = (address: string, reason: string) =>
    expect(listen(address)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(new RegExp(`^cannot listen on ${address}: ${reason}`)),
    });

  it('a port in use', async () => {
    await expectRefusal(`127.0.0.1:${taken.port}`, 'the port is in use; stop');
  });

  it('an address that is another machine’s', async () => {
    await expectRefusal('192.0.2.1:7091', 'this machine has no such address; name one');
  });

  it('a name that leads nowhere', async () => {
    await expectRefusal('nohost.invalid:7091', 'the name is not known here; check it');
  });

  it.runIf(userId === 0)(
    'a port that this user may not have (needs root, to be another)',
    async () => {
      process.seteuid?.('nobody');
      try {
        await expectRefusal('127.0.0.1:81', 'permission denied; choose a port above 1023');
      } finally {
        process.seteuid?.(0);
      }
    },
  );
});
