import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Acks, OttlaClient } from '../src/index.ts';

export interface Throughput {
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly recordBytes: number;
  readonly seconds: number;
}

export interface Latency {
  readonly recordsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const RECORD_BYTES = 1024;
const WARM_UP_MS = 1500;
const MEASURE_MS = 5000;
/** Different values, so that nothing on the way can profit from repetition. */
const VALUES = Array.from({ length: 64 }, () => randomBytes(RECORD_BYTES));

/** As many records as one producer gets acknowledged, over all partitions. */
export const measureThroughput = async (
  client: OttlaClient,
  topic: string,
  acks: Acks,
): Promise<Throughput> => {
  await using producer = client.producer({ acks, partitioner: 'roundRobin' });
  let acknowledged = 0;
  let failure: Error | undefined;
  const onDelivery = (error: Error | undefined): void => {
    if (error === undefined) acknowledged += 1;
    else failure ??= error;
  };
  let sent = 0;
  const sendFor = async (durationMs: number): Promise<void> => {
    const endMs = performance.now() + durationMs;
    while (performance.now() < endMs && failure === undefined) {
      const value = VALUES[sent % VALUES.length] ?? null;
      if (producer.enqueue({ topic, value }, onDelivery)) sent += 1;
      else await producer.hasRoom();
    }
  };
  await sendFor(WARM_UP_MS);
  const startMs = performance.now();
  const before = acknowledged;
  await sendFor(MEASURE_MS);
  const seconds = (performance.now() - startMs) / 1000;
  const recordsPerSecond = (acknowledged - before) / seconds;
  await producer.flush();
  if (failure !== undefined) throw failure;
  const bytesPerSecond = recordsPerSecond * RECORD_BYTES;
  return { recordsPerSecond, bytesPerSecond, recordBytes: RECORD_BYTES, seconds };
};

const PACED_PER_SECOND = 1000;
const PACED_MS = 4000;
const STEP_MS = 5;

/**
 * Time from the call to the acknowledgement at a modest, steady rate, with the default linger. An
 * open loop: a record is timed from the moment it was due, so that a stall counts for all it held.
 */
export const measureLatency = async (
  client: OttlaClient,
  topic: string,
  acks: Acks,
): Promise<Latency> => {
  await using producer = client.producer({ acks, partitioner: 'roundRobin' });
  await producer.send({ topic, value: 'warm' });
  const timesMs: number[] = [];
  const pending: Promise<void>[] = [];
  const startMs = performance.now();
  const total = (PACED_PER_SECOND * PACED_MS) / 1000;
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, ((performance.now() - startMs) / 1000) * PACED_PER_SECOND);
    for (; sent < due; sent += 1) {
      const dueMs = startMs + (sent / PACED_PER_SECOND) * 1000;
      const value = VALUES[sent % VALUES.length] ?? null;
      const timed = producer.send({ topic, value }).then(() => {
        timesMs.push(performance.now() - dueMs);
      });
      pending.push(timed);
    }
    await sleep(STEP_MS);
  }
  await Promise.all(pending);
  timesMs.sort((a, b) => a - b);
  const at = (share: number): number => timesMs[Math.floor(timesMs.length * share)] ?? 0;
  return { recordsPerSecond: PACED_PER_SECOND, p50Ms: at(0.5), p99Ms: at(0.99) };
};
