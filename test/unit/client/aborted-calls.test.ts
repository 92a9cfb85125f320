import { describe, expect, test } from 'vitest';
import type { Admin } from '../../../src/client/admin/admin.ts';
import type { World } from './fixture.ts';
import { outcomeAfter, startWorld } from './fixture.ts';

type Call = (admin: Admin, options: { signal: AbortSignal }) => Promise<unknown>;

const ADMIN_CALLS: ReadonlyArray<readonly [name: string, call: Call]> = [
  ['createTopic', (admin, options) => admin.createTopic({ name: 'new' }, options)],
  ['createTopics', (admin, options) => admin.createTopics([{ name: 'new' }], options)],
  ['deleteTopic', (admin, options) => admin.deleteTopic('t', options)],
  ['deleteTopics', (admin, options) => admin.deleteTopics(['t'], options)],
  [
    'createPartitions',
    (admin, options) => admin.createPartitions([{ name: 't', totalPartitions: 2 }], options),
  ],
  ['listTopics', (admin, options) => admin.listTopics(options)],
  ['describeTopic', (admin, options) => admin.describeTopic('t', options)],
  ['describeTopics', (admin, options) => admin.describeTopics(['t'], options)],
  [
    'describeConfigs',
    (admin, options) => admin.describeConfigs({ type: 'topic', name: 't' }, options),
  ],
  ['alterConfigs', (admin, options) => admin.alterConfigs([], options)],
  ['electLeaders', (admin, options) => admin.electLeaders({}, options)],
  [
    'listOffsets',
    (admin, options) => admin.listOffsets([{ topic: 't', partition: 0, at: 'latest' }], options),
  ],
  [
    'deleteRecords',
    (admin, options) => {
      return admin.deleteRecords([{ topic: 't', partition: 0, before: 'latest' }], options);
    },
  ],
  ['describeCluster', (admin, options) => admin.describeCluster(options)],
  ['groups.list', (admin, options) => admin.groups.list(options)],
  ['groups.describe', (admin, options) => admin.groups.describe('g', options)],
  ['groups.delete', (admin, options) => admin.groups.delete('g', options)],
  ['groups.offsets', (admin, options) => admin.groups.offsets('g', options)],
  ['groups.lag', (admin, options) => admin.groups.lag('g', options)],
  [
    'groups.resetOffsets',
    (admin, options) => admin.groups.resetOffsets('g', { to: 'earliest' }, options),
  ],
  ['groups.deleteOffsets', (admin, options) => admin.groups.deleteOffsets('g', [], options)],
];

const NOT_BEGUN = { code: 'ABORTED', maybeApplied: false };

/** Nothing is refused, and nothing is answered. */
const silence = ({ network, cluster }: World): void => {
  for (const { brokerId } of cluster.brokers) network.pause(`broker-${brokerId}`);
};

const startSilentWorld = async (): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t');
  silence(world);
  return world;
};

describe('a call of the admin', () => {
  test.each(ADMIN_CALLS)(
    '%s with a signal that has fired did surely nothing',
    async (name, call) => {
      const { client } = await startWorld();

      const work = call(client.admin(), { signal: AbortSignal.abort() });

      await expect(work).rejects.toMatchObject(NOT_BEGUN);
      await expect(work).rejects.toThrow(`${name} was aborted by the caller before it began`);
    },
  );

  test.each(ADMIN_CALLS)(
    '%s tells its own name when it is aborted on its way',
    async (name, call) => {
      const { client, clock } = await startSilentWorld();
      const abort = new AbortController();
      const work = call(client.admin(), { signal: abort.signal });
      const outcome = await outcomeAfter(clock, 50, work);
      expect(outcome.isPending).toBe(true);

      abort.abort();
      await clock.settle(10);

      const { error } = outcome;
      expect(error).toMatchObject({ code: 'ABORTED' });
      expect(String(error)).toContain(`: ${name} was aborted by the caller`);
    },
  );

  test('electLeaders that ends between its calls may have elected', async () => {
    const { network, clock, clientOver, cluster } = await startWorld();
    cluster.createTopic('t');
    const abort = new AbortController();
    const transport = network.transportFor('ending');
    const call = async (...asked: Parameters<typeof transport.call>): Promise<unknown> => {
      if (asked[1].name !== 'ElectLeaders') return transport.call(...asked);
      // The answer is here, and the caller no longer waits: names of topics are asked for next.
      abort.abort();
      return { errorCode: 0, errorMessage: '', results: [] };
    };
    const client = clientOver(Object.assign(Object.create(transport), { call }));

    const work = client.admin().electLeaders({}, { signal: abort.signal });
    const { error } = await outcomeAfter(clock, 500, work);

    expect(error).toMatchObject({ code: 'ABORTED', maybeApplied: true });
  });

  test('has nothing to delete and resolves with [] unless its signal has fired', async () => {
    const { client } = await startWorld();
    const admin = client.admin();

    await expect(admin.deleteRecords([])).resolves.toEqual([]);
    const aborted = admin.deleteRecords([], { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject(NOT_BEGUN);
  });
});

test.each(['flush', 'hasRoom'] as const)(
  '%s with a signal that has fired did surely nothing',
  async (name) => {
    const { client } = await startWorld();

    const work = client.producer()[name]({ signal: AbortSignal.abort() });

    await expect(work).rejects.toMatchObject(NOT_BEGUN);
    await expect(work).rejects.toThrow(`${name} was aborted by the caller before it began`);
  },
);

test('a commit of nothing is refused by a signal that has fired', async () => {
  const { client } = await startWorld();
  const consumer = client.consumer({ topics: ['t'], groupId: 'g' });

  await expect(consumer.commit()).resolves.toBeUndefined();
  const aborted = consumer.commit(undefined, { signal: AbortSignal.abort() });
  await expect(aborted).rejects.toMatchObject(NOT_BEGUN);
});

describe('close', () => {
  test('of a client gives up what its producers have under way when the signal fires', async () => {
    const { client, clock } = await startSilentWorld();
    const sending = client.producer().send({ topic: 't', value: 'v' });
    const sent = await outcomeAfter(clock, 100, sending);
    const abort = new AbortController();
    const closed = await outcomeAfter(clock, 100, client.close({ signal: abort.signal }));
    expect(closed.isPending).toBe(true);

    abort.abort();
    await clock.settle(10);

    expect(closed).toEqual({ isPending: false, value: undefined });
    expect(sent.error).toMatchObject({ code: 'CLOSED' });
  });

  test('of a consumer does not wait for its group once the signal fires', async () => {
    const world = await startWorld();
    world.cluster.createTopic('t');
    const consumer = world.client.consumer({ topics: ['t'], groupId: 'g' });
    const reading = consumer[Symbol.asyncIterator]().next();
    await world.clock.settle(1000);
    silence(world);
    const abort = new AbortController();
    const closed = await outcomeAfter(world.clock, 10, consumer.close({ signal: abort.signal }));
    expect(closed.isPending).toBe(true);

    abort.abort();
    await world.clock.settle(10);

    expect(closed.isPending).toBe(false);
    expect(closed.error).toBeUndefined();
    expect((await reading).done).toBe(true);
  });
});
