import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/index.ts';
import { Workshop } from '../cli/processes.ts';
import type { TracedCall } from './strace-lines.ts';
import { parseTrace } from './strace-lines.ts';

const workshop = new Workshop();
const tracers: ChildProcess[] = [];

afterAll(async () => {
  for (const tracer of tracers) tracer.kill('SIGINT');
  await workshop.close();
});

const canTrace = spawnSync('strace', ['-f', '-e', 'trace=fsync', 'true']).status === 0;

const ATTACHED_TIMEOUT_MS = 10_000;
const RECORDS = 20;
/** No other bytes of the trace look like it. */
const MARK = 'a-record-to-be-traced';

/** Writes the calls of all threads of a process to a file until it is interrupted. */
const trace = async (pid: number, path: string): Promise<() => Promise<void>> => {
  const calls = 'trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync,openat';
  const words = ['-f', '-y', '-ttt', '-s', '4096', '-e', calls, '-o', path, '-p', String(pid)];
  const tracer = spawn('strace', words, { stdio: 'ignore' });
  tracers.push(tracer);
  const ended = new Promise<void>((resolve) => tracer.once('exit', () => resolve()));
  const deadline = performance.now() + ATTACHED_TIMEOUT_MS;
  while (!existsSync(path) || readFileSync(path).length === 0) {
    if (performance.now() > deadline) throw new Error('strace was not attached in time');
    await sleep(20);
  }
  return async () => {
    tracer.kill('SIGINT');
    await ended;
  };
};

/** The first call that fits, and has ended or begun, after another. */
const firstAfter = (
  calls: readonly TracedCall[],
  afterMs: number,
  fits: (call: TracedCall) => boolean,
): TracedCall | undefined => calls.find((call) => call.beganMs >= afterMs && fits(call));

describe('an unaltered node, seen by strace', () => {
  it.skipIf(!canTrace)(
    'has synced the segment before it acknowledges a record (needs strace)',
    { timeout: 60_000 },
    async () => {
      const node = await workshop.formatted(1);
      const { pid = 0 } = await workshop.running(node);
      await using client = connect({ bootstrap: node.client });
      await client.admin().createTopic({ name: 'traced', partitions: 1 });
      const producer = client.producer({ acks: 'all' });
      await producer.send({ topic: 'traced', value: 'the first takes the way that all take' });
      const path = join(workshop.root, 'trace');

      const stop = await trace(pid, path);
      const acknowledgedMs: number[] = [];
      for (let at = 0; at < RECORDS; at += 1) {
        await producer.send({ topic: 'traced', value: `${MARK}-${at}.` });
        acknowledgedMs.push(performance.timeOrigin + performance.now());
      }
      await stop();

      const calls = parseTrace(readFileSync(path, 'latin1'));
      for (let at = 0; at < RECORDS; at += 1) {
        const written = calls.find(
          ({ path: to, text }) => to.endsWith('.log') && text.includes(`${MARK}-${at}.`),
        );
        expect(written, `record ${at} is written to a segment`).toBeDefined();
        const synced = firstAfter(
          calls,
          written?.endedMs ?? 0,
          ({ name, path: of }) => name === 'fdatasync' && of === written?.path,
        );
        expect(synced?.isDone, `the segment is synced after record ${at}`).toBe(true);
        expect(synced?.endedMs).toBeLessThanOrEqual(acknowledgedMs[at] ?? 0);
        // What nodes say to each other may leave at any time; an answer names its topic.
        const topicId = basename(dirname(written?.path ?? '')).replace(/-\d+$/, '');
        const answered = firstAfter(
          calls,
          written?.endedMs ?? 0,
          ({ path: to, text }) => to.startsWith('socket:') && text.includes(topicId),
        );
        expect(answered?.beganMs, 'no answer leaves before').toBeGreaterThanOrEqual(
          synced?.endedMs ?? Number.POSITIVE_INFINITY,
        );
      }
    },
  );
});
