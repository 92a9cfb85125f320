import { describe, expect, test } from 'vitest';
import { OttlaClient } from '../../../../src/client/client.ts';
import { string } from '../../../../src/client/serde/serde.ts';
import type { Logger } from '../../../../src/env/logger.ts';
import { outcomeAfter, startWorld } from '../fixture.ts';
import { fill } from '../reader/fixture.ts';
import {
  committedOf,
  consumerOf,
  runConsumer,
  SESSION_MS,
  sharesOf,
  startTopic,
} from './consumer-fixture.ts';

describe('commits', () => {
  test('automatic ones hold what the iteration has gone past, not what is in hand', async () => {
    const world = await startTopic(1, 3);
    const consumer = consumerOf(world, { autoCommitIntervalMs: 1000 });
    const records = consumer[Symbol.asyncIterator]();

    await outcomeAfter(world.clock, 500, records.next());
    await outcomeAfter(world.clock, 500, records.next());
    await world.clock.settle(2000);

    expect(committedOf(world, 0)).toBe(1);
  });

  test('a close commits what was handled, and the next member goes on behind it', async () => {
    const world = await startTopic(1, 3);
    const first = runConsumer(consumerOf(world));
    await world.clock.settle(1000);

    await outcomeAfter(world.clock, 1000, first.consumer.close());
    fill(world, ['new']);
    const second = runConsumer(consumerOf(world));
    await world.clock.settle(1000);

    expect(second.values).toEqual(['new']);
  });

  test('by hand, what is in hand counts as handled', async () => {
    const world = await startTopic(1, 3);
    const consumer = consumerOf(world, { autoCommit: false });
    const records = consumer[Symbol.asyncIterator]();
    await outcomeAfter(world.clock, 500, records.next());

    await outcomeAfter(world.clock, 500, consumer.commit());

    expect(committedOf(world, 0)).toBe(1);
  });

  test('by hand, a batch is committed as it is', async () => {
    const world = await startTopic(1, 3);
    const consumer = consumerOf(world, { autoCommit: false });
    const { value: next } = await outcomeAfter(world.clock, 500, consumer.batches().next());

    await outcomeAfter(world.clock, 500, consumer.commit([next?.value ?? { ...NOWHERE }]));

    expect(committedOf(world, 0)).toBe(3);
  });

  test('of a partition that is not its own is refused', async () => {
    const world = await startTopic(1, 3);
    const running = runConsumer(consumerOf(world));
    await world.clock.settle(1000);

    await expect(running.consumer.commit([NOWHERE])).rejects.toMatchObject({
      code: 'ILLEGAL_GENERATION',
    });
  });

  test('a record in hand when the iteration is left by an error is handed out again', async () => {
    const world = await startTopic(1, 3);
    const consumer = consumerOf(world);
    const failing = runConsumer(consumer, (value) => {
      if (value === '0-v1') throw new Error('no luck');
    });
    await world.clock.settle(1000);
    expect(failing.error?.message).toBe('no luck');

    const again = runConsumer(consumer);
    await world.clock.settle(1000);

    expect(failing.values).toEqual(['0-v0']);
    expect(again.values).toEqual(['0-v1', '0-v2']);
  });

  test('what is committed in hand is not handed out again when the iteration is left', async () => {
    const world = await startTopic(1, 3);
    const consumer = consumerOf(world, { autoCommit: false });
    const left = async (): Promise<void> => {
      for await (const _ of consumer) {
        await consumer.commit();
        break;
      }
    };
    await outcomeAfter(world.clock, 1000, left());

    const again = runConsumer(consumer);
    await world.clock.settle(1000);

    expect(again.values).toEqual(['0-v1', '0-v2']);
  });
});

const NOWHERE = { topic: 't', partition: 9, nextOffset: 1 };

