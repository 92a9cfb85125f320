import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { totalLag } from '../../../src/client/admin/group-lag.ts';
import type { GroupLag } from '../../../src/client/admin/group-types.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { LocalCluster, until } from './local-cluster.ts';

const PARTITIONS = 3;
const MINUTE_MS = 60_000;
/** Nothing that is asked for takes longer, on a machine with other work. */
const SLACK_MS = 30_000;

const makeTempDir = tempDirs();
let cluster: LocalCluster;
let topicCount = 0;

beforeAll(async () => {
  cluster = await LocalCluster.start(makeTempDir(), 3, [
    'offsets.topic.num.partitions=2',
    'group.lag.metrics.interval.ms=200',
    'log.cleaner.backoff.ms=20',
  ]);
  // The first scrape loads the library, the first commit makes the topic of the offsets.
  await cluster.samples();
  await commit(await newTopic(), 0);
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const newTopic = async (configs: Record<string, string> = {}): Promise<string> => {
  topicCount += 1;
  const name = `topic-${topicCount}`;
  await cluster.client.admin().createTopic({ name, partitions: PARTITIONS, configs });
  return name;
};

interface ProduceOptions {
  readonly partition?: number;
  readonly key?: string;
  readonly delayMs?: number;
}

/** Records of partition 0, of these ages, each in a batch of its own. */
const produce = async (
  topic: string,
  agesMs: readonly number[],
  { partition = 0, key = 'k', delayMs }: ProduceOptions = {},
): Promise<void> => {
  const producer = cluster.client.producer();
  for (const ageMs of agesMs) {
    const timestampMs = Date.now() - ageMs;
    await producer.send({ topic, partition, key, value: 'v', timestampMs, delayMs });
  }
  await producer.close();
};

/** A group of the topic's name has handled partition 0 up to there. */
const commit = (topic: string, offset: number, partition = 0): Promise<unknown> =>
  cluster.client
    .admin()
    .groups.resetOffsets(topic, { partitions: [{ topic, partition }], to: { offset } });

const lagOf = async (topic: string, partition = 0): Promise<GroupLag | undefined> => {
  const lags = await cluster.client.admin().groups.lag(topic);
  return lags.find((lag) => lag.partition === partition);
};

/** At least that much, and no more than the machine was slow. */
const aboutMs = (lagMs: number | undefined, ageMs: number): void => {
  expect(lagMs).toBeGreaterThanOrEqual(ageMs);
  expect(lagMs).toBeLessThan(ageMs + SLACK_MS);
};

describe('the lag of a group in time', () => {
  test('is the age of the first record that it has not committed', async () => {
    const topic = await newTopic();
    await produce(topic, [90 * MINUTE_MS, 60 * MINUTE_MS, 30 * MINUTE_MS]);

    await commit(topic, 1);

    const lag = await lagOf(topic);
    expect(lag?.lagCount).toBe(2);
    aboutMs(lag?.lagMs, 60 * MINUTE_MS);
  });

  test('is exact, to the moment at which it was asked for, whatever the order of the timestamps', async () => {
    const topic = await newTopic();
    const producer = cluster.client.producer();
    const agesMs = [30 * MINUTE_MS, 90 * MINUTE_MS, MINUTE_MS];
    const timestamps = agesMs.map((ageMs) => Date.now() - ageMs);
    const records = timestamps.map((timestampMs) => ({
      topic,
      partition: 0,
      value: '',
      timestampMs,
    }));
    await producer.sendBatch(records);
    await producer.close();
    const found: Array<readonly [least: number, lagMs: number | undefined, most: number]> = [];

    for (const [offset, timestampMs] of timestamps.entries()) {
      await commit(topic, offset);
      const beforeMs = Date.now();
      const lag = await lagOf(topic);
      found.push([beforeMs - timestampMs, lag?.lagMs, Date.now() - timestampMs]);
    }

    for (const [least, lagMs, most] of found) {
      expect(lagMs).toBeGreaterThanOrEqual(least);
      expect(lagMs).toBeLessThanOrEqual(most);
    }
  });

  test('is zero where all is committed, however old the records are', async () => {
    const topic = await newTopic();
    await produce(topic, [90 * MINUTE_MS]);

    await commit(topic, 1);

    expect(await lagOf(topic)).toMatchObject({ lagCount: 0, lagMs: 0 });
  });

  test('is zero for records of the future, which count', async () => {
    const topic = await newTopic();
    await produce(topic, [-60 * MINUTE_MS]);

    await commit(topic, 0);

    expect(await lagOf(topic)).toMatchObject({ lagCount: 1, lagMs: 0 });
  });

  test('begins with what retention left', async () => {
    const topic = await newTopic();
    await produce(topic, [90 * MINUTE_MS, 60 * MINUTE_MS, 30 * MINUTE_MS]);
    await commit(topic, 0);

    await cluster.client.admin().deleteRecords([{ topic, partition: 0, before: 2 }]);

    const lag = await lagOf(topic);
    expect(lag?.lagCount).toBe(1);
    aboutMs(lag?.lagMs, 30 * MINUTE_MS);
  });

  test('goes by the brokers clock where the topic has their timestamps', async () => {
    const topic = await newTopic({ 'message.timestamp.type': 'LogAppendTime' });
    await produce(topic, [90 * MINUTE_MS]);

    await commit(topic, 0);

    aboutMs((await lagOf(topic))?.lagMs, 0);
  });

  test('passes over what compaction took', async () => {
    const topic = await newTopic({
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0',
      'segment.bytes': '200',
    });
    await produce(
      topic,
      [90, 80, 70, 60, 50].map((age) => age * MINUTE_MS),
    );
    await commit(topic, 1);

    await until(async () => ((await lagOf(topic))?.lagMs ?? Infinity) < 70 * MINUTE_MS);

    expect((await lagOf(topic))?.lagCount).toBe(4);
  });

  test('passes over what is not due, which counts', async () => {
    const topic = await newTopic({ 'delay.enable': 'true' });
    await produce(topic, [90 * MINUTE_MS], { delayMs: 60 * MINUTE_MS });
    await commit(topic, 0);
    const hidden = await lagOf(topic);

    await produce(topic, [30 * MINUTE_MS]);

    const lag = await lagOf(topic);
    expect([hidden, lag]).toMatchObject([{ lagCount: 1, lagMs: 0 }, { lagCount: 2 }]);
    aboutMs(lag?.lagMs, 30 * MINUTE_MS);
  });

  test('is none for a member that has read up to what is not due', async () => {
    const topic = await newTopic({ 'delay.enable': 'true' });
    const consumer = cluster.client.consumer({
      topics: [topic],
      groupId: topic,
      offsetReset: 'earliest',
      autoCommitIntervalMs: 100,
    });
    const running = consumer.run({ handler: async () => {} });
    await produce(topic, [1]);
    await until(async () => (await lagOf(topic))?.lagCount === 0);

    await produce(topic, [1], { delayMs: 60 * MINUTE_MS });
    await until(async () => (await lagOf(topic))?.nextOffset === 2);

    expect(await lagOf(topic)).toMatchObject({ lagCount: 0, lagMs: 0 });
    await consumer.close();
    await running;
  });

  test('is of all that there is, for a member that has committed nothing', async () => {
    const topic = await newTopic();
    await produce(topic, [90 * MINUTE_MS], { partition: 2 });
    const options = { topics: [topic], groupId: topic, offsetReset: 'earliest' } as const;
    const consumer = cluster.client.consumer({ ...options, autoCommit: false });
    const reading = consumer.batches().next();
    await until(async () => consumer.partitions.length === PARTITIONS);

    const lags = await cluster.client.admin().groups.lag(topic);

    await consumer.close();
    await reading;
    expect(lags.map(({ lagCount }) => lagCount)).toEqual([0, 0, 1]);
    expect(lags[2]?.nextOffset).toBeUndefined();
    aboutMs(totalLag(lags).maxLagMs, 90 * MINUTE_MS);
  });
});

/** Its value, of whichever broker shows it. */
const sample = async (start: string): Promise<number | undefined> => {
  const found = (await cluster.samples()).filter((line) => line.startsWith(start));
  return found.length === 1 ? Number(found[0]?.split(' ').at(-1)) : undefined;
};

describe('the metrics of a group', () => {
  test('show lag by partition, topic and group, whoever leads the partitions', async () => {
    const topic = await newTopic();
    for (const partition of [0, 1, 2]) {
      await produce(topic, [90 * MINUTE_MS, 60 * MINUTE_MS], { partition });
    }
    for (const partition of [0, 1, 2]) await commit(topic, partition, partition);
    const labels = (by: string, partition: number): string =>
      `{${by}="${topic}",topic="${topic}",partition="${partition}"}`;
    const by = 'consumergroup';

    const all = `kafka_consumergroup_lag_sum{consumergroup="${topic}",topic="${topic}"}`;

    await until(async () => (await sample(all)) === 3);
    await until(async () => (await sample(`kafka_consumergroup_lag${labels(by, 2)}`)) === 0);

    expect(await sample(`kafka_consumergroup_lag${labels(by, 0)}`)).toBe(2);
    expect(await sample(`kafka_consumergroup_lag${labels(by, 1)}`)).toBe(1);
    const seconds = 'kafka_consumergroup_group_lag_seconds';
    expect(await sample(`${seconds}${labels('group', 1)}`)).toBeGreaterThanOrEqual(3600);
    expect(await sample(`${seconds}${labels('group', 2)}`)).toBe(0);
    const most = await sample(`kafka_consumergroup_group_max_lag_seconds{group="${topic}"}`);
    expect(most).toBeGreaterThanOrEqual(5400);
    const sum = `kafka_consumergroup_current_offset_sum{consumergroup="${topic}",topic="${topic}"}`;
    expect(await sample(sum)).toBe(3);
  });

  test('forget a topic that is deleted', async () => {
    const topic = await newTopic();
    await commit(topic, 0);
    const lag = `kafka_consumergroup_lag{consumergroup="${topic}"`;
    await until(async () => (await sample(lag)) === 0);

    await cluster.client.admin().deleteTopics([topic]);

    await until(async () => (await sample(lag)) === undefined);
  });
});
