import { describe, expect, test } from 'vitest';
import type { TopicPartition } from '../../../../src/client/group/consumer-options.ts';
import { outcomeAfter, startWorld } from '../fixture.ts';
import { fill, range } from '../reader/fixture.ts';
import {
  committedOf,
  consumerOf,
  fillAll,
  runConsumer,
  SESSION_MS,
  sharesOf,
  startTopic,
} from './consumer-fixture.ts';

describe('sharing', () => {
  test('one member has all partitions, and handles all that is in them', async () => {
    const world = await startTopic(3, 4);

    const only = runConsumer(consumerOf(world));
    await world.clock.settle(1000);

    expect(only.values.sort()).toEqual(
      [0, 1, 2].flatMap((partition) => range(4).map((value) => `${partition}-${value}`)),
    );
  });

  test('members that come share; who is one too many is idle, and stands in for one that leaves', async () => {
    const world = await startTopic(2, 1);
    const running = [1, 2, 3].map(() => runConsumer(consumerOf(world)));
    await world.clock.settle(5000);
    expect(sharesOf(...running).sort()).toEqual(['', '0', '1']);
    const [leaving] = running.filter(({ consumer }) => consumer.partitions.length > 0);

    await outcomeAfter(world.clock, 5000, leaving?.consumer.close() ?? Promise.resolve());

    const stay = running.filter((it) => it !== leaving);
    expect(sharesOf(...stay).sort()).toEqual(['0', '1']);
  });

  test('a member that crashes is replaced when its session is over', async () => {
    const world = await startTopic();
    const other = runConsumer(consumerOf(world));
    const crashing = world.network.transportFor('crashing');
    const crashed = runConsumer(consumerOf({ ...world, client: world.clientOver(crashing) }));
    await world.clock.settle(5000);
    expect(sharesOf(other, crashed).map((share) => share.length)).toEqual([5, 5]);

    void crashing.close();
    await world.clock.settle(SESSION_MS + 2000);

    expect(sharesOf(other)).toEqual(['0 1 2 3 4 5']);
  });

  test('two groups do not touch one another', async () => {
    const world = await startTopic(2, 3);

    const one = runConsumer(consumerOf(world));
    const two = runConsumer(consumerOf(world, { groupId: 'h' }));
    await world.clock.settle(2000);

    expect(one.values.length).toBe(6);
    expect(two.values.sort()).toEqual(one.values.sort());
  });

  test('a group that names its coordinator anew keeps its members, generation and shares', async () => {
    const world = await startTopic();
    const one = runConsumer(consumerOf(world));
    const two = runConsumer(consumerOf(world));
    await world.clock.settle(5000);
    const stateOf = () => {
      const { generation, leader, members } = world.cluster.groups.group('g').snapshot();
      return { shares: sharesOf(one, two), generation, leader, members };
    };
    const before = stateOf();

    world.cluster.groups.moveTo(2);
    await world.clock.settle(10_000);
    fillAll(world, 6, 1, 3);
    await world.clock.settle(6000);

    expect(stateOf()).toEqual(before);
    expect(one.values.length + two.values.length).toBe(6 * 4);
    expect(committedOf(world, 0)).toBe(4);
  });
});

describe('listeners', () => {
  test('a revocation is awaited before the partitions are another member’s', async () => {
    const world = await startTopic(2, 1);
    const log: string[] = [];
    const one = runConsumer(
      consumerOf(world, {
        listener: {
          onRevoked: async () => {
            log.push('one begins to give up');
            await world.sleep(5000);
            log.push('one has given up');
          },
        },
      }),
    );
    await world.clock.settle(3000);

    const listener = { onAssigned: () => void log.push('two is given') };
    const two = runConsumer(consumerOf(world, { listener }));
    await world.clock.settle(20_000);

    expect(log.filter((line) => line.startsWith('one'))).toEqual([
      'one begins to give up',
      'one has given up',
    ]);
    expect(log.at(-1)).toBe('two is given');
    expect(sharesOf(one, two).sort()).toEqual(['0', '1']);
  });

  test('all hear of each generation, also those that keep what they have', async () => {
    const world = await startTopic(2, 1);
    const log: string[] = [];
    const listenerOf = (name: string) => ({
      onAssigned: (added: readonly TopicPartition[], generation: number): void =>
        void log.push(`${name} gets ${added.length} in ${generation}`),
    });
    runConsumer(consumerOf(world, { listener: listenerOf('one') }));
    await world.clock.settle(3000);

    runConsumer(consumerOf(world, { listener: listenerOf('two') }));
    await world.clock.settle(20_000);

    const { generation } = world.cluster.groups.group('g').snapshot();
    expect(log.filter((line) => line.endsWith(`in ${generation}`)).sort()).toEqual([
      `one gets 0 in ${generation}`,
      `two gets 1 in ${generation}`,
    ]);
    expect(log[0]).toMatch(/^one gets 2 in \d+$/);
  });

  test('an error in one ends the iteration in the middle of a batch, too', async () => {
    const world = await startWorld();
    for (const topic of ['t', 'u']) world.cluster.createTopic(topic);
    fill(world, range(9));
    let calls = 0;
    const onAssigned = (): void => {
      calls += 1;
      if (calls > 1) throw new Error('not today');
    };
    const consumer = consumerOf(world, {
      pattern: /^[tuv]$/,
      metadataMaxAgeMs: 2000,
      listener: { onAssigned },
    });
    const running = runConsumer(consumer, () => world.sleep(1000));
    await world.clock.settle(500);

    world.cluster.createTopic('v');
    await world.clock.settle(30_000);

    expect(running.values.length).toBeLessThan(9);
    expect(running.error?.message).toBe('not today');
  });

  test('an error in one ends the iteration with it; the next iteration goes on', async () => {
    const world = await startTopic(1, 1);
    const consumer = consumerOf(world, {
      listener: {
        onAssigned: () => {
          throw new Error('not today');
        },
      },
    });
    const failed = runConsumer(consumer);
    await world.clock.settle(1000);

    const next = runConsumer(consumer);
    await world.clock.settle(1000);

    expect(failed.error?.message).toBe('not today');
    expect([...failed.values, ...next.values]).toEqual(['0-v0']);
  });
});

