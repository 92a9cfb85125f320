import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { undoneAtEnd } from './leavings.ts';

/** A connection on loopback to a Node process that does one thing (`byte-peer.mjs`). */
export interface BytePeer {
  readonly socket: Socket;
  readonly pid: number;
  /** From the exec of the process to its connection. */
  readonly startMs: number;
}

/** The process ends with the work. */
export const withBytePeer = async <T>(
  work: readonly (string | number)[],
  use: (peer: BytePeer) => Promise<T>,
): Promise<T> => {
  const server = createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const script = fileURLToPath(new URL('byte-peer.mjs', import.meta.url));
  const begunMs = performance.now();
  const words = [script, port, ...work].map(String);
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const end = undoneAtEnd(() => child.kill('SIGKILL'));
  try {
    const [socket] = (await once(server, 'connection')) as [Socket];
    const startMs = performance.now() - begunMs;
    socket.on('error', () => {});
    try {
      return await use({ socket, pid: child.pid ?? 0, startMs });
    } finally {
      socket.destroy();
    }
  } finally {
    end();
    server.close();
  }
};
