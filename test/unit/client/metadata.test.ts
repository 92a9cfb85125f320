import { describe, expect, test } from 'vitest';
import { errorNumber } from '../../../src/base/errors.ts';
import { BrokerAddresses } from '../../../src/client/cluster/broker-addresses.ts';
import {
  applyLeaderHint,
  applyMetadata,
  EMPTY_VIEW,
  leaderOf,
} from '../../../src/client/cluster/cluster-view.ts';
import { MetadataCache } from '../../../src/client/cluster/metadata-cache.ts';
import { Deadline } from '../../../src/client/timing.ts';
import type { MetadataResponse } from '../../../src/gen/ottla.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { World } from './fixture.ts';
import { outcomeAfter, startWorld } from './fixture.ts';

interface AnswerOptions {
  readonly index: number;
  readonly leader?: number;
  readonly leaderEpoch?: number;
  readonly topicId?: string;
  readonly clusterId?: string;
}

const answer = (options: AnswerOptions): MetadataResponse => ({
  clusterId: options.clusterId ?? 'c',
  controllerId: 1,
  metadataIndex: options.index,
  brokers: [1, 2].map((brokerId) => ({
    brokerId,
    address: `b${brokerId}:1`,
    kafkaAddress: '',
    rack: '',
    fenced: false,
    offlineDirectories: [],
  })),
  topics: [
    {
      errorCode: 0,
      name: 't',
      topicId: options.topicId ?? 'id-1',
      maxMessageBytes: 100,
      partitions: [
        {
          partition: 0,
          leader: options.leader ?? 1,
          leaderEpoch: options.leaderEpoch ?? 1,
          replicas: [1, 2],
          isr: [1, 2],
          eligibleLeaderReplicas: [],
          lastKnownElr: [],
          offline: [],
        },
      ],
    },
  ],
});

const leaderIn = (view: typeof EMPTY_VIEW): number | undefined =>
  view.topics.get('t')?.partitions[0]?.leaderId;

describe('a view of the cluster', () => {
  test('an older answer does not replace a newer one', () => {
    const newer = applyMetadata(EMPTY_VIEW, answer({ index: 9, leader: 2, leaderEpoch: 2 }), 0);

    const view = applyMetadata(newer, answer({ index: 8, leader: 1, leaderEpoch: 1 }), 0);

    expect(leaderIn(view)).toBe(2);
    expect(view.metadataIndex).toBe(9);
  });

  test('a leader learned from a hint is not undone by metadata of an older leader epoch', () => {
    const first = applyMetadata(EMPTY_VIEW, answer({ index: 5 }), 0);
    const hinted = applyLeaderHint(first, 'id-1', { partition: 0, leaderId: 2, leaderEpoch: 2 });

    const view = applyMetadata(hinted, answer({ index: 6, leader: 1, leaderEpoch: 1 }), 0);

    expect(leaderIn(view)).toBe(2);
  });

  test('a hint of an epoch that is known already is no news', () => {
    const first = applyMetadata(EMPTY_VIEW, answer({ index: 5, leaderEpoch: 3 }), 0);

    const view = applyLeaderHint(first, 'id-1', { partition: 0, leaderId: 2, leaderEpoch: 3 });

    expect(view).toBe(first);
  });

  test('leader epochs of a topic created anew are not compared with those of the old one', () => {
    const old = applyMetadata(EMPTY_VIEW, answer({ index: 5, leader: 2, leaderEpoch: 70 }), 0);

    const view = applyMetadata(old, answer({ index: 6, topicId: 'id-2' }), 0);

    expect(leaderIn(view)).toBe(1);
  });

  test('a topic that the cluster no longer knows is forgotten', () => {
    const known = applyMetadata(EMPTY_VIEW, answer({ index: 5 }), 0);
    const gone = {
      ...answer({ index: 6 }),
      topics: [
        {
          errorCode: errorNumber('UNKNOWN_TOPIC_OR_PARTITION'),
          name: 't',
          topicId: '',
          partitions: [],
          maxMessageBytes: 0,
        },
      ],
    };

    expect(applyMetadata(known, gone, 0).topics.has('t')).toBe(false);
  });

  test('a partition whose leader has no known address has nobody to ask', () => {
    const view = applyMetadata(EMPTY_VIEW, answer({ index: 5, leader: 7 }), 0);
    const topic = view.topics.get('t');

    expect(topic && leaderOf(view, topic, 0)).toBeUndefined();
  });
});

const cacheOf = (world: World): MetadataCache =>
  new MetadataCache(
    world.env,
    new BrokerAddresses(world.cluster.bootstrap, new SeededRandom('cache')),
  );

describe('the metadata cache', () => {
  test('demands that come while a question is on its way share the next one', async () => {
    const world = await startWorld();
    world.cluster.createTopic('a');
    world.cluster.createTopic('b');
    const cache = cacheOf(world);
    const deadline = new Deadline(world.clock, 1000);

    const lookups = Promise.all(
      ['a', 'b', 'a', 'b', 'a'].map((name) => cache.topic(name, { deadline })),
    );
    const { value } = await outcomeAfter(world.clock, 500, lookups);

    expect(value?.map(({ name }) => name)).toEqual(['a', 'b', 'a', 'b', 'a']);
    expect(world.cluster.metadataCallCount).toBe(1);
  });

  test('rounds without news are spaced out', async () => {
    const world = await startWorld();
    world.cluster.createTopic('a');
    const cache = cacheOf(world);
    cache.subscribe(() => cache.requestRefresh(['a']));
    cache.requestRefresh(['a']);

    await world.clock.settle(10_000);

    expect(world.cluster.metadataCallCount).toBeGreaterThan(15);
    expect(world.cluster.metadataCallCount).toBeLessThan(60);
  });

  test('a paused broker holds the answer back for a second at most', async () => {
    const world = await startWorld();
    world.cluster.createTopic('a');
    world.cluster.broker(1).pause();
    world.cluster.broker(2).pause();
    const cache = cacheOf(world);

    const lookup = cache.topic('a', { deadline: new Deadline(world.clock, 10_000) });
    const { value } = await outcomeAfter(world.clock, 2100, lookup);

    expect(value?.name).toBe('a');
  });

  test('a topic that was just created is waited for', async () => {
    const world = await startWorld();
    const cache = cacheOf(world);
    const lookup = cache.topic('late', { deadline: new Deadline(world.clock, 10_000) });
    await world.clock.settle(1500);

    world.cluster.createTopic('late');

    const { value } = await outcomeAfter(world.clock, 1000, lookup);
    expect(value?.name).toBe('late');
  });

  test('with every broker gone it fails at the deadline with what happened', async () => {
    const world = await startWorld();
    for (const { brokerId } of world.cluster.brokers) world.network.crash(`broker-${brokerId}`);
    const cache = cacheOf(world);

    const lookup = cache.topic('a', { deadline: new Deadline(world.clock, 3000) });
    const { error } = await outcomeAfter(world.clock, 8000, lookup);

    expect(error).toMatchObject({ code: 'NETWORK_EXCEPTION', retriable: true });
  });

  test('an answer of another cluster is refused', async () => {
    const world = await startWorld();
    const cache = cacheOf(world);
    cache.learn(answer({ index: 1 }));

    expect(() => cache.learn(answer({ index: 2, clusterId: 'other' }))).toThrow(/cluster other/);
  });
});