describe('a rebalance', () => {
  test('cooperative: what stays is neither revoked nor fetched anew', async () => {
    const world = await startTopic(4, 1);
    const revoked: number[] = [];
    const listener = {
      onRevoked: (partitions: ReadonlyArray<{ partition: number }>) =>
        void revoked.push(...partitions.map(({ partition }) => partition)),
    };
    const one = runConsumer(consumerOf(world, { listener }));
    await world.clock.settle(3000);

    const two = runConsumer(consumerOf(world));
    await world.clock.settle(5000);

    expect(revoked.length).toBe(2);
    const [kept = ''] = sharesOf(one);
    expect(kept.split(' ').some((partition) => revoked.includes(Number(partition)))).toBe(false);
    expect(one.values.length + two.values.length).toBe(4);
  });

  test('eager: all is revoked, and nothing is handled twice', async () => {
    const world = await startTopic(4, 1);
    const revoked: number[] = [];
    const listener = {
      onRevoked: (partitions: readonly unknown[]) => void revoked.push(partitions.length),
    };
    const options = { assignors: ['range'], listener } as const;
    const one = runConsumer(consumerOf(world, options));
    await world.clock.settle(3000);

    const two = runConsumer(consumerOf(world, { assignors: ['range'] }));
    await world.clock.settle(5000);

    expect(revoked).toEqual([4]);
    expect(sharesOf(one, two)).toEqual(['0 1', '2 3']);
    expect([...one.values, ...two.values].sort()).toEqual(['0-v0', '1-v0', '2-v0', '3-v0']);
  });

  test('waits for what is in hand, and commits it before the partition goes', async () => {
    const world = await startTopic(2, 2);
    const one = runConsumer(consumerOf(world), () => world.sleep(4000));
    await world.clock.settle(3000);

    const two = runConsumer(consumerOf(world));
    await world.clock.settle(30_000);

    const all = [...one.values, ...two.values].sort();
    expect(all).toEqual(['0-v0', '0-v1', '1-v0', '1-v1']);
  });

  test('what a static member was to give up as it ended goes to another within a session', async () => {
    const world = await startTopic(2, 1);
    const crashing = world.network.transportFor('crashing');
    const hanging = runConsumer(
      consumerOf(
        { ...world, client: world.clientOver(crashing) },
        { instanceId: 'a', listener: { onRevoked: () => new Promise(() => {}) } },
      ),
    );
    await world.clock.settle(5000);
    const other = runConsumer(consumerOf(world, { instanceId: 'b' }));
    await world.clock.settle(3000);
    expect(sharesOf(other)).toEqual(['']);

    void crashing.close();
    const back = runConsumer(consumerOf(world, { instanceId: 'a' }));
    await world.clock.settle(3000);
    expect(sharesOf(back, other).sort()).toEqual(['', expect.stringMatching(/^[01]$/)]);
    await world.clock.settle(SESSION_MS + 3000);

    expect(sharesOf(back, other).sort()).toEqual(['0', '1']);
    expect(hanging.isDone).toBe(false);
  });

  test('what was added while a static leader was away is with somebody within a session', async () => {
    const world = await startTopic(2, 1);
    const options = { assignors: ['range' as const], metadataMaxAgeMs: 1000 };
    const leader = runConsumer(consumerOf(world, { ...options, instanceId: 'a' }));
    await world.clock.settle(5000);
    const other = runConsumer(consumerOf(world, { ...options, instanceId: 'b' }));
    await world.clock.settle(5000);
    await outcomeAfter(world.clock, 1000, leader.consumer.close());

    world.cluster.addPartitions('t', 1);
    await world.clock.settle(3000);
    const back = runConsumer(consumerOf(world, { ...options, instanceId: 'a' }));
    await world.clock.settle(SESSION_MS + 5000);

    const shares = sharesOf(back, other).flatMap((share) => share.split(' '));
    expect(shares.sort()).toEqual(['0', '1', '2']);
  });

  test('a static member that is back before its session is over moves nothing', async () => {
    const world = await startTopic(4, 1);
    const other = runConsumer(consumerOf(world));
    const first = runConsumer(consumerOf(world, { instanceId: 'i' }));
    await world.clock.settle(5000);
    const { generation } = world.cluster.groups.group('g');
    const [share] = sharesOf(first);

    await outcomeAfter(world.clock, 500, first.consumer.close());
    const second = runConsumer(consumerOf(world, { instanceId: 'i' }));
    await world.clock.settle(5000);

    expect(world.cluster.groups.group('g').generation).toBe(generation);
    expect(sharesOf(second)).toEqual([share]);
    expect(sharesOf(other)[0]?.length).toBe(3);
  });

  test('the second process of one instance fences the first', async () => {
    const world = await startTopic(1, 1);
    const first = runConsumer(consumerOf(world, { instanceId: 'i' }));
    await world.clock.settle(2000);

    runConsumer(consumerOf(world, { instanceId: 'i' }));
    await world.clock.settle(3000);

    expect(first.error).toMatchObject({ code: 'FENCED_INSTANCE_ID' });
    expect(first.error?.message).toContain('instance i');
  });
});
