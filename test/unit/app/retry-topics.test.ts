import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/app/connect.ts';
import type { OttlaError } from '../../../src/base/errors.ts';
import type { DelayedRecord } from '../../../src/client/admin/delayed-types.ts';
import type { OttlaClient } from '../../../src/client/client.ts';
import type { DeadLetter } from '../../../src/client/dead-letters/dead-letter.ts';
import type { Consumer } from '../../../src/client/group/consumer.ts';
import type { ConsumerOptions } from '../../../src/client/group/consumer-options.ts';
import type { RunOptions } from '../../../src/client/handling/run-options.ts';
import { string } from '../../../src/client/serde/serde.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';

/** Nothing comes back unless it is rescheduled. */
const HOURS = { firstMs: 7_200_000, maxMs: 7_200_000 };

type TextRun = Partial<RunOptions<string, string>>;

let cluster: DevCluster;
let caseCount = 0;
const clients: OttlaClient[] = [];

beforeAll(async () => {
  cluster = await startDevCluster({
    config: { 'group.initial.rebalance.delay.ms': 0, 'offsets.topic.num.partitions': 1 },
  });
}, 60_000);

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close({ signal: AbortSignal.abort() });
});

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
};

const newCase = async (
  more: Readonly<Record<string, string>> = {},
  partitions = 1,
  ofRetries: Readonly<Record<string, string>> = {},
): Promise<string> => {
  caseCount += 1;
  const topic = `t${caseCount}`;
  const configs = { 'delay.enable': 'true', ...ofRetries };
  await cluster.client.admin().createTopics([
    { name: topic, partitions, configs: more },
    { name: `${topic}-retry`, partitions, configs },
    { name: `${topic}-dead`, partitions: 1 },
  ]);
  return topic;
};

/** Values `key:n`. */
const put = async (topic: string, ...values: readonly string[]): Promise<void> => {
  await using producer = cluster.client.producer();
  await producer.sendBatch(
    values.map((value) => ({ topic, key: value.split(':')[0] ?? '', value })),
  );
};

/** undefined: nothing yet, and perhaps the group is not there yet. */
const committedOf = async (topic: string): Promise<number | undefined> => {
  const { groups } = cluster.client.admin();
  const known = await groups.list();
  if (!known.groups.some(({ groupId }) => groupId === topic)) return undefined;
  const lags = await groups.lag(topic);
  return lags.find((it) => it.topic === topic)?.nextOffset;
};

const waitingIn = async (topic: string): Promise<DelayedRecord[]> => {
  const waiting: DelayedRecord[] = [];
  for await (const record of cluster.client.admin().delayed.list(`${topic}-retry`)) {
    waiting.push(record);
  }
  return waiting;
};

/** Has what waits of a key come now. */
const bringBack = async (topic: string, key: string): Promise<void> => {
  for (const record of await waitingIn(topic)) {
    if (record.key === null || Buffer.from(record.key).toString() !== key) continue;
    await cluster.client.admin().delayed.reschedule(record, { deliverAt: 0 });
  }
};

/** Whether something of the retry topic is committed as finished above what is not. */
const isToldAbove = async (topic: string): Promise<boolean> => {
  const committed = await cluster.client.admin().groups.offsets(topic);
  return committed.some((it) => it.topic === `${topic}-retry` && it.metadata.includes('done1='));
};

/** Has all that waits come now, the last first, until the condition holds. */
const hurryUntil = (topic: string, condition: () => boolean): Promise<void> =>
  until(async () => {
    if (condition()) return true;
    for (const record of (await waitingIn(topic)).reverse()) {
      const done = cluster.client.admin().delayed.reschedule(record, { deliverAt: 0 });
      await done.catch((error: OttlaError) => expect(error.code).toBe('RESOURCE_NOT_FOUND'));
    }
    return condition();
  });

interface Member {
  readonly consumer: Consumer<string, string>;
  readonly ended: Promise<unknown>;
}

/** `fails`: how often a value does, over all members. `crash`: nothing is committed at its end. */
class Journal {
  readonly calls: string[] = [];
  readonly done: string[] = [];
  readonly #topic: string;
  readonly #fails: Readonly<Record<string, number>>;

  constructor(topic: string, fails: Readonly<Record<string, number>>) {
    this.#topic = topic;
    this.#fails = fails;
  }

