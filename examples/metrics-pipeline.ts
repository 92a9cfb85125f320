/**
 * A metrics pipeline: samples of every host each second, rolled up by windows of ten.
 *
 * Rollups go to a compacted topic, under the name of their host and window. What is committed is
 * where the oldest window begins that is still open: whoever starts again reads its samples once
 * more, and opens no window whose rollup is written. So a crash counts no sample twice.
 */
import assert from 'node:assert/strict';
import { connect, json, string } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
const [SAMPLES, ROLLUPS] = ['cpu-samples', 'cpu-rollups'] as const;
const HOSTS = ['db-1', 'web-1', 'web-2'];
const WINDOW_MS = 10_000;
const SECONDS = 60;
const CRASH_AT = 100;
const ALARM_ABOVE = 90;

interface Rollup {
  readonly samples: number;
  readonly sum: number;
  readonly max: number;
}

interface Window extends Rollup {
  readonly startMs: number;
  readonly firstOffset: number;
}

setTimeout(() => {
  console.error('the samples are not rolled up within a minute');
  process.exit(1);
}, 60_000).unref();

await using client = connect({ bootstrap });
const admin = client.admin();
const there = new Set(await admin.listTopics());
if (!there.has(SAMPLES)) await admin.createTopic({ name: SAMPLES, partitions: 1 });
if (!there.has(ROLLUPS)) {
  const configs = { 'cleanup.policy': 'compact' };
  await admin.createTopic({ name: ROLLUPS, partitions: 1, configs });
}

/** A load that rises on the database, and is even elsewhere. */
const loadOf = (host: string, second: number): number => (host === 'db-1' ? 40 + second : 30);
const firstMs = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS - 10 * WINDOW_MS;

await using producer = client.producer<string, number>({ serializers: { value: json() } });
// One second more than is looked at: the next sample of a host is what ends a window.
for (let second = 0; second <= SECONDS; second += 1) {
  const timestampMs = firstMs + second * 1000;
  const samples = HOSTS.map((key) => ({ key, value: loadOf(key, second) }));
  await producer.sendBatch(samples.map((it) => ({ topic: SAMPLES, timestampMs, ...it })));
}

await using rollups = client.producer<string, Rollup>({ serializers: { value: json() } });

/** Those that are written, by host and window. */
const readRollups = async (): Promise<Map<string, Rollup>> => {
  const found = new Map<string, Rollup>();
  const [end] = await admin.listOffsets([{ topic: ROLLUPS, partition: 0, at: 'latest' }]);
  const endOffset = end?.offset ?? 0;
  if (endOffset === 0) return found;
  await using reader = client.reader<string, Rollup>({
    topic: ROLLUPS,
    from: 'earliest',
    deserializers: { key: string, value: json() },
  });
  for await (const { key, value, offset } of reader) {
    if (key !== null && value !== null) found.set(key, value);
    if (offset + 1 >= endOffset) break;
  }
  return found;
};

const nameOf = (host: string, startMs: number): string =>
  `${host} at ${(startMs - firstMs) / 1000} s`;

/** Rolls samples up until all windows are written, or to where it crashes. */
const rollUp = async (crashAt = Number.POSITIVE_INFINITY): Promise<void> => {
  const written = new Set((await readRollups()).keys());
  const open = new Map<string, Window>();
  await using consumer = client.consumer<string, number>({
    topics: [SAMPLES],
    groupId: 'rollup',
    offsetReset: 'earliest',
    autoCommit: false,
    deserializers: { key: string, value: json() },
  });
  for await (const { key: host, value, offset, timestampMs } of consumer) {
    if (offset === crashAt) return console.log(`crashed at sample ${crashAt}`);
    if (host === null || value === null) continue;
    const startMs = Math.floor(timestampMs / WINDOW_MS) * WINDOW_MS;
    if (written.has(nameOf(host, startMs))) continue;
    const before = open.get(host);
    const isOver = before !== undefined && before.startMs < startMs;
    if (isOver) {
      const { samples, sum, max } = before;
      const name = nameOf(host, before.startMs);
      await rollups.send({ topic: ROLLUPS, key: name, value: { samples, sum, max } });
      written.add(name);
    }
    const fresh = { startMs, firstOffset: offset, samples: 0, sum: 0, max: 0 };
    const window = isOver || before === undefined ? fresh : before;
    const { samples, sum, max } = window;
    open.set(host, {
      ...window,
      samples: samples + 1,
      sum: sum + value,
      max: Math.max(max, value),
    });
    if (!isOver) continue;
    const nextOffset = Math.min(...[...open.values()].map(({ firstOffset }) => firstOffset));
    await consumer.commit([{ topic: SAMPLES, partition: 0, nextOffset }]);
    if (written.size === HOSTS.length * (SECONDS / (WINDOW_MS / 1000))) return;
  }
};

await rollUp(CRASH_AT);
await rollUp();

const newest = await readRollups();
const alarms: string[] = [];
for (const host of HOSTS) {
  for (let from = 0; from < SECONDS; from += WINDOW_MS / 1000) {
    const loads = Array.from({ length: WINDOW_MS / 1000 }, (_, at) => loadOf(host, from + at));
    const sum = loads.reduce((total, load) => total + load, 0);
    const name = nameOf(host, firstMs + from * 1000);
    const rollup = { samples: loads.length, sum, max: Math.max(...loads) };
    assert.deepEqual(newest.get(name), rollup, `${name} is wrong`);
    if (sum / loads.length > ALARM_ABOVE) alarms.push(name);
  }
}
console.log(`${newest.size} rollups are exact`);
console.log(`above ${ALARM_ABOVE}: ${alarms.join(', ')}`);
