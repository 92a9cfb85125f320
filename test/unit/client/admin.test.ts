import { describe, expect, test } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { OttlaClient } from '../../../src/client/client.ts';
import { outcomeAfter, startWorld } from './fixture.ts';

describe('topics', () => {
  test('a created topic can be listed and described', async () => {
    const world = await startWorld();
    const admin = world.client.admin();

    const created = await outcomeAfter(
      world.clock,
      100,
      admin.createTopic({ name: 't', partitions: 2 }),
    );
    const listed = await outcomeAfter(world.clock, 100, admin.listTopics());
    const described = await outcomeAfter(world.clock, 100, admin.describeTopic('t'));

    expect(created.value).toMatchObject({ name: 't', partitions: 2 });
    expect(listed.value).toEqual(['t']);
    expect(described.value?.partitions.map(({ leader, isr }) => [leader, isr])).toEqual([
      [1, [1]],
      [2, [2]],
    ]);
  });

  test('a topic that exists is refused, naming it', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');

    const work = world.client.admin().createTopic({ name: 't' });
    const { error } = await outcomeAfter(world.clock, 100, work);

    expect(error).toMatchObject({ code: 'TOPIC_ALREADY_EXISTS' });
    expect(String(error)).toContain('create topic t');
  });

  test('a topic without a name is refused before anything is sent', async () => {
    const world = await startWorld();

    const work = world.client.admin().createTopic(JSON.parse('{ "partitions": 1 }'));
    const { error } = await outcomeAfter(world.clock, 100, work);

    expect(error).toMatchObject({ code: 'INVALID_TOPIC', maybeApplied: false });
  });

  test('a name that no topic can have is refused in words that tell what it may be', async () => {
    const world = await startWorld();

    const work = world.client.admin().describeTopic('a b');
    const { error } = await outcomeAfter(world.clock, 100, work);

    const message = expect.stringContaining("topic name 'a b' must be 1 to 249 of the characters");
    expect(error).toMatchObject({ code: 'INVALID_TOPIC', message });
  });

  test('a topic that cannot be described is named, with the reason', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.cluster.topicErrors.set('t', 'POLICY_VIOLATION');

    const work = world.client.admin().describeTopics(['t']);
    const { error } = await outcomeAfter(world.clock, 100, work);

    const message = expect.stringContaining('topic t cannot be described now: POLICY_VIOLATION');
    expect(error).toMatchObject({ code: 'POLICY_VIOLATION', message });
  });

  test.each([
    [{ partitions: 2 ** 32 + 1 }, 'partitions is 4294967297', 'INVALID_PARTITIONS'],
    [{ partitions: 1.5 }, 'partitions is 1.5', 'INVALID_PARTITIONS'],
    [{ replicationFactor: Number.NaN }, 'Factor is NaN', 'INVALID_REPLICATION_FACTOR'],
  ])('a topic with %o, which the wire would change, is refused', async (given, words, code) => {
    const world = await startWorld();
    const admin = world.client.admin();

    const made = await outcomeAfter(world.clock, 100, admin.createTopic({ name: 't', ...given }));

    expect(made.error).toMatchObject({ code, retriable: false });
    expect(String(made.error)).toContain(`${words}: give a whole number, 1 or more`);
    expect(() => world.cluster.partition('t')).toThrow('no partition');
  });

  test('so is a topic that is to grow by that much, and such a partition of a group', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const admin = world.client.admin();
    const partition = 2 ** 32;

    const grown = admin.createPartitions([{ name: 't', totalPartitions: partition + 2 }]);
    const forgotten = admin.groups.deleteOffsets('g', [{ topic: 't', partition }]);
    const elected = admin.electLeaders({ partitions: [{ topic: 't', partition }] });
    const settled = Promise.allSettled([grown, forgotten, elected]);
    await world.clock.settle(100);

    const reasons = (await settled).map((it) => (it as PromiseRejectedResult).reason.code);
    expect(reasons).toEqual(['INVALID_PARTITIONS', 'INVALID_PARTITIONS', 'INVALID_PARTITIONS']);
  });

  test('a creation whose answer was lost counts as done when it is repeated', async () => {
    const world = await startWorld();
    world.cluster.adminFailures.push('NETWORK_EXCEPTION');

    const work = world.client.admin().createTopic({ name: 't', partitions: 1 });
    const { error, isPending } = await outcomeAfter(world.clock, 1000, work);

    expect(error).toBeUndefined();
    expect(isPending).toBe(false);
  });

  test('a deletion whose answer was lost counts as done when it is repeated', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.cluster.adminFailures.push('NETWORK_EXCEPTION');

    const work = world.client.admin().deleteTopic('t');
    const { error, isPending } = await outcomeAfter(world.clock, 1000, work);

    expect(error).toBeUndefined();
    expect(isPending).toBe(false);
  });

  test('a deletion whose answer was lost leaves the topic that was made anew', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.cluster.adminFailures.push('NONE', 'NETWORK_EXCEPTION');

    const work = world.client.admin().deleteTopic('t');
    await world.clock.settle(5);
    world.cluster.createTopic('t');
    const { error } = await outcomeAfter(world.clock, 1000, work);

    expect(error).toBeUndefined();
    expect(world.cluster.partition('t')).toBeDefined();
  });

  test('of topics one of which is not there the others are deleted', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');

    const work = world.client.admin().deleteTopics(['no', 't', 't']);
    const { error } = await outcomeAfter(world.clock, 100, work);

    const message = 'delete topic no: UNKNOWN_TOPIC_OR_PARTITION';
    expect(error).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION', message, retriable: false });
    expect(() => world.cluster.partition('t')).toThrow('no partition');
  });

  test.each(['deleteTopic', 'describeTopic'] as const)(
    '%s of a topic that is not there fails at once',
    async (method) => {
      const world = await startWorld();

      const { error } = await outcomeAfter<unknown>(
        world.clock,
        10,
        world.client.admin()[method]('no'),
      );

      expect(error).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: false });
      expect((error as object).constructor).toBe(OttlaError);
      expect(String(error)).toContain('no');
    },
  );
});

