import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32c } from '../src/base/bytes/crc32c.ts';
import { undoneAtEnd } from './leavings.ts';
import { payload } from './payload.ts';
import { cpuSecondsOf } from './processes.ts';

const PIECE_BYTES = 131_072;
const TOTAL_BYTES = 600_000_000;

/** Processor time for 1e9 bytes of what no broker on Node can do without; the load's share is not in it. */
export interface Ceiling {
  readonly receiveSecondsPerGb: number;
  readonly crcSecondsPerGb: number;
  readonly appendSecondsPerGb: number;
  /** What one loop that did nothing else would take, in 1e6 bytes a second of processor time. */
  readonly megabytesPerCpuSecond: number;
}

/** This machine's own limit, by the least that can be done with a byte: measured in this process. */
export const measureCeiling = async (totalBytes = TOTAL_BYTES): Promise<Ceiling> => {
  const receiveSecondsPerGb = perGb(await receive(totalBytes), totalBytes);
  const crcSecondsPerGb = perGb(sum(totalBytes), totalBytes);
  const appendSecondsPerGb = perGb(append(totalBytes), totalBytes);
  const secondsPerGb = receiveSecondsPerGb + crcSecondsPerGb + appendSecondsPerGb;
  const each = { receiveSecondsPerGb, crcSecondsPerGb, appendSecondsPerGb };
  return { ...each, megabytesPerCpuSecond: 1000 / secondsPerGb };
};

const perGb = (cpuSeconds: number, bytes: number): number => (cpuSeconds * 1e9) / bytes;

/** Of this process, all its threads. */
const cpuSeconds = (): number => cpuSecondsOf([process.pid]);

/** Loopback, from a process that only sends. */
const receive = async (totalBytes: number): Promise<number> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sender = fileURLToPath(new URL('send-bytes.mjs', import.meta.url));
  const words = [sender, ...[port, totalBytes, PIECE_BYTES].map(String)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const end = undoneAtEnd(() => child.kill('SIGKILL'));
  try {
    const [socket] = (await once(server, 'connection')) as [Socket];
    const before = cpuSeconds();
    let receivedBytes = 0;
    for await (const chunk of socket) receivedBytes += (chunk as Buffer).length;
    if (receivedBytes !== totalBytes) throw new Error(`${receivedBytes} bytes were received`);
    return cpuSeconds() - before;
  } finally {
    end();
    server.close();
  }
};

const sum = (totalBytes: number): number => {
  const piece = payload(PIECE_BYTES);
  const before = cpuSeconds();
  for (let at = 0; at < totalBytes; at += PIECE_BYTES) crc32c(piece);
  return cpuSeconds() - before;
};

/** Into the page cache, as a broker that does not wait for its disk does. */
const append = (totalBytes: number): number => {
  const path = join(tmpdir(), `ottla-bench-ceiling-${process.pid}`);
  const remove = undoneAtEnd(() => rmSync(path, { force: true }));
  const piece = payload(PIECE_BYTES);
  const file = openSync(path, 'w');
  const before = cpuSeconds();
  for (let at = 0; at < totalBytes; at += PIECE_BYTES) writeSync(file, piece, 0, PIECE_BYTES, at);
  const took = cpuSeconds() - before;
  closeSync(file);
  remove();
  return took;
};
