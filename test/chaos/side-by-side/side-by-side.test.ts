import { setTimeout as rest } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';
import type { TextConsumer, TextRecord } from './workload.ts';
import { fill, HANDLER_MS, join, KEYS, PARTITIONS, timeOf } from './workload.ts';

let cluster: DevCluster;

beforeAll(async () => {
  cluster = await startDevCluster();
});

afterAll(async () => {
  await cluster.stop();
});

const startTopic = async (topic: string): Promise<void> => {
  await cluster.client.admin().createTopic({ name: topic, partitions: PARTITIONS });
  await fill(cluster.client, topic, { count: 20 });
};

/** What all members of a group have handled, in the order in which they were done. */
class Journal {
  readonly #done = new Map<string, number[]>();
  count = 0;

  readonly handle = async ({ key, value }: TextRecord): Promise<void> => {
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
    await startTopic('speed');
    const { client } = cluster;
    const all = KEYS * 20;

    const oneMs = (await timeOf(client, 'speed', { concurrency: 1, count: 100 })) / 100;
    const manyMs = (await timeOf(client, 'speed', { concurrency: 50, count: all })) / all;

    console.log(
      `one at a time ${oneMs.toFixed(2)} ms, 50 at once ${manyMs.toFixed(2)} ms a record`,
    );
    expect(oneMs / manyMs).toBeGreaterThan(12);
  });

  it('handles each record once and in the order of its key, though members come, go and begin anew', async () => {
    await startTopic('moving');
    const journal = new Journal();
    const members: Array<{ readonly consumer: TextConsumer; readonly ended: Promise<void> }> = [];
    const start = (): void => {
      const consumer = join(cluster.client, 'moving');
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
    const last = join(cluster.client, 'moving');
    const ended = last.run({ handler: after.handle });
    await rest(1000);
    await Promise.all([last.close(), ended]);

    expect(journal.orders).toHaveLength(KEYS);
    const inOrder = Array.from({ length: 20 }, (_, n) => n);
    for (const order of journal.orders) expect(order).toEqual(inOrder);
    expect(after.count).toBe(0);
  });
});