describe('retries', () => {
  test('go on while there is no controller', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.cluster.adminFailures.push('NO_CONTROLLER', 'NOT_CONTROLLER', 'NO_CONTROLLER');
    const change = { type: 'topic', name: 't', key: 'retention.ms', value: 5 } as const;

    const altered = await outcomeAfter(
      world.clock,
      2000,
      world.client.admin().alterConfigs([change]),
    );
    const configs = await outcomeAfter(
      world.clock,
      100,
      world.client.admin().describeConfigs({ type: 'topic', name: 't' }),
    );

    expect(altered.isPending).toBe(false);
    expect(configs.value).toMatchObject([{ key: 'retention.ms', value: '5' }]);
  });

  test('end at the deadline with the last failure', async () => {
    const world = await startWorld();
    world.cluster.adminFailures.push(...new Array(500).fill('NO_CONTROLLER'));

    const work = world.client.admin().createTopics([{ name: 't' }], { timeoutMs: 1000 });
    const { error } = await outcomeAfter(world.clock, 2000, work);

    expect(error).toMatchObject({ code: 'NO_CONTROLLER', retriable: true });
  });

  test('pass a broker that does not answer', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    world.network.crash('broker-1');
    world.network.crash('broker-2');

    const listed = await outcomeAfter(world.clock, 3000, world.client.admin().listTopics());

    expect(listed.value).toEqual(['t']);
  });

  test('end with ABORTED when the signal fires', async () => {
    const world = await startWorld();
    for (const broker of world.cluster.brokers) broker.pause();
    const abort = new AbortController();
    const work = world.client.admin().listTopics({ signal: abort.signal });
    await outcomeAfter(world.clock, 100, work);

    abort.abort();

    await world.clock.settle(10);
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

test('a config that is not valid is refused, naming the resource and the key', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t');
  const change = { type: 'topic', name: 't', key: 'no.such.key', value: 5 } as const;

  const work = world.client.admin().alterConfigs([change]);
  const { error } = await outcomeAfter(world.clock, 100, work);

  expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
  expect(String(error)).toContain('configs of topic t: no.such.key');
});

test('listOffsets answers by name and by time, in the order of the questions', async () => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions: 2 });
  const producer = world.client.producer();
  const sent = producer.sendBatch([
    { topic: 't', partition: 1, value: 'a', timestampMs: 10 },
    { topic: 't', partition: 1, value: 'b', timestampMs: 20 },
  ]);
  await outcomeAfter(world.clock, 100, sent);

  const { value } = await outcomeAfter(
    world.clock,
    100,
    world.client.admin().listOffsets([
      { topic: 't', partition: 1, at: 'latest' },
      { topic: 't', partition: 0, at: 'earliest' },
      { topic: 't', partition: 1, at: { timestampMs: 15 } },
      { topic: 't', partition: 1, at: { timestampMs: 99 } },
    ]),
  );

  expect(value?.map(({ offset }) => offset)).toEqual([2, 0, 1, undefined]);
});

