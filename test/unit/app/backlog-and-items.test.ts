import { setTimeout as rest } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Aggregate, OttlaClient } from '../../../src/index.ts';
import { aggregated, connect, string } from '../../../src/index.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';

let cluster: DevCluster;

beforeAll(async () => {
  cluster = await startDevCluster({
    topics: [
      { name: 'slow', partitions: 2 },
      { name: 'timed', partitions: 1 },
      { name: 'items', partitions: 2 },
    ],
    config: { 'group.initial.rebalance.delay.ms': 0 },
  });
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await rest(20);
};

test('side work stops while a backlog is high, and begins again when it is gone', async () => {
  const consumer = cluster.client.consumer({
    topics: ['slow'],
    groupId: 'slow',
    offsetReset: 'earliest',
  });
  let paceMs = 50;
  const told: string[] = [];
  const watch = consumer.onBacklog({
    above: { lagCount: 200 },
    below: { lagCount: 20 },
    forMs: 100,
    intervalMs: 50,
    onHigh: ({ lagCount }) => {
      told.push(`high ${lagCount > 200}`);
      paceMs = 0;
    },
    onLow: ({ lagCount }) => void told.push(`low ${lagCount <= 20}`),
  });
  const running = consumer.run({ concurrency: 2, handler: async () => void (await rest(paceMs)) });
  await using producer = cluster.client.producer();

  await producer.sendBatch(
    Array.from({ length: 500 }, (_, at) => ({ topic: 'slow', key: `${at}`, value: 'x' })),
  );
  await until(() => told.length === 2);
  const isHigh = watch.isHigh;
  await Promise.all([consumer.close(), running]);

  expect([told, isHigh]).toEqual([['high true', 'low true'], false]);
}, 30_000);

test.each(['run', 'eachBatch'] as const)(
  'how long the handlers of %s take is told of each member, failures counted as well',
  async (how) => {
    const { groups } = cluster.client.admin();
    const groupId = `timed-${how}`;
    const options = { topics: ['timed'], groupId, offsetReset: 'earliest' as const };
    const consumer = cluster.client.consumer({ ...options, heartbeatIntervalMs: 100 });
    await using producer = cluster.client.producer();
    await producer.sendBatch(Array.from({ length: 10 }, () => ({ topic: 'timed', value: 'x' })));
    let callCount = 0;
    const handle = async (): Promise<void> => {
      callCount += 1;
      const isFirst = callCount === 1;
      await rest(30);
      if (isFirst) throw new Error('once');
    };

    const running =
      how === 'run'
        ? consumer.run({ handler: handle, onFailure: { attempts: 2 } })
        : consumer.eachBatch({ handler: handle, maxRecords: 5, onFailure: { attempts: 2 } });
    // Ten records, or two batches, and what failed once more.
    await until(() => callCount === (how === 'run' ? 11 : 3));
    const member = async () => (await groups.describe(groupId)).members[0];
    await until(async () => (await member())?.handlerTimes?.callCount === callCount);
    const times = (await member())?.handlerTimes;
    await Promise.all([consumer.close(), running]);

    expect(times?.recordCount).toBe(how === 'run' ? callCount : 5 * callCount);
    expect(times?.p50Ms).toBeGreaterThanOrEqual(29);
    expect(times?.p99Ms).toBeGreaterThanOrEqual(times?.p50Ms ?? 0);
  },
  30_000,
);

const KEYS = 20;
/** Its handler never ends, and with it what comes behind it of its key. */
const STUCK = '600';
const BEHIND_STUCK = 20;

/** A client of its own, as another process has. */
const handleItems = async (
  name: string,
  handle: (value: string, record: string) => Promise<void> | void,
): Promise<{ readonly client: OttlaClient; readonly ended: Promise<void> }> => {
  const client = connect({ bootstrap: cluster.bootstrap });
  const consumer = client.consumer<string, Aggregate<string, string>>({
    topics: ['items'],
    groupId: 'items',
    instanceId: name,
    offsetReset: 'earliest',
    autoCommitIntervalMs: 50,
    deserializers: { key: string, value: aggregated({ key: string, value: string }) },
  });
  const ended = consumer.runItems<string>({
    order: 'key',
    handler: async ({ value, partition, offset }) =>
      await handle(value ?? '', `${partition}/${offset}`),
  });
  return { client, ended };
};

test('items sent together come one by one, in order by key; after a crash whole records are repeated', async () => {
  await using producer = cluster.client.producer();
  const items = producer.aggregate({
    topic: 'items',
    by: ({ key }) => `shard-${Number(key) % 4}`,
    windowMs: 5,
    max: 25,
  });
  const places = await Promise.all(
    Array.from({ length: 1000 }, async (_, at) => {
      const { partition, offset } = await items.send({ key: `${at % KEYS}`, value: `${at}` });
      return `${partition}/${offset}`;
    }),
  );
  const done = { first: new Map<string, string>(), second: new Map<string, string>() };
  const first = await handleItems('one', async (value, record) => {
    if (value === STUCK) return await new Promise(() => {});
    done.first.set(value, record);
  });
  const { groups } = cluster.client.admin();
  await until(() => done.first.size === 1000 - BEHIND_STUCK);
  await until(async () => (await groups.lag('items')).some(({ lagCount }) => lagCount === 0));

  await first.client.close({ signal: AbortSignal.abort() });
  const second = await handleItems('one', (value, record) => {
    done.second.set(value, record);
  });
  await until(async () => (await groups.lag('items')).every(({ lagCount }) => lagCount === 0));
  await second.client.close();
  await Promise.all([first.ended, second.ended]);

  const values = [
    ...done.first.keys(),
    ...[...done.second.keys()].filter((it) => !done.first.has(it)),
  ];
  expect(new Set(places).size).toBeLessThan(1000 / 10);
  for (let key = 0; key < KEYS; key += 1) {
    const own = values.map(Number).filter((n) => n % KEYS === key);
    expect(own).toEqual(Array.from({ length: 1000 / KEYS }, (_, n) => n * KEYS + key));
  }
  const isWhole = (record: string): boolean =>
    places.every((place, at) => place !== record || done.first.has(`${at}`));
  const repeated = [...done.second].filter(([value]) => done.first.has(value));
  expect(repeated.filter(([, record]) => isWhole(record))).toEqual([]);
  expect(repeated.length).toBeGreaterThan(0);
}, 30_000);
