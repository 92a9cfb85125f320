import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { DelayedRecord } from '../../../src/client/admin/delayed-types.ts';
import type { RecordMetadata } from '../../../src/client/producer/producer-record.ts';
import type { ReaderRecord } from '../../../src/client/reader/decode-records.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';

const text = (bytes: Uint8Array | string | null | undefined): string =>
  bytes === null || bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');

/** Records that have not come by then never will; a repeat would come within this. */
const LIMIT_MS = 8000;
const REPEAT_MS = 300;

let cluster: DevCluster;
let topicCount = 0;

beforeAll(async () => {
  cluster = await startDevCluster({ nodes: 3 });
}, 60_000);

afterAll(async () => {
  await cluster.stop();
});

const createTopic = async (more: Readonly<Record<string, string>> = {}): Promise<string> => {
  topicCount += 1;
  const name = `delayed-${topicCount}`;
  const configs = { 'delay.enable': 'true', 'min.insync.replicas': '2', ...more };
  await cluster.client.admin().createTopic({ name, partitions: 1, configs });
  return name;
};

/** Reads until `count` records have come, and then for as long as a repeat would need. */
const read = async (topic: string, count: number): Promise<ReaderRecord[]> => {
  const records: ReaderRecord[] = [];
  const reader = cluster.client.reader({ topic, from: 'earliest' });
  const limit = setTimeout(() => void reader.close(), LIMIT_MS);
  for await (const record of reader) {
    records.push(record);
    if (records.length === count) setTimeout(() => void reader.close(), REPEAT_MS);
  }
  clearTimeout(limit);
  return records;
};

/** The cluster lives in this process, which must not wait for kcat. */
const kcat = async (words: readonly string[], input = ''): Promise<string> => {
  const child = spawn('kcat', [...words], { stdio: 'pipe' });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += text(bytes);
  });
  child.stderr.on('data', (bytes: Buffer) => {
    output += text(bytes);
  });
  child.stdin.end(input);
  const [status] = await once(child, 'close');
  expect({ status, output }).toMatchObject({ status: 0 });
  return output;
};