describe('topics', () => {
  test('one that does not exist yet is waited for', async () => {
    const world = await startWorld();
    const running = runConsumer(consumerOf(world));
    await world.clock.settle(5000);

    world.cluster.createTopic('t');
    fill(world, ['first']);
    await world.clock.settle(5000);

    expect(running.values).toEqual(['first']);
  });

  test('a pattern means those that are created later too, and not what the cluster keeps for itself', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.cluster.createTopic('__consumer_offsets');
    fill(world, ['a']);
    const running = runConsumer(consumerOf(world, { pattern: /t|_/g, metadataMaxAgeMs: 5000 }));
    await world.clock.settle(2000);
    expect(running.consumer.partitions).toEqual([{ topic: 't', partition: 0 }]);

    world.cluster.createTopic('t2');
    await world.clock.settle(6000);

    expect(running.consumer.partitions.map(({ topic }) => topic)).toEqual(['t', 't2']);
  });

  test('one that is deleted leaves the consumer running on the others', async () => {
    const world = await startTopic(1, 1);
    world.cluster.createTopic('u');
    const running = runConsumer(consumerOf(world, { topics: ['t', 'u'] }));
    await world.clock.settle(2000);

    world.cluster.deleteTopic('u');
    await world.clock.settle(70_000);
    fill(world, ['later']);
    await world.clock.settle(1000);

    expect(running.error).toBeUndefined();
    expect(running.values).toEqual(['0-v0', 'later']);
    expect(running.consumer.partitions).toEqual([{ topic: 't', partition: 0 }]);
  });

  test('one that was away is read from its start by the member that has it, leader or not', async () => {
    const world = await startTopic(1, 1);
    world.cluster.createTopic('u');
    const other = world.clientOver(world.network.transportFor('other'));
    const topics = ['t', 'u'];
    const one = runConsumer(consumerOf(world, { topics }));
    await world.clock.settle(5000);
    const two = runConsumer(consumerOf({ ...world, client: other }, { topics }));
    await world.clock.settle(20_000);
    const topic = two.consumer.partitions[0]?.topic ?? '';
    expect([one, two].map(({ consumer }) => consumer.partitions.length)).toEqual([1, 1]);

    world.cluster.deleteTopic(topic);
    await world.clock.settle(10_000);
    world.cluster.createTopic(topic);
    fill(world, ['anew'], { topic });
    await world.clock.settle(200_000);

    expect(two.values.concat(one.values)).toContain('anew');
  });

  test('one that comes and goes is not asked for ever more often', async () => {
    const world = await startTopic(12, 1);
    const running = runConsumer(consumerOf(world));
    await world.clock.settle(5000);
    for (let round = 0; round < 5; round += 1) {
      world.cluster.deleteTopic('t');
      await world.clock.settle(1);
      world.cluster.createTopic('t', { partitions: 12 });
      await world.clock.settle(10_000);
    }
    const { metadataCallCount } = world.cluster;

    await world.clock.settle(600_000);

    expect(running.error).toBeUndefined();
    expect(world.cluster.metadataCallCount - metadataCallCount).toBeLessThan(25);
  });

  test('one that is deleted and made anew is read from its start', async () => {
    const world = await startTopic(1, 3);
    const running = runConsumer(consumerOf(world));
    await world.clock.settle(2000);

    world.cluster.deleteTopic('t');
    world.cluster.createTopic('t');
    fill(world, ['another']);
    await world.clock.settle(10_000);

    expect(running.values.at(-1)).toBe('another');
  });

  test.each(['earliest', 'latest'] as const)(
    'one that is made anew with fewer partitions goes on, offsetReset %s',
    async (offsetReset) => {
      const world = await startTopic(3, 1);
      // Members hear of new shares later than they ask for what is not there.
      const options = { offsetReset, heartbeatIntervalMs: 9000, sessionTimeoutMs: 30_000 };
      const one = runConsumer(consumerOf(world, options));
      const other = world.clientOver(world.network.transportFor('other'));
      const two = runConsumer(consumerOf({ ...world, client: other }, options));
      await world.clock.settle(30_000);
      expect(sharesOf(one, two).join().length).toBe('0,1,2'.length);

      world.cluster.deleteTopic('t');
      world.cluster.createTopic('t');
      fill(world, ['another']);
      await world.clock.settle(60_000);

      expect([one.error, two.error]).toEqual([undefined, undefined]);
      expect(one.values.concat(two.values)).toContain('another');
      expect(sharesOf(one, two).sort()).toEqual(['', '0']);
    },
  );
});

describe('a slow handler', () => {
  test('keeps its partitions: heartbeats do not wait for it', async () => {
    const world = await startTopic(1, 1);
    const slow = runConsumer(consumerOf(world), () => world.sleep(SESSION_MS * 4));
    await world.clock.settle(SESSION_MS * 3);

    expect(sharesOf(slow)).toEqual(['0']);
    expect(world.cluster.groups.group('g').generation).toBe(1);
  });

  test('beyond maxPollIntervalMs loses them to others, and comes back as a new member', async () => {
    const world = await startTopic(1, 1);
    const options = { maxPollIntervalMs: 20_000 };
    const slow = runConsumer(consumerOf(world, options), () => world.sleep(30_000));
    await world.clock.settle(5000);
    const other = runConsumer(consumerOf(world, options));
    await world.clock.settle(17_000);
    expect(sharesOf(slow, other)).toEqual(['', '0']);
    expect(other.values).toEqual(['0-v0']);

    await world.clock.settle(20_000);

    expect(world.cluster.groups.group('g').members.length).toBe(2);
    expect(slow.error).toBeUndefined();
  });
});