describe('a call that only brokers of a later release have', () => {
  test('is answered by one of them', async () => {
    const world = await startWorld();

    const { value } = await outcomeAfter(
      world.clock,
      1000,
      world.client.admin().versions.describe(),
    );

    expect(value).toMatchObject({ current: 1, possible: 2 });
    expect(value?.nodes).toEqual([
      { nodeId: 1, isBroker: true, isVoter: true, known: { min: 1, max: 2 } },
      { nodeId: 2, isBroker: false, isVoter: true, known: undefined },
    ]);
  });

  test('is refused at once where none has it', async () => {
    const world = await startWorld();

    const { error } = await outcomeAfter(world.clock, 1000, world.client.admin().versions.raise());

    expect(error).toMatchObject({ code: 'UNSUPPORTED_VERSION', retriable: false });
  });
});

test('describeCluster names the brokers', async () => {
  const world = await startWorld();

  const { value } = await outcomeAfter(world.clock, 100, world.client.admin().describeCluster());

  expect(value?.brokers.map(({ brokerId, isFenced }) => [brokerId, isFenced])).toEqual([
    [1, false],
    [2, false],
    [3, false],
  ]);
});

test('describeCluster has no quorum where no controller answers the broker', async () => {
  const world = await startWorld();
  const answer = {
    nodeId: -1,
    leaderId: -1,
    term: 0,
    commitIndex: 0,
    lastIndex: 0,
    peers: [],
    voters: [],
  };
  world.cluster.quorum = answer;

  const { value } = await outcomeAfter(world.clock, 100, world.client.admin().describeCluster());

  expect(value).toMatchObject({ quorum: undefined, controllerId: -1 });
});

describe('the client', () => {
  test.each(['', 'host', 'host:0', ':7091', ['a:1', 'b:x']])(
    'bootstrap %o is refused',
    async (bootstrap) => {
      const { env } = await startWorld();

      expect(() => new OttlaClient(env, { bootstrap })).toThrow(/bootstrap/);
    },
  );

  test('is refused by name without a bootstrap', async () => {
    const { env } = await startWorld();

    expect(() => new OttlaClient(env, JSON.parse('{}'))).toThrow(/^bootstrap is missing: give/);
  });

  test.each<[string, (client: OttlaClient) => Promise<unknown>]>([
    ['a call', (client: OttlaClient) => client.admin().describeCluster()],
    ['a producer', (client: OttlaClient) => client.producer().send({ topic: 't', value: 'a' })],
    [
      'a reader',
      (client: OttlaClient) => client.reader({ topic: 't' })[Symbol.asyncIterator]().next(),
    ],
  ])('an unreachable bootstrap is named to %s in one line, with the remedy', async (_, act) => {
    const { clock, env } = await startWorld();
    const client = new OttlaClient(env, {
      bootstrap: 'nowhere:7091,else:1',
      requestTimeoutMs: 3000,
    });

    const { error } = await outcomeAfter(clock, 70_000, act(client));

    expect(error).toMatchObject({ code: 'NETWORK_EXCEPTION', retriable: true });
    expect(String(error)).toMatch(
      /no broker answers at nowhere:7091, else:1 \(.+\): see that the cluster runs, and check bootstrap$/,
    );
    expect(String(error)).not.toContain('\n');
  });

  test('a cluster that answered before, and is silent now, is not called unreachable', async () => {
    const { clock, client, cluster } = await startWorld({ requestTimeoutMs: 3000 });
    await outcomeAfter(clock, 100, client.admin().listTopics());
    for (const broker of cluster.brokers) broker.pause();

    const { error } = await outcomeAfter(clock, 10_000, client.admin().listTopics());

    expect(error).toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    expect(String(error)).not.toContain('bootstrap');
  });

  test('closing it delivers what its producers hold and ends its readers', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer({ lingerMs: 60_000 });
    const reader = world.client.reader({ topic: 't' });
    producer.enqueue({ topic: 't', value: 'a' });
    const reading = (async () => {
      for await (const _ of reader) break;
    })();

    const closed = await outcomeAfter(world.clock, 1000, world.client.close());

    expect(closed.isPending).toBe(false);
    expect(world.cluster.partition('t').endOffset).toBe(1);
    await reading;
    expect(() => world.client.producer()).toThrow(/closed/);
  });

  test('once closed no timer is left that would keep the process alive', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const producer = world.client.producer();
    const reader = world.client.reader({ topic: 't' });
    const reading = (async () => {
      for await (const _ of reader) break;
    })();
    await outcomeAfter(world.clock, 300, producer.send({ topic: 't', value: 'a' }));
    await reading;

    await outcomeAfter(world.clock, 1000, world.client.close());
    await world.clock.settle(1000);

    expect(world.clock.timerCount).toBe(0);
  });
});
