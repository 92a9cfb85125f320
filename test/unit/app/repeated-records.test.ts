import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';

let cluster: DevCluster;
let topicCount = 0;

beforeAll(async () => {
  cluster = await startDevCluster({ nodes: 3 });
}, 60_000);

afterAll(async () => {
  await cluster.stop();
});

const createTopic = async (): Promise<string> => {
  topicCount += 1;
  const name = `repeats-${topicCount}`;
  const configs = { 'dedup.window.ms': '600000', 'min.insync.replicas': '2' };
  await cluster.client.admin().createTopic({ name, partitions: 1, configs });
  return name;
};

/** One process that sends these, all in one batch; where it was told that they are. */
const sendAtOnce = async (topic: string, ids: readonly string[]): Promise<number[]> => {
  const producer = cluster.client.producer({ lingerMs: 50 });
  const sent = await Promise.all(
    ids.map((id) => producer.send({ topic, value: id, messageId: id })),
  );
  await producer.close();
  return sent.map(({ offset }) => offset);
};

const valuesOf = async (topic: string, count: number): Promise<string[]> => {
  const values: string[] = [];
  for await (const { value } of cluster.client.reader({ topic, from: 'earliest' })) {
    if (values.push(Buffer.from(value ?? []).toString()) === count) break;
  }
  return values;
};

describe('the SDK', () => {
  it('is told the offset of each record, of those that were there and those that are new', async () => {
    const topic = await createTopic();
    await sendAtOnce(topic, ['a', 'b']);

    const mixed = await sendAtOnce(topic, ['b', 'c', 'a', 'd']);
    const whole = await sendAtOnce(topic, ['d', 'c', 'b', 'a']);
    const [last] = await sendAtOnce(topic, ['e']);

    expect(mixed).toEqual([1, 3, 0, 5]);
    expect(whole).toEqual([5, 3, 1, 0]);
    expect(last).toBeGreaterThan(5);
    expect(await valuesOf(topic, 5)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('shows the setting among those of the topic', async () => {
    const topic = await createTopic();

    const configs = await cluster.client.admin().describeConfigs({ type: 'topic', name: topic });

    const entry = configs.find(({ key }) => key === 'dedup.window.ms');
    expect(entry).toMatchObject({ value: '600000', source: 'topic' });
  });
});