describe('a delayed record', () => {
  it('is seen when it is due, once, behind what was sent after it', async () => {
    const topic = await createTopic();
    const producer = cluster.client.producer();
    const startMs = Date.now();

    const held: RecordMetadata = await producer.send({ topic, value: 'later', delayMs: 700 });
    await producer.send({ topic, value: 'now' });
    const [now, later] = await read(topic, 2);

    expect(held.offset).toBe(-1);
    expect([now, later].map((record) => text(record?.value as Uint8Array))).toEqual([
      'now',
      'later',
    ]);
    expect(later?.timestampMs).toBeGreaterThanOrEqual(startMs + 700);
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(700);
    await producer.close();
  });

  it('is hidden from consumers of Kafka until then, who read on behind it', async () => {
    const topic = await createTopic();
    const producer = cluster.client.producer();
    await producer.send({ topic, value: 'later', delayMs: 2500 });
    await producer.send({ topic, value: 'now' });
    const words = ['-C', '-b', cluster.kafkaBootstrap, '-t', topic, '-o', 'beginning', '-e', '-q'];

    const before = await kcat([...words, '-f', '%o %s\\n']);
    await read(topic, 2);
    const after = await kcat([...words, '-f', '%o %s\\n']);

    expect(before).toBe('1 now\n');
    expect(after).toBe('1 now\n2 later\n');
    await producer.close();
  }, 20_000);

  it('is listed by when it is due over all partitions, read whole, rescheduled and cancelled', async () => {
    const topic = 'delayed-changed';
    const configs = { 'delay.enable': 'true', 'min.insync.replicas': '2' };
    const { client } = cluster;
    await client.admin().createTopic({ name: topic, partitions: 3, configs });
    const producer = client.producer();
    for (const [at, delayMs] of [90_000, 70_000, 80_000, 60_000].entries()) {
      await producer.send({ topic, partition: at % 3, key: `k${at}`, value: `v${at}`, delayMs });
    }
    const { delayed } = client.admin();
    const list = async (filter = {}): Promise<DelayedRecord[]> => {
      const found: DelayedRecord[] = [];
      for await (const record of delayed.list(topic, filter)) found.push(record);
      return found;
    };

    const listed = await list();
    const [gone] = await list({ key: 'k1' });
    const [soon] = await list({ key: 'k2', partition: 2 });
    if (gone === undefined || soon === undefined) throw new Error('both wait');
    const whole = await delayed.get(soon);
    await delayed.cancel(gone);
    await delayed.cancel(gone);
    await delayed.reschedule(soon, { delayMs: 300 });
    const [record] = await read(topic, 1);
    const left = await list();
    const late = delayed.reschedule(soon, { delayMs: 0 });

    const keysOf = (records: readonly DelayedRecord[]): string[] =>
      records.map(({ key }) => text(key));
    expect(keysOf(listed)).toEqual(['k3', 'k1', 'k2', 'k0']);
    expect([text(whole.value), whole.headers[0]?.key]).toEqual(['v2', 'ottla-delay-ms']);
    expect(text(record?.value as Uint8Array)).toBe('v2');
    expect(keysOf(left)).toEqual(['k3', 'k0']);
    await expect(late).rejects.toMatchObject({
      code: 'RESOURCE_NOT_FOUND',
      message: expect.stringMatching(/it was delivered or cancelled: list tells what waits$/),
    });
    await producer.close();
  }, 20_000);

  it('is not taken for one of a topic that was made anew under its name', async () => {
    const topic = await createTopic();
    const admin = cluster.client.admin();
    const { delayed } = admin;
    // Each by a client of its own: that of the others knows the older topic.
    const holdOne = async (value: string): Promise<DelayedRecord> => {
      await using client = connect({ bootstrap: cluster.bootstrap });
      await using producer = client.producer();
      await producer.send({ topic, value, delayMs: 90_000 });
      for await (const record of client.admin().delayed.list(topic)) return record;
      throw new Error('it waits');
    };
    const before = await holdOne('before');
    await admin.deleteTopic(topic);
    const configs = { 'delay.enable': 'true', 'min.insync.replicas': '2' };
    await admin.createTopic({ name: topic, partitions: 1, configs });
    const after = await holdOne('after');

    const asked = await Promise.allSettled([
      delayed.get(before),
      delayed.cancel(before),
      delayed.reschedule(before, { delayMs: 0 }),
    ]);

    for (const { status, reason } of asked as PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(reason).toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
      expect(reason.message).toContain('deleted and made anew');
    }
    const { topicId: _, ...place } = before;
    expect([after.offset, after.dueMs]).toEqual([before.offset, (await delayed.get(after)).dueMs]);
    expect(text((await delayed.get(place)).value)).toBe('after');
  }, 20_000);

  it('repeats by the schedule that its sender gave, until it is cancelled', async () => {
    const topic = await createTopic();
    const producer = cluster.client.producer();
    const { delayed } = cluster.client.admin();
    const waiting = async (): Promise<DelayedRecord[]> => {
      const found: DelayedRecord[] = [];
      for await (const record of delayed.list(topic)) found.push(record);
      return found;
    };

    const repeat = { cron: '* * * * * *', timeZone: 'Europe/Berlin' };
    const held = await producer.send({ topic, key: 'job', value: 'again', repeat });
    const records = await read(topic, 3);
    const [one] = await waiting();
    if (one === undefined) throw new Error('it waits on');
    await delayed.cancel(one);

    const ticks = records.map(({ headers }) =>
      Number(text(headers.find(({ key }) => key === 'ottla-cron-tick')?.value)),
    );
    expect(held.offset).toBe(-1);
    expect(ticks.map((tick) => tick - (ticks[0] ?? 0))).toEqual([0, 1000, 2000]);
    expect(text(one.key)).toBe('job');
    expect(await waiting()).toEqual([]);
    await expect(
      producer.send({ topic, value: 'never', repeat: { cron: '0 0 30 2 *' } }),
    ).rejects.toMatchObject({ code: 'INVALID_RECORD', message: expect.stringContaining('moment') });
    await producer.close();
  }, 20_000);

  it('may come from kcat, in any codec', async () => {
    const topic = await createTopic();
    const startMs = Date.now();

    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      const words = ['-P', '-b', cluster.kafkaBootstrap, '-t', topic, '-p', '0', '-z', codec];
      const more = ['-X', 'enable.idempotence=true', '-H', 'ottla-delay-ms=1000'];
      await kcat([...words, ...more], codec);
    }
    const records = await read(topic, 5);

    expect(records.map(({ value }) => text(value as Uint8Array))).toEqual([
      'none',
      'gzip',
      'snappy',
      'lz4',
      'zstd',
    ]);
    expect(records[0]?.timestampMs).toBeGreaterThanOrEqual(startMs + 1000);
  }, 20_000);
});