describe('ends', () => {
  test('the signal ends the iteration quietly; a close then leaves the group', async () => {
    const world = await startTopic(1, 1);
    const abort = new AbortController();
    const running = runConsumer(consumerOf(world, { signal: abort.signal }));
    await world.clock.settle(1000);

    abort.abort();
    await world.clock.settle(100);
    expect(running).toMatchObject({ isDone: true, error: undefined });
    await outcomeAfter(world.clock, 1000, running.consumer.close());

    expect(world.cluster.groups.group('g').state).toBe('empty');
    expect(committedOf(world, 0)).toBe(1);
  });

  test('a close from within the loop does not wait for the loop', async () => {
    const world = await startTopic(1, 2);
    const consumer = consumerOf(world);

    const running = runConsumer(consumer, () => consumer.close());
    await world.clock.settle(2000);

    expect(running).toMatchObject({ isDone: true, error: undefined, values: ['0-v0'] });
    expect(committedOf(world, 0)).toBe(0);
  });

  test('a consumer that is closed, or iterated already, is not iterated', async () => {
    const world = await startTopic(1, 1);
    const running = runConsumer(consumerOf(world));
    await world.clock.settle(1000);

    await expect(running.consumer.batches().next()).rejects.toMatchObject({ code: 'CONFIG' });
    await outcomeAfter(world.clock, 1000, running.consumer.close());

    await expect(running.consumer.batches().next()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('too few brokers for groups end the iteration, with the remedy, when none came', async () => {
    const world = await startTopic(1, 1);
    const code = 'INVALID_REPLICATION_FACTOR';
    world.cluster.groups.noCoordinator = { code, message: 'start more brokers' };

    const running = runConsumer(consumerOf(world));
    await world.clock.settle(25_000);
    expect(running.error).toBeUndefined();
    await world.clock.settle(10_000);

    expect(running.error).toMatchObject({ code });
    expect(running.error?.message).toContain('start more brokers');
  });

  test('too few brokers for groups are waited for while others may be starting', async () => {
    const world = await startTopic(1, 1);
    const code = 'INVALID_REPLICATION_FACTOR';
    world.cluster.groups.noCoordinator = { code, message: 'start more brokers' };
    const running = runConsumer(consumerOf(world));
    await world.clock.settle(20_000);

    world.cluster.groups.noCoordinator = undefined;
    await world.clock.settle(3000);

    expect(running.values).toEqual(['0-v0']);
  });

  test('a cluster out of reach ends the iteration, naming its addresses', async () => {
    const world = await startTopic(1, 1);
    for (const { brokerId } of world.cluster.brokers) world.cluster.broker(brokerId).pause();

    const running = runConsumer(consumerOf(world));
    await world.clock.settle(40_000);

    expect(running.error?.message).toContain('no broker answers at');
  });
});

describe('a consumer that names no group', () => {
  test('joins the group default, and says so once', async () => {
    const world = await startTopic(1, 3);
    const lines: string[] = [];
    const logger: Logger = {
      ...world.env.logger,
      info: (line) => void lines.push(line),
      child: () => logger,
    };
    const client = new OttlaClient(
      { ...world.env, logger },
      { bootstrap: world.cluster.bootstrap },
    );
    const deserializers = { key: string, value: string };

    const running = runConsumer(
      client.consumer({ topics: ['t'], offsetReset: 'earliest', deserializers }),
    );
    await world.clock.settle(1000);
    const list = await outcomeAfter(world.clock, 1000, world.client.admin().groups.list());

    expect(running.values).toHaveLength(3);
    expect(list.value?.groups).toMatchObject([{ groupId: 'default' }]);
    expect(lines).toEqual(['no groupId was given: joining group default']);
  });
});

describe('options', () => {
  test.each([
    [{ topics: [] }, 'either topics or a pattern'],
    [{ topics: ['t'], pattern: /t/ }, 'either topics or a pattern'],
    [{ groupId: '' }, 'groupId'],
    [{ assignors: [] }, 'assignors is empty'],
    [{ assignors: ['lucky' as 'range'] }, 'lucky'],
    [{ heartbeatIntervalMs: 9000 }, 'below sessionTimeoutMs'],
    [{ maxPollIntervalMs: 0 }, 'maxPollIntervalMs=0'],
    [{ offsetReset: 'now' as 'none' }, 'offsetReset=now'],
  ])('%j is refused, naming what cannot be', async (options, words) => {
    const world = await startWorld();

    expect(() => consumerOf(world, { topics: ['t'], ...options })).toThrow(words);
  });
});
