import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { netListener } from '../../../src/platform/net-listener.ts';

const KIB = 1024;

/** The server's ends of connections to a port: no client can see how much of its bytes was read. */
const acceptedOn = (port: number): Socket[] => {
  const handles = (process as unknown as { _getActiveHandles(): Socket[] })._getActiveHandles();
  return handles.filter(({ localPort, bytesRead }) => localPort === port && bytesRead > 0);
};

test('a paused socket leaves what its client sends in the network, but for a few chunks', async () => {
  let receivedBytes = 0;
  const listening = await netListener.listen('127.0.0.1:0', (accepted) => {
    return {
      onBytes: ({ length }) => {
        receivedBytes += length;
        accepted.pause();
      },
      onDrain: () => {},
      onClose: () => {},
    };
  });
  const client = connect(listening.port, '127.0.0.1').on('error', () => {});

  client.write(Buffer.alloc(2048 * KIB));
  while (receivedBytes === 0) await sleep(5);
  // Each chunk is read in an event of its own.
  for (let turn = 0; turn < 50; turn += 1) await sleep(1);
  const readBytes = acceptedOn(listening.port)[0]?.bytesRead;

  expect(readBytes).toBeGreaterThan(0);
  expect(readBytes).toBeLessThanOrEqual(4 * 64 * KIB);
  client.destroy();
  await listening.close();
});
