import { once } from 'node:events';
import { closeSync, fdatasyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32c } from '../src/base/bytes/crc32c.ts';
import { withBytePeer } from './byte-peer.ts';
import { undoneAtEnd } from './leavings.ts';
import { payload } from './payload.ts';
import { cpuSecondsOf, rssMbOf } from './processes.ts';
import { median } from './statistics.ts';

const PIECE_BYTES = 131_072;
const TOTAL_BYTES = 600_000_000;
const RECORD_BYTES = 1024;
const ROUNDS = 200;
const STARTS = 5;
const SETTLE_MS = 500;

/** What no broker on Node can do without, alone on this machine; the load's share is not in it. */
export interface Ceiling {
  /** Processor time for 1e9 bytes. */
  readonly receiveSecondsPerGb: number;
  readonly crcSecondsPerGb: number;
  readonly appendSecondsPerGb: number;
  /** What one loop that only received, summed and appended would take, in 1e6 bytes a second of it. */
  readonly megabytesPerCpuSecond: number;
  /** Reading out of the page cache and sending; this and the rest are not in older runs. */
  readonly serveSecondsPerGb?: number;
  /** A record of 1 KiB to another process and back, median. */
  readonly roundTripMs?: number;
  /** A record of 1 KiB appended and on the disk, median. */
  readonly syncMs?: number;
  /** From the exec of a Node process to its first connection, median. */
  readonly nodeStartMs?: number;
  /** Of a Node process that does nothing. */
  readonly nodeRssMb?: number;
}

/** This machine's own limits, by the least that can be done: measured in this process. */
export const measureCeiling = async (totalBytes = TOTAL_BYTES): Promise<Ceiling> => {
  const receiveSecondsPerGb = perGb(await receive(totalBytes), totalBytes);
  const crcSecondsPerGb = perGb(sum(totalBytes), totalBytes);
  const appended = await withFile(async (file) => {
    const append = perGb(appendAll(file, totalBytes), totalBytes);
    return { append, serve: perGb(await serve(file, totalBytes), totalBytes) };
  });
  const secondsPerGb = receiveSecondsPerGb + crcSecondsPerGb + appended.append;
  return {
    receiveSecondsPerGb,
    crcSecondsPerGb,
    appendSecondsPerGb: appended.append,
    megabytesPerCpuSecond: 1000 / secondsPerGb,
    serveSecondsPerGb: appended.serve,
    roundTripMs: await withBytePeer(['echo'], ({ socket }) => roundTripMs(socket)),
    syncMs: await withFile((file) => median(times(ROUNDS, () => sync(file)))),
    ...(await bareNode()),
  };
};

const perGb = (cpuSeconds: number, bytes: number): number => (cpuSeconds * 1e9) / bytes;

/** Of this process, all its threads. */
const cpuSeconds = (): number => cpuSecondsOf([process.pid]);

const times = <T>(count: number, act: () => T): T[] => Array.from({ length: count }, act);

/** Loopback, from a process that only sends. */
const receive = (totalBytes: number): Promise<number> =>
  withBytePeer(['send', totalBytes, PIECE_BYTES], async ({ socket }) => {
    const before = cpuSeconds();
    let receivedBytes = 0;
    for await (const chunk of socket) receivedBytes += (chunk as Buffer).length;
    if (receivedBytes !== totalBytes) throw new Error(`${receivedBytes} bytes were received`);
    return cpuSeconds() - before;
  });

const sum = (totalBytes: number): number => {
  const piece = payload(PIECE_BYTES);
  const before = cpuSeconds();
  for (let at = 0; at < totalBytes; at += PIECE_BYTES) crc32c(piece);
  return cpuSeconds() - before;
};

/** Into the page cache, as a broker that does not wait for its disk does. */
const appendAll = (file: number, totalBytes: number): number => {
  const piece = payload(PIECE_BYTES);
  const before = cpuSeconds();
  for (let at = 0; at < totalBytes; at += PIECE_BYTES) writeSync(file, piece, 0, PIECE_BYTES, at);
  return cpuSeconds() - before;
};

/** Out of the page cache, to a process that only takes. */
const serve = (file: number, totalBytes: number): Promise<number> =>
  withBytePeer(['take'], async ({ socket }) => {
    const before = cpuSeconds();
    for (let at = 0; at < totalBytes; at += PIECE_BYTES) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      readSync(file, piece, 0, PIECE_BYTES, at);
      if (!socket.write(piece)) await once(socket, 'drain');
    }
    return cpuSeconds() - before;
  });

const roundTripMs = async (socket: Socket): Promise<number> => {
  const record = payload(RECORD_BYTES);
  const took: number[] = [];
  for (let nth = 0; nth < ROUNDS; nth += 1) {
    const begunMs = performance.now();
    socket.write(record);
    let left = RECORD_BYTES;
    while (left > 0) left -= ((await once(socket, 'data')) as [Buffer])[0].length;
    took.push(performance.now() - begunMs);
  }
  return median(took);
};

const sync = (file: number): number => {
  const begunMs = performance.now();
  writeSync(file, payload(RECORD_BYTES));
  fdatasyncSync(file);
  return performance.now() - begunMs;
};

const bareNode = async (): Promise<{ nodeStartMs: number; nodeRssMb: number }> => {
  const started: number[] = [];
  let nodeRssMb = 0;
  for (let nth = 0; nth < STARTS; nth += 1) {
    await withBytePeer(['take'], async ({ pid, startMs }) => {
      started.push(startMs);
      if (nth === 0) await sleep(SETTLE_MS);
      nodeRssMb = Math.max(nodeRssMb, rssMbOf([pid]));
    });
  }
  return { nodeStartMs: median(started), nodeRssMb };
};

const withFile = async <T>(use: (file: number) => T | Promise<T>): Promise<T> => {
  const path = join(tmpdir(), `ottla-bench-ceiling-${process.pid}`);
  const remove = undoneAtEnd(() => rmSync(path, { force: true }));
  const file = openSync(path, 'w+');
  try {
    return await use(file);
  } finally {
    closeSync(file);
    remove();
  }
};