  begin(
    options: TextRun = {},
    settings: Pick<ConsumerOptions, 'autoCommit' | 'instanceId' | 'offsetReset'> = {},
  ): Member {
    const client = connect({ bootstrap: cluster.bootstrap });
    clients.push(client);
    const topic = this.#topic;
    const consumer = client.consumer<string, string>({
      topics: [topic],
      groupId: topic,
      instanceId: 'one',
      offsetReset: 'earliest',
      autoCommitIntervalMs: 50,
      ...settings,
      deserializers: { key: string, value: string },
    });
    const ended = consumer
      .run({
        handler: ({ value }, { attempt }) => {
          this.calls.push(`${value}#${attempt}`);
          if (attempt <= (this.#fails[value ?? ''] ?? 0)) throw new Error(`no ${value}`);
          this.done.push(value ?? '');
        },
        retryBackoff: HOURS,
        onFailure: {
          attempts: 3,
          retry: { topic: `${topic}-retry` },
          giveUp: { deadLetter: { topic: `${topic}-dead` } },
        },
        ...options,
      })
      .catch((error: unknown) => error);
    return { consumer, ended };
  }
}

describe('a record that fails, with a retry topic', () => {
  it('waits there with its key, while other keys go on and all is committed', async () => {
    const topic = await newCase();
    const journal = new Journal(topic, { 'a:0': 2 });
    const member = journal.begin();

    await put(topic, 'a:0', 'b:1', 'a:2', 'b:3', 'a:4');
    await until(async () => (await committedOf(topic)) === 5);

    expect(journal.done).toEqual(['b:1', 'b:3']);
    expect(await waitingIn(topic)).toHaveLength(3);
    await member.consumer.close();
  });

  it('comes back before what followed it, however often it fails and in whatever order they come', async () => {
    const topic = await newCase();
    const journal = new Journal(topic, { 'a:0': 2 });
    const member = journal.begin();

    await put(topic, 'a:0', 'a:1', 'a:2');
    await hurryUntil(topic, () => journal.done.length === 3);
    await put(topic, 'a:3');
    await until(() => journal.done.length === 4);

    expect(journal.calls).toEqual(['a:0#1', 'a:0#2', 'a:0#3', 'a:1#1', 'a:2#1', 'a:3#1']);
    await member.consumer.close();
  });

  it('is a dead letter of where it was read first when its attempts are used up', async () => {
    const topic = await newCase();
    const journal = new Journal(topic, { 'a:0': 9 });
    const member = journal.begin();

    await put(topic, 'a:0', 'a:1');
    await hurryUntil(topic, () => journal.done.length === 1);
    await member.consumer.close();

    const letters: DeadLetter[] = [];
    for await (const letter of cluster.client.admin().deadLetters.list(`${topic}-dead`)) {
      letters.push(letter);
    }
    expect(letters).toMatchObject([
      { topic, partition: 0, offset: 0, attempts: 3, errorMessage: 'no a:0', headers: [] },
    ]);
    expect(journal.done).toEqual(['a:1']);
  });

  it('lets records of its key overtake it where no order is kept', async () => {
    const topic = await newCase();
    const journal = new Journal(topic, { 'a:0': 1 });
    const member = journal.begin({ order: 'none' });

    await put(topic, 'a:0', 'a:1', 'a:2');
    await until(() => journal.done.length === 2);
    await hurryUntil(topic, () => journal.done.length === 3);

    expect(journal.done[2]).toBe('a:0');
    await member.consumer.close();
  });

  it('holds its key up for the member that comes after, and its attempts count on', async () => {
    const topic = await newCase();
    const journal = new Journal(topic, { 'a:0': 2 });
    const first = journal.begin();
    await put(topic, 'a:0');
    await until(async () => (await committedOf(topic)) === 1);
    await first.consumer.close();

    await put(topic, 'a:1', 'b:2');
    const second = journal.begin();
    await until(() => journal.done.length === 1);
    await hurryUntil(topic, () => journal.done.length === 3);

    expect(journal.calls).toEqual(['a:0#1', 'b:2#1', 'a:0#2', 'a:0#3', 'a:1#1']);
    await second.consumer.close();
  });

  it('is handled from there alone after a crash before its offset was committed', async () => {
    const topic = await newCase();
    const journal = new Journal(topic, { 'a:0': 1 });
    const first = journal.begin({}, { autoCommit: false });
    await put(topic, 'a:0', 'a:1', 'b:2');
    await until(async () => journal.done.length === 1 && (await waitingIn(topic)).length === 2);
    await first.consumer.close({ signal: AbortSignal.abort() });

    const second = journal.begin();
    await until(() => journal.done.length === 2);
    await hurryUntil(topic, () => journal.done.length === 4);

    expect(journal.calls).toEqual(['a:0#1', 'b:2#1', 'b:2#1', 'a:0#2', 'a:1#1']);
    await second.consumer.close();
  });

  it('does not hold up its key for the next member where it was finished above what is not', async () => {
    const topic = await newCase();
    const journal = new Journal(topic, { 'b:1': 1 });
    const isStuck = { begun: false };
    const first = journal.begin({
      concurrency: 4,
      handler: async ({ value }, { attempt, signal }) => {
        if (attempt === 1) throw new Error(`no ${value}`);
        if (value === 'b:1') return void journal.done.push(value);
        isStuck.begun = true;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw new Error('the member has crashed');
      },
    });
    await put(topic, 'a:0', 'b:1');
    await until(async () => (await waitingIn(topic)).length === 2);
    await bringBack(topic, 'a');
    await until(() => isStuck.begun);
    await bringBack(topic, 'b');
    await until(async () => journal.done.length === 1 && (await isToldAbove(topic)));
    await first.consumer.close({ signal: AbortSignal.abort() });

    const second = journal.begin();
    await put(topic, 'b:2');
    await until(() => journal.done.includes('b:2'));

    expect(journal.calls.filter((call) => call.startsWith('b'))).toEqual(['b:2#1']);
    await second.consumer.close();
  });

  it('keeps the order of its key, and comes once, while members come and go', async () => {
    const topic = await newCase({}, 4);
    const keys = Array.from({ length: 8 }, (_, key) => `k${key}`);
    const journal = new Journal(topic, Object.fromEntries(keys.map((key) => [`${key}:0`, 2])));
    const members = [journal.begin({}, { instanceId: 'one' })];
    await until(() => members[0]?.consumer.partitions.length === 8);
    const round = (n: number): Promise<void> => put(topic, ...keys.map((key) => `${key}:${n}`));

    await round(0);
    await round(1);
    members.push(journal.begin({}, { instanceId: 'two' }));
    await until(() => members.every(({ consumer }) => consumer.partitions.length === 4));
    await hurryUntil(topic, () => journal.done.length > 4);
    await members[0]?.consumer.close();
    await round(2);
    members.push(journal.begin({}, { instanceId: 'one' }));
    await hurryUntil(topic, () => journal.done.length >= 24);

    for (const key of keys) {
      const own = journal.calls.filter((call) => call.startsWith(`${key}:`));
      expect(own).toEqual([`${key}:0#1`, `${key}:0#2`, `${key}:0#3`, `${key}:1#1`, `${key}:2#1`]);
    }
    for (const { consumer } of members) await consumer.close();
  }, 60_000);

  it('is not handled by another group that retries by way of the same topic', async () => {
    const topic = await newCase();
    const journal = new Journal(topic, { 'a:0': 1 });
    const member = journal.begin();
    const other: string[] = [];
    const consumer = cluster.client.consumer<string, string>({
      topics: [topic],
      groupId: `${topic}-other`,
      offsetReset: 'earliest',
      deserializers: { key: string, value: string },
    });
    const ended = consumer.run({
      handler: ({ value }) => void other.push(value ?? ''),
      onFailure: { retry: { topic: `${topic}-retry` } },
    });

    await put(topic, 'a:0', 'a:1');
    await hurryUntil(topic, () => journal.done.length === 2);
    await put(topic, 'a:2');
    await until(() => other.includes('a:2'));

    expect(other).toEqual(['a:0', 'a:1', 'a:2']);
    await Promise.all([consumer.close(), member.consumer.close()]);
    await ended;
  });

  it('needs no committed offset to begin with, whatever `offsetReset` says', async () => {
    const topic = await newCase();
    const journal = new Journal(topic, { 'a:1': 1 });
    const before = journal.begin({ onFailure: {} });
    await until(() => before.consumer.partitions.length === 1);
    await put(topic, 'a:0');
    await until(async () => (await committedOf(topic)) === 1);
    await before.consumer.close();

    const member = journal.begin({}, { offsetReset: 'none' });
    await put(topic, 'a:1');
    await hurryUntil(topic, () => journal.done.length === 2);

    expect(journal.calls).toEqual(['a:0#1', 'a:1#1', 'a:1#2']);
    await member.consumer.close();
  });

  it('comes back with its headers, also those by which it waited before', async () => {
    const topic = await newCase({ 'delay.enable': 'true' });
    const headers: string[][] = [];
    const journal = new Journal(topic, {});
    const member = journal.begin({
      handler: (record, { attempt }) => {
        headers.push(record.headers.map(({ key }) => key));
        if (attempt === 1) throw new Error('once');
      },
    });

    await using producer = cluster.client.producer();
    await producer.send({ topic, key: 'a', value: 'v', headers: { mine: 'x' }, delayMs: 10 });
    await hurryUntil(topic, () => headers.length === 2);

    const own = ['mine', 'ottla-delay-ms', 'ottla-held-timestamp', 'ottla-held-offset'];
    expect(headers).toEqual([own, own]);
    await member.consumer.close();
  });
});

describe('a record that the retry topic is too narrow for', () => {
  const LARGE = `a:${'x'.repeat(4000)}`;
  const narrowCase = () => newCase({}, 1, { 'max.message.bytes': '4000' });
  const AT_ONCE: TextRun = { retryBackoff: { firstMs: 1, maxMs: 1 } };

  it('is retried in its place, before what follows it, while other keys go on', async () => {
    const topic = await narrowCase();
    const journal = new Journal(topic, { [LARGE]: 2 });
    const member = journal.begin(AT_ONCE);

    await put(topic, LARGE, 'a:1', 'b:2');
    await until(async () => (await committedOf(topic)) === 3);

    const ofKey = journal.calls.filter((call) => call.startsWith('a'));
    expect(ofKey).toEqual([`${LARGE}#1`, `${LARGE}#2`, `${LARGE}#3`, 'a:1#1']);
    expect(journal.done).toContain('b:2');
    await member.consumer.close();
  });

  it('goes the way of `giveUp` when its attempts are used up', async () => {
    const topic = await narrowCase();
    const journal = new Journal(topic, { [LARGE]: 9 });
    const member = journal.begin(AT_ONCE);

    await put(topic, LARGE, 'a:1');
    await until(async () => (await committedOf(topic)) === 2);

    const letters: DeadLetter[] = [];
    for await (const letter of cluster.client.admin().deadLetters.list(`${topic}-dead`)) {
      letters.push(letter);
    }
    expect(letters).toMatchObject([{ topic, offset: 0, attempts: 3 }]);
    expect(journal.done).toEqual(['a:1']);
    await member.consumer.close();
  });

  it('waits where it is while one of its key is there', async () => {
    const topic = await narrowCase();
    const journal = new Journal(topic, { 'a:0': 1 });
    const member = journal.begin();

    await put(topic, 'a:0', LARGE, 'a:2', 'b:3');
    await until(() => journal.done.includes('b:3'));
    expect(journal.done).toEqual(['b:3']);
    await hurryUntil(topic, () => journal.done.length === 4);

    expect(journal.calls).toEqual(['a:0#1', 'b:3#1', 'a:0#2', `${LARGE}#1`, 'a:2#1']);
    await member.consumer.close();
  });

  it('goes there without the stack of its error where it has room for that', async () => {
    const topic = await narrowCase();
    const value = `a:${'x'.repeat(2000)}`;
    const member = new Journal(topic, {}).begin({
      handler: () => {
        throw Object.assign(new Error('no'), { stack: 's'.repeat(2048) });
      },
    });

    await put(topic, value);
    await until(async () => (await waitingIn(topic)).length === 1);

    await member.consumer.close();
  });
});

describe('a run that names a retry topic', () => {
  const refused: ReadonlyArray<readonly [string, TextRun, string]> = [
    [
      'that does not exist',
      { onFailure: { retry: { topic: 'nowhere' } } },
      'create it with delay.enable=true',
    ],
    [
      'that holds nothing back',
      { onFailure: { retry: { topic: 'plain' } } },
      'set delay.enable=true',
    ],
    ['of fewer partitions', { onFailure: { retry: { topic: 'narrow' } } }, 'add partitions to it'],
    [
      'with the order of the partition',
      { order: 'partition', onFailure: { retry: { topic: 'wide' } } },
      'give keepOrder: false',
    ],
    [
      'that is its dead-letter topic',
      { onFailure: { retry: { topic: 'wide' }, giveUp: { deadLetter: { topic: 'wide' } } } },
      'name two',
    ],
    ['that it reads itself', { onFailure: { retry: { topic: 'read' } } }, 'name another topic'],
  ];

  beforeAll(async () => {
    const configs = { 'delay.enable': 'true' };
    await cluster.client.admin().createTopics([
      { name: 'read', partitions: 2 },
      { name: 'plain', partitions: 2 },
      { name: 'narrow', partitions: 1, configs },
      { name: 'wide', partitions: 2, configs },
    ]);
  });

  it.each(refused)('%s is refused with the remedy', async (_, options, remedy) => {
    const consumer = cluster.client.consumer<string, string>({
      topics: ['read'],
      groupId: 'refused',
      deserializers: { key: string, value: string },
    });

    const run = consumer.run({ handler: () => {}, ...options });

    await expect(run).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(remedy),
    });
    await consumer.close();
  });
});
