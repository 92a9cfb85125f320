import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BatchFailurePolicy } from '../../../src/client/handling/batch-options.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';

let cluster: DevCluster;

beforeAll(async () => {
  cluster = await startDevCluster({
    config: {
      'dedup.window.ms': 3_600_000,
      'group.initial.rebalance.delay.ms': 0,
      'offsets.topic.num.partitions': 1,
    },
  });
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const until = async (condition: () => Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** A member of the group fails with all of the topic, and puts it aside: then it is finished. */
const failAll = async (
  topic: string,
  groupId: string,
  onFailure: BatchFailurePolicy,
): Promise<void> => {
  const { client } = cluster;
  const groups = client.admin().groups;
  const options = { offsetReset: 'earliest', autoCommitIntervalMs: 50 } as const;
  const consumer = client.consumer({ topics: [topic], groupId, ...options });
  const isParked = typeof onFailure.partial === 'object';
  const called = new AbortController();
  const running = consumer.eachBatch({
    handler: (batch) => {
      called.abort();
      for (const record of batch.records) batch[isParked ? 'retry' : 'dead'](record, new Error());
    },
    onFailure,
  });
  await until(async () => called.signal.aborted);
  await until(async () => (await groups.lag(groupId))[0]?.lagCount === 0);
  await consumer.close();
  await running;
};

/** As headers, of each record. */
const idsIn = async (topic: string): Promise<string[]> => {
  const { client } = cluster;
  const at = [{ topic, partition: 0, at: 'latest' as const }];
  const [end] = await client.admin().listOffsets(at);
  const found: string[] = [];
  await using reader = client.reader({ topic, from: 'earliest' });
  if (end?.offset === 0) return [];
  for await (const { headers, offset } of reader) {
    const ids = headers.filter(({ key }) => key.endsWith('message-id'));
    found.push(ids.map(({ key, value }) => `${key}=${Buffer.from(value ?? [])}`).join());
    if (offset + 1 >= (end?.offset ?? 0)) break;
  }
  return found;
};

test.each<[string, (topic: string) => BatchFailurePolicy]>([
  ['dead letter', (topic) => ({ partial: 'prefix', giveUp: { deadLetter: { topic } } })],
  ['parked record', (topic) => ({ partial: { park: { topic } }, attempts: 3 })],
])(
  'each group has its own %s of a record with an id, in a topic with a window',
  async (kind, policy) => {
    const { client } = cluster;
    const topic = kind.replace(' ', '-');
    const aside = `${topic}-aside`;
    await client.admin().createTopics([topic, aside].map((name) => ({ name, partitions: 1 })));
    await using producer = client.producer();
    await producer.send({ topic, value: 'charge 12', messageId: 'charge-17' });

    await failAll(topic, `${topic}-billing`, policy(aside));
    await failAll(topic, `${topic}-audit`, policy(aside));

    expect(await idsIn(aside)).toEqual(Array(2).fill('ottla.failed.message-id=charge-17'));
  },
);
