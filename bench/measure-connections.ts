import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { APIS } from '../src/kafka/wire/apis.ts';
import { encodeRequest } from '../src/kafka/wire/request.ts';
import { cpuSecondsOf, fdCountOf, rssMbOf, threadCountOf } from './processes.ts';
import type { Figures } from './result.ts';
import type { System } from './systems/system.ts';

/** So many are being made at once. */
const AT_ONCE = 50;
const SETTLE_MS = 5000;
const IDLE_MS = 10_000;

/** What clients cost that have said hello and ask for nothing more. */
export const measureConnections = async (system: System, count: number): Promise<Figures> => {
  await sleep(SETTLE_MS);
  const pids = system.pids();
  const before = { rssMb: rssMbOf(pids), fdCount: fdCountOf(pids) };
  const sockets: Socket[] = [];
  try {
    const begunMs = performance.now();
    let begunCount = 0;
    const connectAll = async (): Promise<void> => {
      while (begunCount < count) {
        begunCount += 1;
        sockets.push(await greeted(system.portOf(1)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, connectAll));
    const connectedMs = performance.now() - begunMs;
    await sleep(SETTLE_MS);
    const cpuBefore = cpuSecondsOf(pids);
    await sleep(IDLE_MS);
    const cpuPercent = ((cpuSecondsOf(pids) - cpuBefore) / (IDLE_MS / 1000)) * 100;
    const lost = sockets.filter(({ destroyed }) => destroyed).length;
    if (lost > 0) throw new Error(`${lost} of ${sockets.length} connections were closed`);
    return {
      connectionsPerSecond: (sockets.length / connectedMs) * 1000,
      threads: threadCountOf(pids),
      fds: fdCountOf(pids) - before.fdCount,
      kibibytesPerConnection: ((rssMbOf(pids) - before.rssMb) * 1024) / sockets.length,
      manyConnectionsRssMb: rssMbOf(pids),
      cpuPercent,
    };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
};

/** A connection that was answered one ApiVersions, the first request of every client. */
const greeted = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const head = { apiVersion: 0, correlationId: 1, clientId: 'bench', body: {} };
  socket.write(Buffer.concat(encodeRequest(APIS.apiVersions, head)));
  await once(socket, 'data');
  return socket;
};
