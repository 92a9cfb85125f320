/**
 * What a million held records cost on three nodes: memory, how late 1,000 records a second are that
 * are due among them, and how long none is delivered after their leader died. `--held N` holds
 * another number. Some minutes, most of them for holding.
 */
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OttlaClient } from '../src/index.ts';
import { connect } from '../src/index.ts';
import { withCluster } from './cluster.ts';
import { merge, percentile } from './histogram.ts';
import { keep } from './keep.ts';
import { rssMbOf } from './processes.ts';

const NODES = 3;
const PARTITIONS = 6;
const VALUE_BYTES = 100;
const DUE_PER_SECOND = 1000;
/** Before the leader is killed, and after. */
const CALM_SECONDS = 20;
const STRUCK_SECONDS = 20;
/** Records that are on their way at once while the million is sent. */
const PIPELINE = 20_000;
/** None of the million is due while it is measured. */
const FAR_MS = 24 * 3_600_000;
const TOPIC = 'held';

const argument = process.argv[process.argv.indexOf('--held') + 1];
const held = process.argv.includes('--held') ? Number(argument) : 1_000_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Sends so many; `dueMsOf` says when each is due. */
const hold = async (
  client: OttlaClient,
  count: number,
  dueMsOf: (index: number) => number,
): Promise<void> => {
  const value = Buffer.alloc(VALUE_BYTES, 'x');
  const producer = client.producer();
  for (let at = 0; at < count; at += PIPELINE) {
    const sends = Array.from({ length: Math.min(PIPELINE, count - at) }, (_, more) => {
      const dueMs = dueMsOf(at + more);
      const partition = (at + more) % PARTITIONS;
      return producer.send({
        topic: TOPIC,
        partition,
        key: String(dueMs),
        value,
        deliverAt: dueMs,
      });
    });
    await Promise.all(sends);
  }
  await producer.close();
};

interface Delivery {
  readonly partition: number;
  readonly dueMs: number;
  /** By the clock of the leader, as it appended it. */
  readonly deliveredMs: number;
  /** When this process had it. */
  readonly receivedMs: number;
}

/** All that are delivered, so many. */
const deliveries = async (client: OttlaClient, count: number): Promise<Delivery[]> => {
  const found: Delivery[] = [];
  for await (const { key, partition, timestampMs } of client.reader({ topic: TOPIC })) {
    const dueMs = Number(Buffer.from(key ?? []).toString());
    found.push({ partition, dueMs, deliveredMs: timestampMs, receivedMs: Date.now() });
    if (found.length === count) break;
  }
  return found;
};

const halfAndMost = (values: readonly number[]): { readonly p50: number; readonly p99: number } => {
  const histogram = merge([values.map((value) => [value, 1])]);
  return { p50: percentile(histogram, 50), p99: percentile(histogram, 99) };
};

/** Between two deliveries of one partition. */
const longestGapMs = (all: readonly Delivery[], partition: number): number => {
  const times = all.flatMap((one) => (one.partition === partition ? [one.receivedMs] : []));
  return Math.max(0, ...times.map((ms, at) => ms - (times[at - 1] ?? ms)));
};

const measured = await withCluster({ nodes: NODES }, async (cluster) => {
  const client = connect({ bootstrap: cluster.bootstrap });
  const rssMb = (): number[] =>
    cluster.nodes.map(({ state }) => (state.kind === 'alive' ? rssMbOf([state.pid]) : 0));
  const configs = { 'delay.enable': 'true', 'min.insync.replicas': '2' };
  await client
    .admin()
    .createTopic({ name: TOPIC, partitions: PARTITIONS, replicationFactor: NODES, configs });
  const emptyMb = rssMb();

  const beginMs = Date.now();
  await hold(client, held, (index) => beginMs + FAR_MS + index);
  const holdSeconds = (Date.now() - beginMs) / 1000;
  await sleep(5000);
  const heldMb = rssMb();
  say(`${held} held in ${holdSeconds.toFixed(0)} s; resident MB ${emptyMb} before, ${heldMb} with`);

  const seconds = CALM_SECONDS + STRUCK_SECONDS;
  const count = seconds * DUE_PER_SECOND;
  const firstDueMs = Date.now() + 15_000;
  const reading = deliveries(client, count);
  await hold(client, count, (index) => firstDueMs + Math.floor((index * 1000) / DUE_PER_SECOND));
  const strikeMs = firstDueMs + CALM_SECONDS * 1000;
  if (Date.now() > firstDueMs) throw new Error('the machine is too slow: records were due unsent');
  await sleep(strikeMs - Date.now());
  const [topic] = await client.admin().describeTopics([TOPIC]);
  const victim = topic?.partitions[0]?.leader ?? 1;
  await cluster.kill(victim);
  const killedMs = Date.now();
  const all = await reading;

  const calm = all.filter(({ dueMs }) => dueMs < strikeMs);
  const lateMs = calm.map(({ dueMs, deliveredMs }) => deliveredMs - dueMs);
  const seenMs = calm.map(({ dueMs, receivedMs }) => receivedMs - dueMs);
  const after = all.filter(({ receivedMs }) => receivedMs >= killedMs - 1000);
  const orphans = (topic?.partitions ?? []).filter(({ leader }) => leader === victim);
  await client.close();
  return {
    held,
    holdSeconds,
    rssMb: { empty: emptyMb, held: heldMb },
    latenessMs: { appended: halfAndMost(lateMs), seen: halfAndMost(seenMs) },
    takeOverMs: orphans.map(({ partition }) => longestGapMs(after, partition)),
  };
});

const { latenessMs, takeOverMs } = measured;
for (const [name, { p50, p99 }] of Object.entries(latenessMs)) {
  say(`${DUE_PER_SECOND} due a second, ${name}: late by p50 ${p50} ms, p99 ${p99} ms`);
}
say(`leader killed: its partitions delivered nothing for ${takeOverMs.join(', ')} ms`);
const load = { processors: cpus().length, loadAverage: loadavg() };
keep('delayed', { ...load, dueASecond: DUE_PER_SECOND, ...measured });
