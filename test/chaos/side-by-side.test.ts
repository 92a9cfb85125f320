import { setTimeout as rest } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Consumer, ReaderRecord } from '../../src/index.ts';
import { string } from '../../src/index.ts';
import type { DevCluster } from '../../src/testing/index.ts';
import { startDevCluster } from '../../src/testing/index.ts';

const KEYS = 100;
const HANDLER_MS = 20;

type TextConsumer = Consumer<string, string>;

let cluster: DevCluster;

beforeAll(async () => {
  cluster = await startDevCluster();
});

afterAll(async () => {
  await cluster.stop();
});

/** `perKey` records `key:n` of each key, the keys in turn. */
const fill = async (topic: string, perKey: number): Promise<void> => {
  await cluster.client.admin().createTopic({ name: topic, partitions: 4 });
  await using producer = cluster.client.producer();
  const sent: Array<Promise<unknown>> = [];
  for (let n = 0; n < perKey; n += 1) {
    for (let key = 0; key < KEYS; key += 1) {
      sent.push(producer.send({ topic, key: `${key}`, value: `${key}:${n}` }));
    }
  }
  await Promise.all(sent);
};

const join = (topic: string, groupId = topic): TextConsumer =>
  cluster.client.consumer<string, string>({
    topics: [topic],
    groupId,
    offsetReset: 'earliest',
    sessionTimeoutMs: 6000,
    heartbeatIntervalMs: 100,
    deserializers: { key: string, value: string },
  });

/** How long `count` records take, from the first on. */
const timeOf = async (topic: string, concurrency: number, count: number): Promise<number> => {
  const consumer = join(topic, `${topic}-${concurrency}`);
  let startMs = 0;
  let endMs = 0;
  let done = 0;
  await consumer.run({
    concurrency,
    order: 'key',
    handler: async () => {
      if (startMs === 0) startMs = performance.now();
      await rest(HANDLER_MS);
      done += 1;
      if (done !== count) return;
      endMs = performance.now();
      void consumer.close();
    },
  });
  return endMs - startMs;
};

/** What all members of a group have handled, in the order in which they were done. */
class Journal {
  readonly #done = new Map<string, number[]>();
  count = 0;

  readonly handle = async ({ key, value }: ReaderRecord<string, string>): Promise<void> => {
    await rest(HANDLER_MS / 2);
    const done = this.#done.get(key ?? '') ?? [];
    done.push(Number(value?.split(':')[1]));
    this.#done.set(key ?? '', done);
    this.count += 1;
  };

  /** Records of each key in the order in which they were handled. */
  get orders(): number[][] {
    return [...this.#done.values()];
  }

  async until(count: number): Promise<void> {
    while (this.count < count) await rest(5);
  }
}

describe('a run over a real cluster', () => {
  it('with a hundred keys, fifty at once, is many times faster than one at a time', async () => {
    await fill('speed', 20);

    const oneMs = (await timeOf('speed', 1, 100)) / 100;
    const manyMs = (await timeOf('speed', 50, KEYS * 20)) / (KEYS * 20);

    console.log(
      `one at a time ${oneMs.toFixed(2)} ms, 50 at once ${manyMs.toFixed(2)} ms a record`,
    );
    expect(oneMs / manyMs).toBeGreaterThan(12);
  });

  it('handles each record once and in the order of its key, though members come, go and begin anew', async () => {
    await fill('moving', 20);
    const journal = new Journal();
    const members: Array<{ readonly consumer: TextConsumer; readonly ended: Promise<void> }> = [];
    const start = (): void => {
      const consumer = join('moving');
      const ended = consumer.run({ concurrency: 25, handler: journal.handle });
      members.push({ consumer, ended });
    };
    const end = async (): Promise<void> => {
      const member = members.shift();
      await Promise.all([member?.consumer.close(), member?.ended]);
    };

    start();
    await journal.until(300);
    start();
    await journal.until(700);
    await end();
    await journal.until(900);
    await end();
    start();
    await journal.until(1200);
    start();
    await journal.until(1500);
    await end();
    await journal.until(KEYS * 20);
    await end();
    const after = new Journal();
    const last = join('moving');
    const ended = last.run({ handler: after.handle });
    await rest(1000);
    await Promise.all([last.close(), ended]);

    expect(journal.orders).toHaveLength(KEYS);
    const inOrder = Array.from({ length: 20 }, (_, n) => n);
    for (const order of journal.orders) expect(order).toEqual(inOrder);
    expect(after.count).toBe(0);
  });
});
